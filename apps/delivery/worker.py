"""The delivery room inside a worker process. A thread of its main process tells of what came about, and rings for whoever sends
what is due, a Celery task. Without a broker the thread sends it itself."""

import threading
import time
from datetime import timedelta
from typing import Final

import structlog
from celery.exceptions import OperationalError as BrokerError
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone
from kombu.exceptions import OperationalError as ConnectionFailure

from apps.core.broker import broker
from apps.core.cache import Breaker
from apps.core.threads import WorkerThread
from apps.delivery import outbox, telling
from apps.delivery.sending import send

logger = structlog.get_logger(__name__)

TURN_SECONDS: Final = 1.0
NARROW: Final = telling.HORIZON / 12  # what commits later than this after it came about waits for a wide turn
WIDE_EVERY_SECONDS: Final = 60.0
SENT_A_TURN: Final = 50  # then the task ends, so that Celery stays able to stop and to share
SENT_BY_THE_THREAD: Final = 5
ALONE_AFTER_SECONDS: Final = 10.0  # so long nobody answered the bell
KEY: Final = "distsync:bell:delivery"
HELD_MILLISECONDS: Final = 5_000

_breaker = Breaker()


class Notify(WorkerThread):
    """The thread that tells of what came about."""

    thread_name = "notify"

    def run(self, stopping: threading.Event) -> None:
        run_turns(stopping)


def run_turns(stopping: threading.Event) -> None:
    """A turn each second until told to stop; every minute a wide one, which looks back as far as anybody is told of at all.
    Outlives a database that is away, and whatever else fails: nobody would start it again."""
    wide_at = 0.0
    seen = telling.Seen()
    while not stopping.wait(TURN_SECONDS):
        is_wide = time.monotonic() >= wide_at
        try:
            turn(seen, is_wide=is_wide)
            if is_wide:
                wide_at = time.monotonic() + WIDE_EVERY_SECONDS
        except (DatabaseError, InterfaceError) as error:
            logger.warning("notify_failed", error=str(error))
        except Exception:  # the next turn may do better
            logger.exception("notify_failed")
        finally:
            close_old_connections()


def turn(seen: telling.Seen, *, is_wide: bool) -> None:
    """Tells of what is new, makes deliveries of what is due, and has them sent."""
    now = timezone.now()
    if is_wide:
        seen.acts_until = None
    telling.sweep(now=now, look_back=telling.HORIZON if is_wide else NARROW, seen=seen)
    if is_wide:
        telling.forget(now=now)
    outbox.form(now=now)
    if outbox.is_due(now=now):
        _ring()
    if outbox.is_due(now=now - timedelta(seconds=ALONE_AFTER_SECONDS)):
        outbox.work(send, timezone.now, at_most=SENT_BY_THE_THREAD)


def send_for_a_turn() -> int:
    """Sends what is due, up to SENT_A_TURN; how many it tried. What is left is rung for by the next turn of the thread."""
    return outbox.work(send, timezone.now, at_most=SENT_A_TURN)


def _ring() -> None:
    """Asks a worker to send, unless one was asked within HELD_MILLISECONDS. A broker that is away costs seconds alone."""
    from apps.delivery.tasks import send as task

    if not _breaker.call(lambda: broker().set(KEY, b"1", nx=True, px=HELD_MILLISECONDS), otherwise=None):
        return
    try:
        task.apply_async(retry=False, ignore_result=True)
    except (BrokerError, ConnectionFailure) as error:
        logger.info("delivery_bell_lost", error=str(error))
