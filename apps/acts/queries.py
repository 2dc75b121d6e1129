"""The audit log as it is read: acts by who, what, which order and when, the newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from apps.core.errors import Unreadable
from apps.core.pagination import FOREIGN, Cursor, Page, page_of
from apps.core.text import flaw

_BIGGEST = 2**63 - 1
_COLUMNS = 'position, at, who, kind, "order", subject, case_id, summary, detail::text'


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """None means any. `who`, `kind` and `order` (a handle) are compared whole; `since` is included, `until` is not; `text`
    is looked for in the sentence, in capitals or not."""

    who: str | None = None
    kind: str | None = None
    order: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act. `summary` is it in a sentence; `detail` what it says beside the other fields, by the names of `types.Act`."""

    position: int
    at: datetime
    who: str
    kind: str
    order: str
    subject: str
    case_id: str
    summary: str
    detail: dict[str, Any]


def find_acts(filters: AuditFilter, *, cursor: str | None, page_size: int) -> Page[AuditEntry]:
    """Acts that pass `filters`, the newest first. Raises Unreadable for a foreign cursor."""
    conditions, parameters = _conditions(filters)
    start = Cursor.decode(cursor) if cursor else None
    backwards = start is not None and start.backwards
    if start is not None:
        conditions.append(f"(at, position) {'>' if backwards else '<'} (%s, %s)")
        parameters += _place(start)
    way = "ASC" if backwards else "DESC"
    where = " AND ".join(conditions) or "true"
    sql = f"SELECT {_COLUMNS} FROM acts_audit WHERE {where} ORDER BY at {way}, position {way} LIMIT %s"  # noqa: S608 - our own words
    with connection.cursor() as database:
        database.execute(sql, [*parameters, page_size + 1])
        found = database.fetchall()
    page = page_of(found, start, page_size, lambda row: (row[1].isoformat(), str(row[0])))
    return Page([_entry(row) for row in page.rows], page.next, page.previous)


def _conditions(filters: AuditFilter) -> tuple[list[str], list[Any]]:
    """SQL conditions with their parameters. A text that no column can hold passes no row."""
    conditions: list[str] = []
    parameters: list[Any] = []
    if any(flaw(text) for text in (filters.who, filters.kind, filters.order, filters.text) if text):
        return ["false"], []
    for condition, value in (
        ("who = %s", filters.who),
        ("kind = %s", filters.kind),
        ("at >= %s", filters.since),
        ("at < %s", filters.until),
    ):
        if value is not None:
            conditions.append(condition)
            parameters.append(value)
    if filters.order is not None:
        conditions.append('hashtextextended("order", 0) = hashtextextended(%s, 0) AND "order" = %s')
        parameters += [filters.order, filters.order]
    if filters.text is not None:
        conditions.append("upper(summary) LIKE upper(%s)")
        parameters.append(f"%{_escaped(filters.text)}%")
    return conditions, parameters


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _place(cursor: Cursor) -> tuple[datetime, int]:
    try:
        time, number = cursor.values
        at, position = datetime.fromisoformat(time), int(number)
    except ValueError as error:
        raise Unreadable(FOREIGN) from error
    if at.utcoffset() is None or not 0 <= position <= _BIGGEST:
        raise Unreadable(FOREIGN)
    return at, position


def _entry(row: tuple[Any, ...]) -> AuditEntry:
    values: tuple[Any, ...] = (*row[:-1], msgspec.json.decode(row[-1]))
    return AuditEntry(*values)
