"""The Celery application. Tasks live in each room's `tasks.py`, three lines each."""

import gc
import os
from typing import Any

from celery import Celery, bootsteps, signals
from kombu.transport.redis import Channel

from distsync import telemetry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distsync.settings")
app = Celery("distsync")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A worker that loses the broker would try to give back over the dead connection what it had not answered yet, and end of it.
# Nothing needs to be given back: the sweep finds the work of every bell that was lost.
Channel.do_restore = False


@signals.setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Celery would set a level and forms of its own; that somebody listens here keeps it from doing so."""


class Telemetry(bootsteps.StartStopStep):
    """Starts in the worker's main process once its children are made: the sweep works there."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        telemetry.prepare()  # so that the sweep's first turn, a second after its start, is recorded already

    def start(self, parent: Any) -> None:
        telemetry.start("worker", watches_pending=True)


app.steps["worker"].add(Telemetry)


@signals.worker_process_init.connect
def _start_in_child(**_: Any) -> None:
    gc.freeze()  # what was imported stays: a full collection need not walk through it (0.15 s)
    telemetry.start("worker")


@signals.beat_init.connect
def _start_in_beat(**_: Any) -> None:
    telemetry.start("beat")


@signals.worker_process_shutdown.connect
@signals.worker_shutdown.connect
def _stop(**_: Any) -> None:
    telemetry.stop()
