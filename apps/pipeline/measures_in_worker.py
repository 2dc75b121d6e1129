"""Starts and ends the recorder with Celery's processes, and names them alike over restarts, so that figures keep their row."""

from typing import Any

from billiard.process import current_process
from celery import signals

from apps.pipeline.measures import recorder

_node = ["worker"]  # set in the main process before it forks


def connect() -> None:
    """Registers with Celery; harmless in any other process."""
    signals.celeryd_init.connect(_name, weak=False, dispatch_uid="measures.name")
    signals.worker_ready.connect(_main, weak=False, dispatch_uid="measures.main")
    signals.worker_shutdown.connect(_stop, weak=False, dispatch_uid="measures.main_stop")
    signals.worker_process_init.connect(_child, weak=False, dispatch_uid="measures.child")
    signals.worker_process_shutdown.connect(_stop, weak=False, dispatch_uid="measures.child_stop")


def _name(sender: str, **_: Any) -> None:
    """`celery@host` is told as `host`, a node's own name (`--hostname`) as it is."""
    _node[0] = sender.removeprefix("celery@")


def _main(**_: Any) -> None:
    """The process that sweeps; with a pool of threads it works the tasks too."""
    recorder.start(f"{_node[0]}/sweep")


def _child(**_: Any) -> None:
    recorder.start(f"{_node[0]}/{getattr(current_process(), 'index', 0) + 1}")


def _stop(**_: Any) -> None:
    recorder.stop()
