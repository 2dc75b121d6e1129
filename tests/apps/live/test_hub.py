"""The hub: what a stream hears, how it is bounded, and that it gives its place back."""

import time

import pytest

from apps.core.cache import Breaker
from apps.core.errors import Unavailable
from apps.live import hints
from apps.live.hub import HANDLES_KEPT, STREAM_LIMIT, Hub, News, Subscription
from apps.live.streams import EventStream, event


def test_news_gathers_until_it_is_taken() -> None:
    subscription = Subscription()
    subscription.tell(["SO-1"])
    subscription.tell(["SO-2", "SO-1"], behind_seconds=0.4)
    assert subscription.wait(0) == News({"SO-1", "SO-2"}, is_everything=False, behind_seconds=0.4)
    assert not subscription.wait(0)


def test_more_than_a_stream_keeps_becomes_everything() -> None:
    subscription = Subscription()
    subscription.tell(f"SO-{number}" for number in range(HANDLES_KEPT))
    assert len(subscription.wait(0).handles) == HANDLES_KEPT
    subscription.tell(f"SO-{number}" for number in range(HANDLES_KEPT + 1))
    assert subscription.wait(0) == News(set(), is_everything=True)


def quiet_hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub whose thread ends at once: the test tells the news."""
    monkeypatch.setattr(Hub, "_run", lambda self: None)
    return Hub()


def test_places_are_bounded_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = quiet_hub(monkeypatch)
    taken = [hub.subscribe() for _ in range(STREAM_LIMIT)]
    with pytest.raises(Unavailable) as refusal:
        hub.subscribe()
    assert refusal.value.retry_after_seconds == 30
    EventStream(hub, taken[0], lambda changed: changed).close()  # never read: its place comes back all the same
    assert hub.subscribe()


def test_a_stream_tells_only_what_its_reader_may_hear(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = quiet_hub(monkeypatch)
    stream = EventStream(hub, hub.subscribe(), lambda changed: {"SO-1"} & set(changed))
    told = iter(stream)
    assert next(told) == b"retry: 3000\n\n"
    hub.tell(["SO-1", "SO-2"], behind_seconds=1.25)
    assert next(told) == (b'event: changed\ndata: {"orders":["SO-1"]}\n\nevent: pulse\ndata: {"behind_seconds":1.2}\n\n')
    hub.tell(everything=True)
    assert next(told) == b'event: changed\ndata: {"orders":null}\n\n'


def test_a_stream_ends_when_its_process_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = quiet_hub(monkeypatch)
    told = iter(EventStream(hub, hub.subscribe(), lambda changed: changed))
    next(told)
    hub.is_stopping = lambda: True
    assert list(told) == []


def test_a_line_break_in_an_order_number_cannot_forge_an_event() -> None:
    assert event("changed", {"orders": ["a\n\nevent: x"]}) == b'event: changed\ndata: {"orders":["a\\n\\nevent: x"]}\n\n'


@pytest.mark.parametrize("message", [b"", b"{}", b"[1]", b"\xff", b"null"])
def test_what_is_no_hint_is_left_alone(message: bytes) -> None:
    assert hints.read(message) is None


def test_a_broker_that_is_away_costs_the_hint_only(settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "_breaker", Breaker())
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    hints.publish(["SO-1"])


def test_a_page_older_than_its_stream_hears_what_came_between(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = quiet_hub(monkeypatch)
    hub._listening_since = time.monotonic() - 60
    hub._recent.append((time.monotonic() - 30, ("SO-1",)))
    hub._recent.append((time.monotonic() - 1, ("SO-2",)))
    assert hub.subscribe(age_seconds=5).wait(0).handles == {"SO-2"}
    assert hub.subscribe(age_seconds=45).wait(0).handles == {"SO-1", "SO-2"}
    assert hub.subscribe(age_seconds=90).wait(0).is_everything
    assert not hub.subscribe().wait(0)
