"""Protects the system from more than it can carry: a rate for each credential, a bound on the backlog for all."""

import math
import threading
import time

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.core.cache import Breaker
from apps.core.errors import TooMany, Unavailable
from apps.eventlog import log

BACKLOG_RETRY_SECONDS = 5
_BACKLOG_MEMORY_SECONDS = 1.0
_BURST_SECONDS = 1.0
_UNTOLD_SECONDS = 0.02  # of its rate that a credential may have sent to one process before all others know
# Generic cell rate: one key holds when the credential will have used up what it sent. A batch passes while any of the
# burst is left, however big it is, and is paid for afterwards: so the limit never makes a lawful batch impossible.
_TAKE = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local paid = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local ahead = paid - now - tonumber(ARGV[3])
if ahead >= 0 then return tostring(ahead) end
paid = paid + tonumber(ARGV[1]) / tonumber(ARGV[2])
redis.call('SET', KEYS[1], string.format('%.6f', paid), 'PX', math.ceil((paid - now) * 1000) + 1000)
return '-1'
"""


class RateLimiter:
    """Counts events of a credential over all web processes: in one round trip, and in one for many where they come a few
    at a time. Redis down: everybody passes."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0), decode_responses=True
        )
        self._take = self._client.register_script(_TAKE)
        self._breaker = Breaker()
        self._untold: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, credential: str, events: int, per_second: int) -> None:
        """Note that the credential sends `events`. Raises TooMany when it has used up its rate; 0 means no limit."""
        if per_second <= 0 or events <= 0:
            return
        with self._lock:
            count = self._untold.pop(credential, 0) + events
            if count < per_second * _UNTOLD_SECONDS:
                self._untold[credential] = count
                return
        key, arguments = f"distsync:rate:{credential}", [count, per_second, _BURST_SECONDS]
        answer = self._breaker.call(lambda: self._take(keys=[key], args=arguments), "-1")
        ahead = float(str(answer))
        if ahead >= 0:
            with self._lock:  # these passed before: they are told with the next that asks
                self._untold[credential] = self._untold.get(credential, 0) + count - events
            raise TooMany(
                f"The credential `{credential}` may send {per_second} events a second and has sent more.",
                retry_after_seconds=max(1, math.ceil(ahead)),
            )


class Backlog:
    """Knows, at most a second late, whether the pending work is over its bound."""

    def __init__(self) -> None:
        self._asked_at = -math.inf
        self._is_full = False

    def forget(self) -> None:
        """Count again at the next question."""
        self._asked_at = -math.inf

    def refuse_when_full(self) -> None:
        """Raises Unavailable while more messages are pending than the bound allows."""
        if time.monotonic() - self._asked_at >= _BACKLOG_MEMORY_SECONDS:
            limit = settings.INTAKE_PENDING_LIMIT
            self._is_full = log.pending_count(limit + 1) > limit
            self._asked_at = time.monotonic()
        if self._is_full:
            raise Unavailable(
                "More messages are waiting to be worked than the bound allows. Nothing of this was taken: send it again.",
                retry_after_seconds=BACKLOG_RETRY_SECONDS,
            )
