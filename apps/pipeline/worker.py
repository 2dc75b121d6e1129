"""The pipeline inside a worker process: drains when the doorbell rings, and sweeps without any broker."""

import threading
import time
from typing import Final

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone

from apps.core.threads import WorkerThread
from apps.eventlog import log
from apps.exceptions import jobs
from apps.pipeline import doorbell, timers
from apps.pipeline.lanes import FEWEST, LANES
from apps.pipeline.process import BATCH_LIMIT, lanes, process_batch
from apps.pipeline.turns import is_at_work

logger = structlog.get_logger(__name__)

DRAIN_SECONDS: Final = 5.0  # then the task ends and rings again, so that Celery stays able to stop and to share
PACE_SECONDS: Final = 0.5  # from one batch's start to the next's: what comes meanwhile shares one batch's fixed cost
LONG_SECONDS: Final = 3.0  # so that law 5 holds also while another worker, cut off from the network, seems to be at work
SWEEP_SECONDS: Final = 1.0  # work resumes within 5 seconds of anything (law 5), with room to spare


def drain() -> int:
    """Processes batches until nothing is due or DRAIN_SECONDS are over; how many messages it took."""
    until = time.monotonic() + DRAIN_SECONDS
    total = 0
    while True:
        began = time.monotonic()
        doorbell.hold()
        taken = process_batch(now=timezone.now())
        if not taken:
            doorbell.answer()
            taken = process_batch(now=timezone.now())  # what came while the bell was held
        if not taken:
            return total
        total += taken
        if lanes.left >= FEWEST or taken >= min(settings.PIPELINE_HELP_FROM, BATCH_LIMIT):
            doorbell.call_help()
        if time.monotonic() > until:
            doorbell.answer()
            doorbell.ring()
            return total
        pace = PACE_SECONDS / LANES if lanes.left else PACE_SECONDS
        time.sleep(max(0.0, began + pace - time.monotonic()))


class Sweep(WorkerThread):
    """The thread that takes due work which no doorbell announced (broker lost, postponed)."""

    thread_name = "sweep"

    def run(self, stopping: threading.Event) -> None:
        run_sweep(stopping)


def run_sweep(stopping: threading.Event) -> None:
    """Sweeps until told to stop. Outlives a database that is away, and whatever else fails: nobody would start it again."""
    is_behind = False
    while not stopping.wait(0 if is_behind else SWEEP_SECONDS):
        is_behind = False
        try:
            sweep(stopping)
            has_more = jobs.take_up(timezone.now)
            is_behind = timers.is_full(timers.run(now=timezone.now())) or has_more  # messages are looked for between two turns
        except (DatabaseError, InterfaceError) as error:
            logger.warning("sweep_failed", error=str(error))
        except Exception:  # the next sweep may do better; a worker without one would leave lost bells unanswered for ever
            logger.exception("sweep_failed")
        finally:
            close_old_connections()


def sweep(stopping: threading.Event) -> int:
    """Processes what has been due for a while, until told to stop between two batches; how many messages it took.

    While others are at work it leaves it to them: they are behind, not deaf. Only what has waited for long it takes all
    the same, since a worker that is cut off from the database holds its batch until the connection is given up.
    """
    total = 0
    while not stopping.is_set() and log.overdue(now=timezone.now(), older_than_seconds=SWEEP_SECONDS):
        if is_at_work() and not log.overdue(now=timezone.now(), older_than_seconds=LONG_SECONDS):
            break
        taken = process_batch(now=timezone.now())
        total += taken
        if taken == 0:
            break
    return total
