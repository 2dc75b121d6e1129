"""Hints that orders have changed: handles alone, never data. A hint may be lost; a page then asks again by itself."""

from collections.abc import Sequence
from functools import lru_cache
from os import getpid
from typing import Final

import msgspec
import redis
import structlog
from django.conf import settings

logger = structlog.get_logger(__name__)

CHANNEL: Final = "distsync:changed"
HANDLES_PER_HINT: Final = 1_000  # more are told in further hints, so that no single message grows without bound


def publish(handles: Sequence[str]) -> None:
    """Tells every web process which orders changed. Called after the commit; a broker that is away costs the hint only."""
    try:
        for start in range(0, len(handles), HANDLES_PER_HINT):
            _publisher(getpid()).publish(CHANNEL, msgspec.json.encode(handles[start : start + HANDLES_PER_HINT]))
    except redis.RedisError as error:
        logger.info("hint_lost", orders=len(handles), error=str(error))


def read(message: bytes) -> list[str] | None:
    """The handles of a hint; None for what is no hint."""
    try:
        return msgspec.json.decode(message, type=list[str])
    except msgspec.MsgspecError:
        return None


@lru_cache(maxsize=1)
def _publisher(_pid: int) -> redis.Redis:
    """The process's own connections (a fork makes its own), with short timeouts: nobody waits for a hint."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
