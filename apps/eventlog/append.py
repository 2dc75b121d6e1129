"""The way into the log: one transaction, a handful of set-based statements, whatever the number of messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection, transaction
from psycopg.sql import SQL

from apps.core.errors import Unreadable
from apps.eventlog.digests import key_digest, leaf
from apps.eventlog.types import Appended, NewMessage

COLUMNS = (
    "position, received_at, heard_at, time, is_history, source, id, type, subject, content_type, attributes, body, digest,"
    " credential, door"
)
_COLUMN_TYPES = (
    *("int8", "timestamptz", "timestamptz", "timestamptz", "bool", "text", "text", "text", "text", "text", "text"),
    *("bytea", "bytea", "text", "text"),
)

# Sorted by key: two appends that share messages take the keys in one order and never wait for each other in a circle.
# Positions are drawn before sorting, so that they follow the order in which the messages were given.
_TAKE_KEYS = """
WITH given AS MATERIALIZED (
    SELECT ordinal, digest, content, leaf, size_bytes, nextval('eventlog_position') AS position
    FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[], %s::integer[])
        WITH ORDINALITY AS item (digest, content, leaf, size_bytes, ordinal)
), taken AS (
    INSERT INTO eventlog_key (digest, content, position, received_at)
    SELECT digest, content, position, %s FROM given ORDER BY digest
    ON CONFLICT (digest) DO NOTHING
    RETURNING position
), queued AS (
    INSERT INTO eventlog_pending (position, received_at, size_bytes)
    SELECT position, %s, size_bytes FROM given JOIN taken USING (position)
), unsealed AS (
    INSERT INTO eventlog_unsealed (first_position, positions, leaves, first_received_at)
    SELECT min(position), array_agg(position ORDER BY position), string_agg(leaf, '' ORDER BY position), %s
    FROM given JOIN taken USING (position) HAVING count(*) > 0
)
SELECT ordinal, position FROM given JOIN taken USING (position) ORDER BY ordinal
"""
_IN_FORCE = "SELECT replace(digest::text, '-', ''), content, position FROM eventlog_key WHERE digest = ANY(%s::uuid[])"
_KEEP_ASIDE = (
    SQL("""
INSERT INTO eventlog_conflict (key_digest, contradicts, {})
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (key_digest, digest) DO NOTHING
""")
    .format(SQL(COLUMNS.removeprefix("position, ")))
    .as_string()
)


@dataclass(slots=True)
class _Item:
    """One message of an append, with what is computed of it once."""

    message: NewMessage
    key: str
    attributes: bytes
    heard_at: datetime


def append(messages: Sequence[NewMessage], *, now: datetime) -> Appended:
    """Put `messages` into the log, received at `now`; when it returns outside a transaction they are durable.

    A (source, id) that the log has is a duplicate when its content is the same, else a conflict, which is kept aside
    once per content; within `messages` the first of a pair wins. Waits for a transaction that is appending the same
    pair. Raises Unreadable, before writing anything, for a message that `unstorable` refuses.
    """
    for message in messages:
        if (reason := unstorable(message)) is not None:
            raise Unreadable(reason)
    items = [_item(message, now) for message in messages]
    firsts: dict[str, _Item] = {}
    for item in items:
        firsts.setdefault(item.key, item)
    if not items:
        return Appended(0, 0, 0)
    # No savepoint: an append that fails inside a caller's transaction fails that transaction.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        new = _take_keys(cursor, list(firsts.values()), now)
        _copy(cursor, new, now)
        rest = [item for item in items if firsts[item.key] is not item or item.key not in new]
        conflicts = _compare(cursor, rest, now) if rest else 0
    return Appended(len(new), len(rest) - conflicts, conflicts, tuple(position for position, _ in new.values()))


def unstorable(message: NewMessage) -> str | None:
    """Why the log cannot hold `message`, or None: PostgreSQL's text has no U+0000, its times end where Python's do."""
    texts = (
        message.source,
        message.id,
        message.type,
        message.subject or "",
        message.content_type,
        message.credential,
        message.door,
    )
    if "\x00" in "".join(texts):
        return f"Message {message.id!r}: an attribute holds U+0000, which no text of ours can. Send it without."
    try:
        "".join((*texts, *message.attributes, *message.attributes.values())).encode()
    except UnicodeEncodeError:
        return f"Message {message.id!r}: an attribute holds half a surrogate pair. Send whole characters."
    for time in (message.time, message.heard_at):
        if time is not None and time.tzinfo is not UTC and not _has_utc(time):
            return f"Message {message.id!r}: the time {time} has no zone, or is outside the years 1 to 9999 in UTC."
    return None


def _has_utc(time: datetime) -> bool:
    try:
        return time.utcoffset() is not None and time.astimezone(UTC) is not None
    except OverflowError:
        return False


def _item(message: NewMessage, now: datetime) -> _Item:
    attributes = msgspec.json.encode(message.attributes) if message.attributes else b"{}"
    return _Item(message, key_digest(message.source, message.id), attributes, message.heard_at or now)


def _take_keys(cursor: Any, items: list[_Item], now: datetime) -> dict[str, tuple[int, _Item]]:
    """Which of `items` are new, by key, with their positions, in the order given."""
    cursor.execute(
        _TAKE_KEYS,
        (
            [item.key for item in items],
            [item.message.digest for item in items],
            [leaf(item.message, item.attributes, received_at=now, heard_at=item.heard_at) for item in items],
            [len(item.message.body) for item in items],
            now,
            now,
            now,
        ),
    )
    found = ((items[ordinal - 1], position) for ordinal, position in cursor.fetchall())
    return {item.key: (position, item) for item, position in found}


def _row(item: _Item, now: datetime) -> tuple[Any, ...]:
    message = item.message
    return (
        now,
        item.heard_at,
        message.time,
        message.is_history,
        message.source,
        message.id,
        message.type,
        message.subject,
        message.content_type,
        item.attributes.decode(),
        message.body,
        message.digest,
        message.credential,
        message.door,
    )


def _copy(cursor: Any, new: dict[str, tuple[int, _Item]], now: datetime) -> None:
    if not new:
        return
    with cursor.copy(f"COPY eventlog_message ({COLUMNS}) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(_COLUMN_TYPES)
        for position, item in new.values():
            copy.write_row((position, *_row(item, now)))


def _compare(cursor: Any, items: list[_Item], now: datetime) -> int:
    """How many of `items` contradict what is in force, which the key table tells in a statement of its own: by then
    the transaction that we may have waited for has committed. Those are kept aside, in one order for all writers.
    """
    cursor.execute(_IN_FORCE, (list({item.key for item in items}),))
    in_force = {key: (content, position) for key, content, position in cursor.fetchall()}
    contradicting = [item for item in items if item.message.digest != in_force[item.key][0]]
    contradicting.sort(key=lambda item: (item.key, item.message.digest))
    if contradicting:
        rows = [(item.key, in_force[item.key][1], *_row(item, now)) for item in contradicting]
        cursor.executemany(_KEEP_ASIDE, rows)
    return len(contradicting)
