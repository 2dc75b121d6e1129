"""The pipeline's work: which messages still wait for their effect. A row goes in the transaction that writes the effect."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

from django.db import connection
from django.db.transaction import TransactionManagementError

from apps.core.sql import fetch, run
from apps.eventlog.reading import read
from apps.eventlog.types import StoredMessage

CLAIM_LIMIT_BYTES = 32 * 1024 * 1024  # of bodies in one claim: a worker's memory holds, whatever the sources send

_DUE = """
SELECT position, received_at, size_bytes FROM eventlog_pending
WHERE not_before IS NULL OR not_before <= %s
ORDER BY position LIMIT %s
"""
_CLAIM = f"{_DUE} FOR UPDATE SKIP LOCKED"
_CLAIM_THESE = """
SELECT position FROM eventlog_pending
WHERE position = ANY(%b::bigint[]) AND (not_before IS NULL OR not_before <= %s)
ORDER BY position FOR UPDATE SKIP LOCKED
"""
_POSTPONE = """
UPDATE eventlog_pending SET not_before = %s, reason = %s, attempts = least(attempts + 1, 32767) WHERE position = ANY(%s)
"""
_DUE_COUNT = """
SELECT count(*) FROM (SELECT FROM eventlog_pending WHERE not_before IS NULL OR not_before <= %s LIMIT %s) AS counted
"""
_OVERDUE = "SELECT EXISTS (SELECT FROM eventlog_pending WHERE coalesce(not_before, received_at) <= %s)"
_ENQUEUE = """
INSERT INTO eventlog_pending (position, received_at, size_bytes)
SELECT position, received_at, octet_length(body) FROM eventlog_message {where} ORDER BY position
ON CONFLICT (position) DO NOTHING
"""


class Waiting(NamedTuple):
    """A pending message: its place, when it came, and how large its body is."""

    position: int
    received_at: datetime
    size_bytes: int


def claim(limit: int, *, now: datetime) -> list[StoredMessage]:
    """Up to `limit` messages that are due at `now`, lowest position first, locked until the caller's transaction ends.

    What another transaction has claimed is passed over. The bodies together stay under CLAIM_LIMIT_BYTES, but the first
    message always comes. Raises TransactionManagementError outside a transaction.
    """
    _check_transaction()
    claimed = that_fit([Waiting(*row) for row in fetch(_CLAIM, (now, limit))])
    if not claimed:
        return []
    received = [each.received_at for each in claimed]
    return read([each.position for each in claimed], received_between=(min(received), max(received)))


def that_fit(waiting: Sequence[Waiting]) -> Sequence[Waiting]:
    """The first of them, as many as a claim may hold: their bodies stay under CLAIM_LIMIT_BYTES, but one always comes."""
    sizes = accumulate(each.size_bytes for each in waiting)
    return waiting[: max(1, sum(total <= CLAIM_LIMIT_BYTES for total in sizes))]


def due(limit: int, *, now: datetime) -> list[Waiting]:
    """The first `limit` messages that are due at `now`, lowest position first, those included that somebody has claimed."""
    return [Waiting(*row) for row in fetch(_DUE, (now, limit))]


def claim_these(messages: Iterable[StoredMessage], *, now: datetime) -> list[StoredMessage]:
    """As `claim`, of messages that were read already: those that are still due and that nobody else has claimed."""
    by_position = {message.position: message for message in messages}
    _check_transaction()
    return [by_position[position] for (position,) in fetch(_CLAIM_THESE, (list(by_position), now))]


def _check_transaction() -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError("A claim locks rows until the transaction ends: make it inside one.")


def settle(positions: Collection[int]) -> None:
    """These messages have had their effect: no longer pending, once the caller's transaction commits."""
    run("DELETE FROM eventlog_pending WHERE position = ANY(%b::bigint[])", (list(positions),))


def postpone(positions: Collection[int], until: datetime, reason: str) -> None:
    """Leave these messages alone before `until`, with why; counts an attempt."""
    with connection.cursor() as cursor:
        cursor.execute(_POSTPONE, (until, reason, list(positions)))


def enqueue(positions: Collection[int] | None = None) -> int:
    """Make these messages of the log pending again, or all of them (None); how many were not already."""
    with connection.cursor() as cursor:
        if positions is None:
            cursor.execute(_ENQUEUE.format(where=""))
        else:
            cursor.execute(_ENQUEUE.format(where="WHERE position = ANY(%s)"), (list(positions),))
        return int(cursor.rowcount)


def pending_count(at_most: int) -> int:
    """How many messages are pending, counted no further than `at_most`."""
    return _count("SELECT count(*) FROM (SELECT FROM eventlog_pending LIMIT %s) AS counted", at_most)


def due_count(at_most: int, *, now: datetime) -> int:
    """How many pending messages are due at `now` and not postponed, counted no further than `at_most`."""
    return _count(_DUE_COUNT, now, at_most)


def overdue(*, now: datetime, older_than_seconds: float) -> bool:
    """True when a message was received, or its postponement ended, that long before `now`, and it is pending still."""
    ((answer,),) = fetch(_OVERDUE, (now - timedelta(seconds=older_than_seconds),))
    return bool(answer)


def attempts(position: int) -> int:
    """How often this message was postponed; 0 when it is not pending."""
    return sum(count for (count,) in fetch("SELECT attempts FROM eventlog_pending WHERE position = %s", (position,)))


def oldest_pending() -> datetime | None:
    """When the first of the pending messages, by position, was received."""
    rows = fetch("SELECT received_at FROM eventlog_pending ORDER BY position LIMIT 1")
    return rows[0][0] if rows else None


def _count(sql: str, *parameters: int | datetime) -> int:
    ((count,),) = fetch(sql, parameters)
    return int(count)
