"""The doorbell: tells the workers that there is work. It may be lost at any moment; the sweep finds the work anyway."""

import redis
import structlog
from celery.exceptions import OperationalError as BrokerError
from django.conf import settings
from kombu.exceptions import OperationalError as ConnectionFailure

logger = structlog.get_logger(__name__)

KEY = "distsync:bell"
HELD_MILLISECONDS = 1_000  # so that a bell whose worker died is rung again soon

_client: redis.Redis | None = None


def client() -> redis.Redis:
    """The process's own connection pool to Redis, with short timeouts: nobody waits for a doorbell."""
    global _client  # noqa: PLW0603 - one pool per process, made on first use so that forks do not share it
    if _client is None:
        _client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
    return _client


def ring() -> None:
    """Asks for a drain, unless one is already asked for. Never raises for a broker that is away."""
    from apps.pipeline.tasks import drain

    try:
        if client().set(KEY, b"1", nx=True, px=HELD_MILLISECONDS):
            drain.apply_async(retry=False, ignore_result=True)
    except (redis.RedisError, BrokerError, ConnectionFailure) as error:
        logger.info("doorbell_lost", error=str(error))


def answer() -> None:
    """Takes the bell down before the work is looked at, so that what comes after is rung for again."""
    try:
        client().delete(KEY)
    except redis.RedisError as error:
        logger.info("doorbell_lost", error=str(error))
