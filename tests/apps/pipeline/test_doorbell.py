"""The doorbell: one task for many rings, and nobody who waits for a broker that is away."""

import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from apps.core.broker import broker
from apps.core.cache import Breaker
from apps.live import hints
from apps.pipeline import doorbell
from apps.pipeline.tasks import drain

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """How often a drain was asked for."""
    calls: list[bool] = []
    monkeypatch.setattr(drain, "apply_async", lambda **options: calls.append(True))
    monkeypatch.setattr(doorbell, "_breaker", Breaker())
    monkeypatch.setattr(hints, "_breaker", Breaker())
    broker().delete(doorbell.KEY, doorbell.HELP_KEY)
    yield calls
    broker().delete(doorbell.KEY, doorbell.HELP_KEY)


def test_many_rings_ask_once_until_somebody_answers(asked: list[bool]) -> None:
    for _ in range(5):
        doorbell.ring()
    assert len(asked) == 1
    doorbell.answer()
    doorbell.ring()
    assert len(asked) == 2


def test_nobody_rings_while_a_drain_is_at_it_and_will_look_again(asked: list[bool]) -> None:
    doorbell.hold()
    doorbell.ring()
    assert asked == []
    doorbell.answer()
    doorbell.ring()
    assert len(asked) == 1


def test_help_is_called_whoever_is_at_it_but_once_at_a_time(asked: list[bool]) -> None:
    doorbell.hold()
    doorbell.call_help()
    doorbell.call_help()
    assert len(asked) == 1


def test_many_who_ask_at_once_are_rung_for_together_and_each_after_it_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    count = 0

    def ring() -> None:
        rung.append(count)

    monkeypatch.setattr(doorbell, "ring", ring)
    ringer = doorbell.Ringer()
    for _ in range(1_000):
        count += 1
        ringer.ask()
    until = time.monotonic() + 10
    while (not rung or rung[-1] < count) and time.monotonic() < until:
        time.sleep(0.005)
    assert rung[-1] == count
    assert len(rung) < 100


def test_a_ring_that_fails_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[bool] = []

    def ring() -> None:
        rung.append(True)
        if len(rung) == 1:
            raise ValueError("a bug")

    monkeypatch.setattr(doorbell, "ring", ring)
    ringer = doorbell.Ringer()
    until = time.monotonic() + 10
    while len(rung) < 2 and time.monotonic() < until:
        ringer.ask()
        time.sleep(0.005)
    assert len(rung) >= 2


def test_whoever_asked_before_the_process_ends_is_rung_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[bool] = []
    monkeypatch.setattr(doorbell, "ring", lambda: rung.append(True))
    monkeypatch.setattr(doorbell.threading.Thread, "start", lambda thread: None)  # the thread has not come to it yet
    ringer = doorbell.Ringer()
    ringer.finish()
    assert rung == []
    ringer.ask()
    ringer.finish()
    ringer.finish()
    assert rung == [True]


def test_a_bell_that_nobody_answers_rings_again_by_itself(asked: list[bool]) -> None:
    doorbell.ring()
    assert 0 < broker().pttl(doorbell.KEY) <= doorbell.HELD_MILLISECONDS


def test_without_a_broker_rings_and_hints_are_lost_and_nothing_else(settings: Settings, asked: list[bool]) -> None:
    address = settings.REDIS_URL
    settings.REDIS_URL = NOWHERE
    doorbell.ring()
    doorbell.answer()
    hints.publish(["SO-1"])
    settings.REDIS_URL = address
    assert asked == []
