"""Sends hostile events between good ones, works them, and says what became of each."""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from apps.pipeline.queries import MessageFilter, find_messages
from tests.apps.intake.conftest import BATCH, Answer, Door
from tests.messages import process

BATCH_EVENTS = 900
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an event: rejected (by the door), quarantined, conflict, or applied (also: waits for an order)."""

    state: str
    reason: str | None = None


def good(number: int) -> bytes:
    """An order that nothing is wrong with."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"good-{number}",
            "source": "/good",
            "type": "distsync.order.placed.v1",
            "data": {"order": f"GOOD-{number}", "lines": [{"line": "1", "sku": "A", "quantity": number}]},
        }
    ).encode()


def fates(door: Door, events: Sequence[bytes]) -> list[Fate]:
    """What becomes of each of `events`, sent with a good one before and after it. Fails unless every good one is applied.

    The events need sources that no good one has.
    """
    found: list[Fate] = []
    for some in _batches(events):
        found += _fates(door, some)
    return found


def _batches(events: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """By number and by size, as the limits of the door ask."""
    batch: list[bytes] = []
    size = 0
    for event in events:
        if batch and (len(batch) >= BATCH_EVENTS // 2 or size + len(event) > 4 * 1024 * 1024):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += len(event) + 300
    yield batch


def harmless(door: Door, events: Sequence[bytes]) -> dict[int, str]:
    """Sends `events` as `fates` does; fails as it does. The reasons of those that the door rejected, by their place."""
    answer, numbers = _send(door, events)
    process()
    _assert_applied(numbers)
    return {each["index"] // 2: each["reason"] for each in answer.document["rejected"]}


def _send(door: Door, events: Sequence[bytes]) -> tuple[Answer, list[int]]:
    """The answer, and the numbers of the good ones."""
    numbers = [next(_numbers) for _ in range(len(events) + 1)]
    items = [good(numbers[0])]
    for event, number in zip(events, numbers[1:], strict=True):
        items += [event, good(number)]
    answer = door.knock(b"[" + b",".join(items) + b"]", BATCH)
    assert answer.status == 202, answer.document
    assert all(each["index"] % 2 for each in answer.document["rejected"]), "a good event was rejected"
    return answer, numbers


def _fates(door: Door, events: Sequence[bytes]) -> list[Fate]:
    before = _positions()
    answer, numbers = _send(door, events)
    process()
    _assert_applied(numbers)
    rejected = {each["index"]: each["reason"] for each in answer.document["rejected"]}
    told = _states(before)
    taken = [index for index in range(2 * len(events) + 1) if index not in rejected]
    assert len(taken) == len(told) + answer.document["duplicates"] + answer.document["conflicts"]
    assert not answer.document["duplicates"] + answer.document["conflicts"], "give each event an id of its own"
    states = dict(zip(taken, told, strict=True))
    return [Fate("rejected", rejected[index]) if index in rejected else states[index] for index in range(1, 2 * len(events), 2)]


def _positions() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(position), 0) FROM eventlog_message")
        return int(cursor.fetchone()[0])


def _states(after: int) -> list[Fate]:
    """Of each message that is new, in the order in which they were given."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT refused.reason, waiting.reason, waiting.position FROM eventlog_message AS message
            LEFT JOIN pipeline_quarantine AS refused USING (position)
            LEFT JOIN eventlog_pending AS waiting USING (position)
            WHERE message.position > %s ORDER BY message.position
            """,
            [after],
        )
        rows: list[Any] = cursor.fetchall()
    assert not [row for row in rows if row[2]], "a message is stuck"
    return [Fate("applied") if reason is None else Fate("quarantined", reason) for reason, _, _ in rows]


def _assert_applied(numbers: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute('SELECT "order" FROM orders_order WHERE "order" = ANY(%s)', [[f"GOOD-{number}" for number in numbers]])
        there = {row[0] for row in cursor.fetchall()}
    assert not {f"GOOD-{number}" for number in numbers} - there, "a good event had no effect"


def quarantined() -> list[str]:
    """The keys of all quarantined messages."""
    rows, cursor = [], None
    while True:
        page = find_messages(MessageFilter(state="quarantined"), cursor=cursor, page_size=500)
        rows += [row.key for row in page.rows]
        if page.next is None:
            return rows
        cursor = page.next
