"""The rate of a credential, over all processes, and what happens without Redis."""

import socket
import uuid
from unittest import mock

import pytest
from django.conf import settings

from apps.core.errors import TooMany
from apps.intake.limits import RateLimiter


def test_the_rate_is_one_for_all_processes() -> None:
    name = uuid.uuid4().hex
    one, other = RateLimiter(settings.REDIS_URL), RateLimiter(settings.REDIS_URL)
    one.take(name, 40, 10)
    with pytest.raises(TooMany) as refusal:
        other.take(name, 1, 10)
    assert refusal.value.retry_after_seconds == 3  # four seconds' worth was sent, one may be ahead
    other.take(uuid.uuid4().hex, 1, 10)


def test_what_was_refused_costs_nothing() -> None:
    name, limiter = uuid.uuid4().hex, RateLimiter(settings.REDIS_URL)
    limiter.take(name, 30, 10)
    waits = []
    for _ in range(5):
        with pytest.raises(TooMany) as refusal:
            limiter.take(name, 1000, 10)
        waits.append(refusal.value.retry_after_seconds)
    assert waits == [2] * 5


def test_a_few_at_a_time_are_told_to_all_processes_together() -> None:
    name, limiter = uuid.uuid4().hex, RateLimiter(settings.REDIS_URL)
    with mock.patch.object(limiter, "_take", wraps=limiter._take) as asked:
        for _ in range(100):
            limiter.take(name, 1, 1_000)
    assert [call.kwargs["args"][0] for call in asked.call_args_list] == [20] * 5


def test_what_passed_untold_is_not_forgotten_when_the_next_is_refused() -> None:
    name, limiter = uuid.uuid4().hex, RateLimiter(settings.REDIS_URL)
    limiter.take(name, 3_000, 1_000)
    for _ in range(19):
        limiter.take(name, 1, 1_000)
    for _ in range(3):
        with pytest.raises(TooMany):
            limiter.take(name, 1, 1_000)
    with mock.patch.object(limiter, "_take", return_value="-1") as asked:
        limiter.take(name, 1, 1_000)
    assert asked.call_args.kwargs["args"][0] == 20


@pytest.mark.parametrize(("events", "per_second"), [(10, 0), (0, 1)])
def test_no_limit_and_no_events_ask_nobody(events: int, per_second: int) -> None:
    limiter = RateLimiter(settings.REDIS_URL)
    with mock.patch.object(limiter, "_take") as asked:
        limiter.take("oms", events, per_second)
    assert not asked.called


def test_without_redis_everybody_passes() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # a port that nothing listens on
        limiter = RateLimiter(f"redis://127.0.0.1:{taken.getsockname()[1]}/0")
        for _ in range(100):
            limiter.take("oms", 1_000_000, 1)
