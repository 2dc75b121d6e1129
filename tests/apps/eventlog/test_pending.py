"""The queue of pending work: who gets what, when, and that nothing is handed out twice or lost."""

from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from apps.eventlog import pending
from apps.eventlog.append import append
from apps.eventlog.pending import (
    attempts,
    claim,
    due_count,
    enqueue,
    oldest_pending,
    overdue,
    pending_count,
    postpone,
    settle,
)
from tests.apps.eventlog.builders import NOW, Elsewhere, message


@pytest.fixture
def five(db: None) -> tuple[int, ...]:
    return append([message(str(number), subject=f"s{number}") for number in range(5)], now=NOW).positions


def claimed(limit: int, now: datetime) -> tuple[int, ...]:
    return tuple(stored.position for stored in claim(limit, now=now))


def test_a_claim_is_the_lowest_positions_with_their_messages(five: tuple[int, ...]) -> None:
    assert [(stored.position, stored.id, stored.subject) for stored in claim(2, now=NOW)] == [
        (five[0], "0", "s0"),
        (five[1], "1", "s1"),
    ]


def test_what_is_settled_is_not_claimed_again(five: tuple[int, ...]) -> None:
    settle(five[:3])

    assert claimed(10, NOW) == five[3:]


def test_nothing_pending_is_nothing_claimed(db: None) -> None:
    assert claim(10, now=NOW) == []


def test_a_postponed_message_waits_for_its_time(five: tuple[int, ...]) -> None:
    until = NOW + timedelta(seconds=30)
    postpone(five[:1], until, "the order is locked")

    assert claimed(10, until - timedelta(microseconds=1)) == five[1:]
    assert claimed(10, until) == five


def test_each_postponing_is_an_attempt(five: tuple[int, ...]) -> None:
    postpone(five[:2], NOW, "first")
    postpone(five[:1], NOW, "second")

    assert [attempts(position) for position in (*five[:3], 999_999_999)] == [2, 1, 0, 0]


def test_counts_stop_at_their_bound_and_know_what_is_due(five: tuple[int, ...]) -> None:
    postpone(five[:2], NOW + timedelta(seconds=1), "later")

    assert [pending_count(10), pending_count(3), due_count(10, now=NOW), due_count(2, now=NOW)] == [5, 3, 3, 2]


def test_the_oldest_is_the_one_received_first(db: None) -> None:
    assert oldest_pending() is None
    first = append([message("1")], now=NOW).positions
    append([message("2")], now=NOW + timedelta(minutes=1))

    assert oldest_pending() == NOW
    settle(first)
    assert oldest_pending() == NOW + timedelta(minutes=1)


def test_overdue_counts_from_receipt_or_from_the_end_of_a_postponement(db: None) -> None:
    positions = append([message("1")], now=NOW).positions

    at = [overdue(now=NOW + timedelta(seconds=seconds), older_than_seconds=2) for seconds in (1, 2)]
    postpone(positions, NOW + timedelta(seconds=10), "later")
    later = [overdue(now=NOW + timedelta(seconds=seconds), older_than_seconds=2) for seconds in (11, 12)]

    assert (at, later) == ([False, True], [False, True])


def test_messages_can_be_made_pending_again(five: tuple[int, ...]) -> None:
    settle(five)

    assert enqueue(five[1:3]) == 2
    assert enqueue(five[1:3]) == 0
    assert claimed(10, NOW) == five[1:3]
    assert enqueue() == 3
    assert claimed(10, NOW) == five


def test_one_claim_holds_no_more_bytes_than_memory_allows(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    positions = append([message("1", "x" * 60), message("2", "x" * 40), message("3", "x")], now=NOW).positions
    monkeypatch.setattr(pending, "CLAIM_LIMIT_BYTES", 100)
    assert claimed(10, NOW) == positions[:2]

    monkeypatch.setattr(pending, "CLAIM_LIMIT_BYTES", 10)
    assert claimed(10, NOW) == positions[:1]


def test_a_claim_needs_a_transaction(committed: None) -> None:
    with pytest.raises(TransactionManagementError):
        claim(1, now=NOW)


def test_two_connections_never_claim_the_same_message(elsewhere: Elsewhere) -> None:
    positions = append([message(str(number)) for number in range(6)], now=NOW).positions
    has_claimed, may_commit = Event(), Event()

    def work() -> Any:
        with transaction.atomic():
            mine = claimed(4, NOW)
            has_claimed.set()
            may_commit.wait(20)
            settle(mine)
        return mine

    other = elsewhere(work)
    assert has_claimed.wait(20)
    with transaction.atomic():
        mine = claimed(4, NOW)
    may_commit.set()

    assert (other.result(), mine) == (positions[:4], positions[4:])
    with transaction.atomic():
        assert claimed(10, NOW) == positions[4:]


def test_a_worker_that_fails_gives_its_messages_back(committed: None) -> None:
    positions = append([message("1"), message("2")], now=NOW).positions
    with transaction.atomic():
        settle(claimed(10, NOW))
        transaction.set_rollback(True)

    with transaction.atomic():
        assert claimed(10, NOW) == positions


def test_workers_in_parallel_take_every_message_once(elsewhere: Elsewhere) -> None:
    positions = append([message(str(number)) for number in range(1000)], now=NOW).positions

    def work() -> Any:
        taken = []
        while True:
            with transaction.atomic():
                mine = claimed(30, NOW)
                settle(mine)
            if not mine:
                return taken
            taken += mine

    workers = [elsewhere(work) for _ in range(3)]

    assert sorted(position for worker in workers for position in worker.result()) == list(positions)
