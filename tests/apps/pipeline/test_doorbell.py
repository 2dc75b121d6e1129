"""The doorbell: one task for many rings, and nobody who waits for a broker that is away."""

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
    broker().delete(doorbell.KEY)
    yield calls
    broker().delete(doorbell.KEY)


def test_many_rings_ask_once_until_somebody_answers(asked: list[bool]) -> None:
    for _ in range(5):
        doorbell.ring()
    assert len(asked) == 1
    doorbell.answer()
    doorbell.ring()
    assert len(asked) == 2


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
