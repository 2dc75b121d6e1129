"""Django's Redis cache that goes without Redis: a cache that is down remembers nothing and stops nobody."""

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

Answer = TypeVar("Answer")
PAUSE_SECONDS = 1.0


class Breaker:
    """Leaves a server that did not answer alone for a second, so that each request does not wait for its timeout."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._closed_until = 0.0

    def call(self, ask: Callable[[], Answer], otherwise: Answer) -> Answer:
        """What `ask` answers, or `otherwise` while Redis does not."""
        if self._clock() < self._closed_until:
            return otherwise
        try:
            return ask()
        except RedisError:
            self._closed_until = self._clock() + PAUSE_SECONDS
            return otherwise


class _OneTryClient(RedisCacheClient):
    """The client's own retries sleep between tries, and a page would wait for them."""

    def __init__(self, servers: Any, **options: Any) -> None:
        super().__init__(servers, retry=Retry(NoBackoff(), 0), **options)


class ForgivingRedisCache(RedisCache):
    """While Redis is down every read misses, every write is forgotten, and `add` says yes: callers use it to let the
    first of many through, and all of them through is better than none."""

    def __init__(self, server: Any, params: Any) -> None:
        super().__init__(server, params)
        self._class = _OneTryClient
        self._breaker = Breaker()

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._breaker.call(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        nothing: dict[Any, Any] = {}
        return self._breaker.call(lambda: super(ForgivingRedisCache, self).get_many(keys, version), nothing)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._breaker.call(lambda: super(ForgivingRedisCache, self).has_key(key, version), otherwise=False)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._breaker.call(lambda: super(ForgivingRedisCache, self).add(key, value, timeout, version), otherwise=True)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._breaker.call(lambda: super(ForgivingRedisCache, self).set(key, value, timeout, version), None)

    def set_many(self, data: dict[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[Any]:
        failed = list(data)
        return self._breaker.call(lambda: super(ForgivingRedisCache, self).set_many(data, timeout, version), failed)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._breaker.call(lambda: super(ForgivingRedisCache, self).touch(key, timeout, version), otherwise=False)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._breaker.call(lambda: super(ForgivingRedisCache, self).delete(key, version), otherwise=False)

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        self._breaker.call(lambda: super(ForgivingRedisCache, self).delete_many(keys, version), None)

    def clear(self) -> None:
        self._breaker.call(super().clear, None)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """The new value. Raises ValueError for a key that is not there, which without Redis none is."""
        value = self._breaker.call(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), None)
        if value is None:
            raise ValueError(f"Key '{key}' not found")
        return value
