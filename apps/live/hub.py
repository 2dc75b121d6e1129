"""One listener per process that fans hints out to the open streams. Each stream keeps a bounded set, never a backlog."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from os import getpid
from typing import Final

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from apps.core.errors import Unavailable
from apps.eventlog import log
from apps.live import hints, presence

logger = structlog.get_logger(__name__)

STREAM_LIMIT: Final = 24  # of the web process's 32 threads: the others keep answering pages
HANDLES_KEPT: Final = 500  # a stream that misses more is told "everything"
PULSE_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 1.0
HINTS_REMEMBERED: Final = 1_000  # for pages that were rendered before their stream began


@dataclass(slots=True)
class News:
    """What a stream has not been told yet. `is_everything`: too much to name, or hints may have been lost."""

    handles: set[str] = field(default_factory=set)
    is_everything: bool = False
    behind_seconds: float | None = None

    def __bool__(self) -> bool:
        return bool(self.handles) or self.is_everything or self.behind_seconds is not None


class Subscription:
    """A stream's place at the hub."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._news = News()

    def tell(self, handles: Iterable[str] = (), *, everything: bool = False, behind_seconds: float | None = None) -> None:
        with self._condition:
            news = self._news
            news.handles.update(handles)
            if everything or len(news.handles) > HANDLES_KEPT:
                news.handles, news.is_everything = set(), True
            if behind_seconds is not None:
                news.behind_seconds = behind_seconds
            self._condition.notify()

    def wait(self, seconds: float) -> News:
        """What there is to tell, at the latest after `seconds`; false when there is nothing."""
        with self._condition:
            if not self._news:
                self._condition.wait(seconds)
            news, self._news = self._news, News()
            return news


class Hub:
    """The process's subscriptions and the thread that serves them; the thread lives while somebody listens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: set[Subscription] = set()
        self._thread: threading.Thread | None = None
        self._process = getpid()
        self._listening_since: float | None = None
        self._recent: deque[tuple[float, tuple[str, ...]]] = deque(maxlen=HINTS_REMEMBERED)
        self.is_stopping: Callable[[], bool] = lambda: False

    def subscribe(self, age_seconds: float = 0.0) -> Subscription:
        """A new subscription for a page that was rendered `age_seconds` ago: it hears what was hinted since then too.
        Raises Unavailable when the process has no thread to spare for it."""
        with self._lock:
            if self._process != getpid():  # a fork inherits neither threads nor streams
                self._subscriptions, self._thread, self._process = set(), None, getpid()
                self._listening_since = None
            if len(self._subscriptions) >= STREAM_LIMIT:
                raise Unavailable("Too many pages are watching live; this one asks from time to time.", retry_after_seconds=30)
            subscription = Subscription()
            self._subscriptions.add(subscription)
            self._catch_up(subscription, time.monotonic() - age_seconds)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="live-hub", daemon=True)
                self._thread.start()
            return subscription

    def _catch_up(self, subscription: Subscription, since: float) -> None:
        """Under the lock. While nobody listens yet nothing is told: the thread tells everything once it does."""
        if self._listening_since is None:
            return
        is_forgotten = len(self._recent) == HINTS_REMEMBERED and self._recent[0][0] > since
        if since < self._listening_since or is_forgotten:
            subscription.tell(everything=True)
        else:
            subscription.tell(handle for at, handles in self._recent if at >= since for handle in handles)

    def leave(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions.discard(subscription)

    def tell(self, handles: Iterable[str] = (), *, everything: bool = False, behind_seconds: float | None = None) -> None:
        told = tuple(handles)
        with self._lock:
            listeners = list(self._subscriptions)
            if told:
                self._recent.append((time.monotonic(), told))
        for each in listeners:
            each.tell(told, everything=everything, behind_seconds=behind_seconds)

    def _run(self) -> None:
        while self._has_work():
            try:
                self._listen()
            except redis.RedisError as error:
                logger.info("live_hub_waits", error=str(error))
                self._pulse()
                time.sleep(RETRY_SECONDS)

    def _has_work(self) -> bool:
        """False once nobody listens; then the thread is given up under the lock, so that the next stream starts its own."""
        with self._lock:
            if self._subscriptions and not self.is_stopping():
                return True
            self._thread = None
            return False

    def _listen(self) -> None:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=10)
        try:
            channel = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]  # redis leaves it untyped
            channel.subscribe(hints.channel())
            with self._lock:
                self._listening_since = time.monotonic()
            self.tell(everything=True)  # whatever was hinted before we listened
            next_pulse = time.monotonic()
            while self._has_listeners():
                message = channel.get_message(timeout=0.5)
                if message is not None:
                    self.tell(hints.read(message["data"]) or ())
                if time.monotonic() >= next_pulse:
                    self._pulse()
                    next_pulse = time.monotonic() + PULSE_SECONDS
        finally:
            with self._lock:
                self._listening_since = None
                self._recent.clear()
            client.close()

    def _has_listeners(self) -> bool:
        with self._lock:
            return bool(self._subscriptions) and not self.is_stopping()

    def _pulse(self) -> None:
        presence.tell(len(self._subscriptions))
        try:
            self.tell(behind_seconds=behind_seconds())
        except DatabaseError as error:
            logger.info("pulse_lost", error=str(error))
        finally:
            connection.close()


def behind_seconds() -> float:
    """How far the screens are behind what was received: the age of the oldest message that waits, 0 when none does."""
    oldest = log.oldest_pending()
    return max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0


hub: Final = Hub()
