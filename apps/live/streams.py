"""One open stream: what of the news its reader may hear, as server-sent events."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec
from django.db import connections

from apps.live.hints import is_persons
from apps.live.hub import Hub, News, Subscription

HEARTBEAT_SECONDS: Final = 15.0
GATHER_SECONDS: Final = 0.1  # hints that come close together are told together
WELCOME_SECONDS: Final = 15.0  # for how long a reader who was sent away may still hear hints
TURN_SECONDS: Final = 1.0  # how soon a stream notices that its process stops
RETRY_MILLISECONDS: Final = 3_000

Choose = Callable[[Iterable[str]], Iterable[str]]


class EventStream:
    """An iterable of bytes that leaves the hub when it is closed, also when nobody ever read from it. It ends once
    `is_welcome` says no: who signed out, was sent away or has another role hears no more. `inbox` is the handle of the reader's
    own inbox; of others' nobody hears."""

    def __init__(
        self,
        hub: Hub,
        subscription: Subscription,
        choose: Choose,
        is_welcome: Callable[[], bool] = lambda: True,
        *,
        inbox: str = "",
    ) -> None:
        self._hub, self._subscription, self._choose = hub, subscription, choose
        self._is_welcome, self._inbox = is_welcome, inbox

    def close(self) -> None:
        self._hub.leave(self._subscription)

    def __iter__(self) -> Iterator[bytes]:
        connections.close_all()  # a stream lives for hours; its connection serves others
        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        spoke_at = checked_at = time.monotonic()
        while not self._hub.is_stopping():
            if time.monotonic() - checked_at >= WELCOME_SECONDS:
                if not self._is_welcome():
                    return
                checked_at = time.monotonic()
            news = self._subscription.wait(TURN_SECONDS)
            told = b"".join(self._events(news)) if news else b""
            if not told and time.monotonic() - spoke_at >= HEARTBEAT_SECONDS:
                told = b": still here\n\n"
            if told:
                spoke_at = time.monotonic()
                yield told
                time.sleep(GATHER_SECONDS)

    def _events(self, news: News) -> Iterator[bytes]:
        if news.is_everything:
            yield event("changed", {"orders": None})
        elif news.handles:
            orders = {handle for handle in news.handles if not is_persons(handle)}
            chosen = sorted(self._choose(orders)) if orders else []
            if chosen:
                yield event("changed", {"orders": chosen})
            if self._inbox in news.handles:
                yield event("inbox", {})
        if news.behind_seconds is not None:
            yield event("pulse", {"behind_seconds": round(news.behind_seconds, 1)})


def event(name: str, data: object) -> bytes:
    """One server-sent event. JSON has no raw line breaks, so one `data` line carries it."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"
