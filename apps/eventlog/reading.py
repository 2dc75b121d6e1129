"""The way out of the log: messages by their place, by (source, id), or all of them."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import msgspec
from psycopg.sql import SQL

from apps.core.sql import fetch
from apps.eventlog.digests import key_digest
from apps.eventlog.types import StoredMessage

_COLUMNS = SQL(
    "position, received_at, heard_at, time, is_history, source, id, type, subject, content_type, attributes::text, body,"
    " digest, credential, door"
)
_READ = SQL("SELECT {} FROM eventlog_message WHERE position = ANY(%b::bigint[]) ORDER BY position").format(_COLUMNS).as_string()
_READ_BETWEEN = (
    SQL("""
SELECT {} FROM eventlog_message WHERE position = ANY(%b::bigint[]) AND received_at BETWEEN %s AND %s ORDER BY position
""")
    .format(_COLUMNS)
    .as_string()
)
_READ_ON = SQL("SELECT {} FROM eventlog_message WHERE position > %s ORDER BY position LIMIT %s").format(_COLUMNS).as_string()

_PLACE = "SELECT position, received_at FROM eventlog_key WHERE digest = %s::uuid"


def _stored(row: tuple[Any, ...]) -> StoredMessage:
    attributes = {} if row[10] == "{}" else msgspec.json.decode(row[10], type=dict[str, str])
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
        attributes=attributes,
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
    if received_between is None:
        rows = fetch(_READ, (list(positions),))
    else:
        rows = fetch(_READ_BETWEEN, (list(positions), *received_between))
    return [_stored(row) for row in rows]


def read_as_kept(positions: Collection[int]) -> list[tuple[StoredMessage, bytes]]:
    """The messages at `positions` with their attributes as the JSON text that is kept, whatever it has become."""
    return [(_stored((*row[:10], "{}", *row[11:])), row[10].encode()) for row in fetch(_READ, (list(positions),))]


def read_all(*, batch: int = 1_000) -> Iterator[list[StoredMessage]]:
    """Every message of the log in position order, `batch` at a time. What is appended meanwhile may be missing: a
    message that commits late can have a position that was already passed.
    """
    last = 0
    while rows := fetch(_READ_ON, (last, batch)):
        yield [_stored(row) for row in rows]
        last = rows[-1][0]


def find(source: str, message_id: str) -> StoredMessage | None:
    """The message of a (source, id), or None."""
    for position, received_at in fetch(_PLACE, (key_digest(source, message_id),)):
        for message in read([position], received_between=(received_at, received_at)):
            return message
    return None
