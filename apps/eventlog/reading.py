"""The way out of the log: messages by their place, by (source, id), or all of them."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from psycopg.sql import SQL

from apps.eventlog.append import COLUMNS
from apps.eventlog.digests import key_digest
from apps.eventlog.types import StoredMessage

_COLUMNS = SQL(COLUMNS.replace("attributes", "attributes::text"))
_READ = SQL("SELECT {} FROM eventlog_message WHERE position = ANY(%s) ORDER BY position").format(_COLUMNS).as_string()
_READ_BETWEEN = (
    SQL("""
SELECT {} FROM eventlog_message WHERE position = ANY(%s) AND received_at BETWEEN %s AND %s ORDER BY position
""")
    .format(_COLUMNS)
    .as_string()
)
_READ_ON = SQL("SELECT {} FROM eventlog_message WHERE position > %s ORDER BY position LIMIT %s").format(_COLUMNS).as_string()


def stored(row: tuple[Any, ...]) -> StoredMessage:
    """A row of COLUMNS, its attributes as the JSON text that is kept."""
    attributes = row[10]
    parsed = msgspec.json.decode(attributes, type=dict[str, str]) if attributes != "{}" else {}
    return StoredMessage(
        position=row[0],
        received_at=row[1],
        heard_at=row[2],
        time=row[3],
        is_history=row[4],
        source=row[5],
        id=row[6],
        type=row[7],
        subject=row[8],
        content_type=row[9],
        attributes=parsed,
        body=row[11],
        digest=row[12],
        credential=row[13],
        door=row[14],
    )


def read(positions: Collection[int], *, received_between: tuple[datetime, datetime] | None = None) -> list[StoredMessage]:
    """The messages at `positions` that there are, in position order. `received_between` (both ends included), where it
    is known, spares the partitions outside it.
    """
    if not positions:
        return []
    with connection.cursor() as cursor:
        if received_between is None:
            cursor.execute(_READ, (list(positions),))
        else:
            cursor.execute(_READ_BETWEEN, (list(positions), *received_between))
        return [stored(row) for row in cursor.fetchall()]


def read_all(*, batch: int = 1_000) -> Iterator[list[StoredMessage]]:
    """Every message of the log in position order, `batch` at a time. What is appended meanwhile may be missing: a
    message that commits late can have a position that was already passed.
    """
    last = 0
    while messages := _read_on(last, batch):
        yield messages
        last = messages[-1].position


def _read_on(after: int, limit: int) -> list[StoredMessage]:
    with connection.cursor() as cursor:
        cursor.execute(_READ_ON, (after, limit))
        return [stored(row) for row in cursor.fetchall()]


def find(source: str, message_id: str) -> StoredMessage | None:
    """The message of a (source, id), or None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT position, received_at FROM eventlog_key WHERE digest = %s", (key_digest(source, message_id),))
        place = cursor.fetchone()
    if place is None:
        return None
    position, received_at = place
    messages = read([position], received_between=(received_at, received_at))
    return messages[0] if messages else None
