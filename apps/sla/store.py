"""Writes the clocks of a batch's orders: only rows that differ from what stands."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from apps.core.sql import fetch, run
from apps.sla.clocks import Clock

COLUMNS: Final = (
    ("order_key", "bytea"),
    ("measure", "text"),
    ("scheme", "text"),
    ("value", "text"),
    ("issuer", "text"),
    ("commitment", "text"),
    ("basis", "text"),
    ("partner", "text"),
    ("site", "text"),
    ("started_at", "timestamptz"),
    ("started_heard_at", "timestamptz"),
    ("due_at", "timestamptz"),
    ("warn_at", "timestamptz"),
    ("stopped_at", "timestamptz"),
    ("stopped_heard_at", "timestamptz"),
    ("void", "text"),
    ("void_heard_at", "timestamptz"),
    ("is_said", "bool"),
    ("fires_at", "timestamptz"),
)
_NAMES: Final = ", ".join(name for name, _ in COLUMNS)
_READ: Final = f"SELECT {_NAMES} FROM sla_clock WHERE order_key = ANY(%b::bytea[])"  # noqa: S608 - names of our own columns
_COPY: Final = f"COPY sla_clock ({_NAMES}) FROM STDIN (FORMAT BINARY)"
_REMOVE: Final = """
    DELETE FROM sla_clock AS clock
    USING unnest(%b::bytea[], %b::text[], %b::text[], %b::text[], %b::text[]) AS gone(key, measure, scheme, value, issuer)
    WHERE clock.order_key = gone.key AND clock.measure = gone.measure AND clock.scheme = gone.scheme
        AND clock.value = gone.value AND clock.issuer = gone.issuer
"""
_DUE: Final = """
    SELECT order_key FROM (
        SELECT order_key, fires_at FROM sla_clock WHERE fires_at <= %s ORDER BY fires_at LIMIT %s
    ) AS due GROUP BY order_key
"""
_KEY_COLUMNS: Final = 5
Row = tuple[Any, ...]


def write(keys: Iterable[bytes], clocks: Mapping[bytes, Sequence[Clock]], *, now: datetime) -> None:
    """Makes the rows of these orders' clocks what `clocks` say; an order that is not in it has none."""
    standing = set(fetch(_READ, [list(keys)]))
    wanted = {_row(key, clock, now) for key, own in clocks.items() for clock in own}
    if gone := sorted({row[:_KEY_COLUMNS] for row in standing - wanted}):
        run(_REMOVE, [[row[i] for row in gone] for i in range(_KEY_COLUMNS)])
    if new := wanted - standing:
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types([kind for _, kind in COLUMNS])
            for row in sorted(new, key=lambda row: row[:_KEY_COLUMNS]):
                copy.write_row(row)


def due(*, now: datetime, limit: int) -> set[bytes]:
    """Keys of orders with a clock that has become due and was not looked at since, the first due first."""
    return {key for (key,) in fetch(_DUE, (now, limit))}


def _row(key: bytes, clock: Clock, now: datetime) -> Row:
    return (
        key,
        clock.measure,
        clock.subject.scheme,
        clock.subject.value,
        clock.subject.issuer or "",
        clock.commitment,
        clock.basis,
        clock.partner,
        clock.site,
        clock.started_at,
        clock.started_heard_at,
        clock.due_at,
        clock.warn_at,
        clock.stopped_at,
        clock.stopped_heard_at,
        clock.void,
        clock.void_heard_at,
        clock.is_said,
        clock.due_at if clock.is_running and clock.due_at > now else None,
    )
