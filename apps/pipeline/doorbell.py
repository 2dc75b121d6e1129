"""The doorbell: tells the workers that there is work. It may be lost at any moment; the sweep finds the work anyway."""

import structlog
from celery.exceptions import OperationalError as BrokerError
from kombu.exceptions import OperationalError as ConnectionFailure

from apps.core.broker import broker
from apps.core.cache import Breaker

logger = structlog.get_logger(__name__)

KEY = "distsync:bell"
HELP_KEY = "distsync:bell:help"
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
