"""The doorbell: tells the workers that there is work. It may be lost at any moment; the sweep finds the work anyway."""

import atexit
import os
import threading
import time

import structlog
from celery.exceptions import OperationalError as BrokerError
from kombu.exceptions import OperationalError as ConnectionFailure

from apps.core.broker import broker
from apps.core.cache import Breaker

logger = structlog.get_logger(__name__)

KEY = "distsync:bell"
HELP_KEY = "distsync:bell:help"
PAUSE_SECONDS = 0.02
HELD_MILLISECONDS = 1_000  # so that a bell whose worker died is rung again soon

_breaker = Breaker()


def ring() -> None:
    """Asks for a drain, unless one is asked for or at it. Never raises, and never waits, for a broker that is away."""
    _ring(KEY)


def call_help() -> None:
    """Asks for one more drain, whoever is at it."""
    _ring(HELP_KEY)


def hold() -> None:
    """Says that a drain is at it and will look once more: nobody needs to ring meanwhile."""
    _breaker.call(lambda: broker().set(KEY, b"1", px=HELD_MILLISECONDS), otherwise=None)


def answer() -> None:
    """Takes the bell down before the work is looked at for the last time, so that what comes after is rung for again."""
    _breaker.call(lambda: broker().delete(KEY), otherwise=None)


def _ring(key: str) -> None:
    from apps.pipeline.tasks import drain

    if not _breaker.call(lambda: broker().set(key, b"1", nx=True, px=HELD_MILLISECONDS), otherwise=None):
        return
    try:
        drain.apply_async(retry=False, ignore_result=True)
    except (BrokerError, ConnectionFailure) as error:
        logger.info("doorbell_lost", error=str(error))


class Ringer:
    """Rings for all who ask within PAUSE_SECONDS at once, from a thread of its own, so that no sender waits for a broker.
    Whoever asks is rung for after it asked, unless the process is killed before: then the sweep finds the work."""

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._process = 0

    def ask(self) -> None:
        self._wanted.set()
        if self._process != os.getpid():  # also after a fork, which takes no threads along
            with self._lock:
                if self._process != os.getpid():
                    self._process = os.getpid()
                    threading.Thread(target=self._run, name="ringer", daemon=True).start()
                    atexit.register(self.finish)

    def finish(self) -> None:
        """Rings at once if somebody asked: the process ends."""
        if self._wanted.is_set():
            self._wanted.clear()
            ring()

    def _run(self) -> None:
        while self._wanted.wait():
            self._wanted.clear()
            try:
                ring()
            except Exception:  # nobody would start the thread again; the sweep finds what was not rung for
                logger.exception("ring_failed")
            time.sleep(PAUSE_SECONDS)


ringer = Ringer()
