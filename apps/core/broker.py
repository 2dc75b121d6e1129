"""One connection pool to Redis in each process, for what may be lost: short timeouts, one try, a pause after a failure."""

import os
from functools import lru_cache
from typing import Final

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_SECONDS: Final = 0.5


def broker() -> redis.Redis:
    """The process's own client (a fork makes its own). Raises redis.RedisError at once rather than waiting."""
    return _client(os.getpid(), settings.REDIS_URL)


@lru_cache(maxsize=2)
def _client(_process: int, url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, retry=Retry(NoBackoff(), 0)
    )
