"""What `append` answers for every mix of new, same and contradicting messages, alone and against another writer."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction

from apps.core.errors import Unreadable
from apps.eventlog.append import append
from apps.eventlog.digests import key_digest
from apps.eventlog.reading import find, read, read_all
from apps.eventlog.types import Appended, StoredMessage
from tests.apps.eventlog.builders import NOW, Count, Elsewhere, WaitUntilBlocked, message


def answer(result: Appended) -> tuple[int, int, int]:
    return result.accepted, result.duplicates, result.conflicts


@pytest.mark.parametrize("beside", [[], ["2"]])
def test_a_message_comes_back_as_it_went_in(db: None, beside: list[str]) -> None:
    """By itself, or with others: they go in by different ways."""
    given = message(
        "1",
        "{}",
        time=datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-3))),
        heard_at=datetime(2025, 1, 1, tzinfo=UTC),
        is_history=True,
        subject="order/1",
        attributes={"traceparent": "00-1", "näme": "\u2028 ' \" \\"},
        credential="oms",
        door="events",
    )

    result = append([given, *map(message, beside)], now=NOW)

    assert answer(result) == (1 + len(beside), 0, 0)
    assert find("urn:oms:main", "1") == StoredMessage(
        position=result.positions[0],
        received_at=NOW,
        heard_at=datetime(2025, 1, 1, tzinfo=UTC),
        source="urn:oms:main",
        id="1",
        type="distsync.order.placed.v1",
        time=datetime(2026, 3, 2, 11, 0, 0, 123456, tzinfo=UTC),
        is_history=True,
        subject="order/1",
        content_type="application/cloudevents+json",
        attributes={"traceparent": "00-1", "näme": "\u2028 ' \" \\"},
        body=b"{}",
        digest=given.digest,
        credential="oms",
        door="events",
    )


def test_a_live_message_is_heard_when_it_is_received(db: None) -> None:
    append([message("1")], now=NOW)

    stored = find("urn:oms:main", "1")
    assert (stored.heard_at, stored.time, stored.subject, stored.attributes) == (NOW, None, None, {})


def test_nothing_given_is_nothing_appended(db: None) -> None:
    assert append([], now=NOW) == Appended(0, 0, 0, ())


def test_positions_follow_the_order_given(db: None) -> None:
    given = [message(str(number)) for number in Random(7).sample(range(1000), 1000)]

    result = append(given, now=NOW)

    assert list(result.positions) == sorted(result.positions)
    assert [stored.id for stored in read(result.positions)] == [item.id for item in given]


@pytest.mark.parametrize(
    ("before", "batch", "expected", "aside"),
    [
        ([], ["A", "A"], (1, 1, 0), []),
        ([], ["A", "B"], (1, 0, 1), [b"B"]),
        ([], ["A", "B", "A", "B", "C"], (1, 1, 3), [b"B", b"C"]),
        (["A"], ["A"], (0, 1, 0), []),
        (["A"], ["B"], (0, 0, 1), [b"B"]),
        (["A"], ["B", "A", "B"], (0, 1, 2), [b"B"]),
        (["A", "B"], ["B", "C"], (0, 0, 2), [b"B", b"C"]),
    ],
)
def test_the_first_of_a_pair_stays_in_force(
    db: None, before: list[str], batch: list[str], expected: tuple[int, int, int], aside: list[bytes]
) -> None:
    for content in before:
        append([message("1", content)], now=NOW)

    assert answer(append([message("1", content) for content in batch], now=NOW)) == expected

    assert find("urn:oms:main", "1").body == b"A"
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM eventlog_conflict ORDER BY body")
        assert [bytes(body) for (body,) in cursor.fetchall()] == aside


def test_a_mixed_batch_is_told_apart_item_by_item(db: None, count: Count) -> None:
    append([message("same"), message("other")], now=NOW)

    result = append([message("new 1"), message("same"), message("other", "two"), message("new 2")], now=NOW)

    assert answer(result) == (2, 1, 1)
    assert [stored.id for stored in read(result.positions)] == ["new 1", "new 2"]
    assert (count("eventlog_message"), count("eventlog_key"), count("eventlog_pending")) == (4, 4, 4)


def test_the_same_id_of_another_source_is_another_message(db: None) -> None:
    assert answer(append([message("1"), message("1", source="urn:oms:second")], now=NOW)) == (2, 0, 0)


def test_a_conflict_is_kept_whole_and_says_what_it_contradicts(db: None) -> None:
    (position,) = append([message("1")], now=NOW).positions
    later = NOW + timedelta(minutes=1)

    append([message("1", "two", subject="s", attributes={"a": "b"}, credential="c", door="events")], now=later)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contradicts, received_at, body, attributes::text, content_type, subject, credential, door, position > %s"
            " FROM eventlog_conflict",
            (position,),
        )
        assert cursor.fetchall() == [
            (position, later, b"two", '{"a":"b"}', "application/cloudevents+json", "s", "c", "events", True)
        ]


def test_names_of_any_length_are_taken(db: None) -> None:
    long = "x" * 60_000
    given = message(long, source="urn:" + long, type=long, subject=long)

    assert answer(append([given], now=NOW)) == (1, 0, 0)
    assert find("urn:" + long, long).type == long


def test_the_key_keeps_source_and_id_apart() -> None:
    assert key_digest("ab", "c") != key_digest("a", "bc")
    assert len(key_digest("ä", "1")) == 32


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "a\x00b"},
        {"source": "a\x00b"},
        {"subject": "\ud800"},
        {"attributes": {"a": "\udfff"}},
        {"time": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
        {"time": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))},
        {"heard_at": datetime(2026, 1, 1)},  # noqa: DTZ001 - a time without a zone is the case
    ],
)
def test_what_postgresql_cannot_hold_is_refused_before_anything_is_written(
    db: None, count: Count, fields: dict[str, Any]
) -> None:
    with pytest.raises(Unreadable, match="Message '2'"):
        append([message("1"), message("2", **fields)], now=NOW)

    assert count("eventlog_message") == 0


def test_control_characters_in_attributes_are_kept(db: None) -> None:
    append([message("1", attributes={"a": "\x00\x1f"})], now=NOW)

    assert find("urn:oms:main", "1").attributes == {"a": "\x00\x1f"}


def test_a_rollback_leaves_nothing(committed: None, count: Count) -> None:
    append([message("0")], now=NOW)
    with transaction.atomic():
        append([message("1"), message("0", "two")], now=NOW)
        transaction.set_rollback(True)

    tables = ("message", "key", "pending", "unsealed", "conflict")
    assert [count(f"eventlog_{table}") for table in tables] == [1, 1, 1, 1, 0]


@pytest.mark.parametrize(("content", "expected"), [("one", (0, 1, 0)), ("two", (0, 0, 1))])
def test_a_second_writer_waits_for_the_first_to_commit(
    elsewhere: Elsewhere, wait_until_blocked: WaitUntilBlocked, content: str, expected: tuple[int, int, int]
) -> None:
    with transaction.atomic():
        append([message("1", "one")], now=NOW)
        other = elsewhere(lambda: append([message("1", content)], now=NOW))
        wait_until_blocked(other)

    assert answer(other.result()) == expected


def test_a_second_writer_appends_what_the_first_rolled_back(elsewhere: Elsewhere, wait_until_blocked: WaitUntilBlocked) -> None:
    with transaction.atomic():
        append([message("1", "one")], now=NOW)
        other = elsewhere(lambda: append([message("1", "two")], now=NOW))
        wait_until_blocked(other)
        transaction.set_rollback(True)

    assert answer(other.result()) == (1, 0, 0)
    assert find("urn:oms:main", "1").body == b"two"


def test_writers_with_the_same_messages_in_any_order_never_deadlock(elsewhere: Elsewhere, count: Count) -> None:
    def write(seed: int) -> list[tuple[int, int, int]]:
        answers = []
        for round_ in range(10):
            ids = [f"{round_}/{number}" for number in range(200)]
            Random(seed).shuffle(ids)
            answers.append(answer(append([message(message_id) for message_id in ids], now=NOW)))
        return answers

    writers = [elsewhere(write, seed) for seed in range(4)]
    answers = [one for writer in writers for one in writer.result()]

    assert [sum(column) for column in zip(*answers, strict=True)] == [2_000, 6_000, 0]
    assert (count("eventlog_message"), count("eventlog_key"), count("eventlog_pending")) == (2_000, 2_000, 2_000)


def test_all_messages_are_read_in_position_order(db: None) -> None:
    positions = append([message(str(number)) for number in range(5)], now=NOW).positions

    batches = [[stored.position for stored in batch] for batch in read_all(batch=2)]

    assert batches == [list(positions[:2]), list(positions[2:4]), list(positions[4:])]


def test_what_is_not_there_is_not_found(db: None) -> None:
    append([message("1")], now=NOW)

    assert find("urn:oms:main", "2") is None
    assert read([]) == []
    assert read([999_999_999]) == []
