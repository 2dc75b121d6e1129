"""Page reads over clocks: those of one order; and those that run, as lists and as figures by site, by one condition for
both, so that a figure equals the list that it opens."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from apps.core.errors import Unreadable
from apps.core.pagination import FOREIGN, Cursor, Page, page_of
from apps.core.sql import fetch
from apps.core.text import flaw
from apps.sla.clocks import Clock, Subject

NO_SITE: Final = ""


@dataclass(frozen=True, slots=True)
class RunningFilter:
    """Which running clocks. `is_past_due`: due before now, or not; None: both. `senders`: of these partners alone (None: any,
    of the house too). `site` empty: of none. `visible_partner` limits to what that partner may see."""

    measure: str
    is_past_due: bool | None = None
    senders: Collection[str] | None = None
    site: str | None = None
    partner: str | None = None
    visible_partner: str | None = None


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock that runs, with what lists show of its order. `value` is the whole order's, in `currency`."""

    handle: str
    order: str
    customer_name: str | None
    region: str | None
    value: Decimal | None
    currency: str | None
    subject: Subject
    partner: str | None
    site: str | None
    started_at: datetime
    due_at: datetime
    warn_at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class SiteCount:
    """How many clocks run at a site of a partner, and how many of them are past due. None: of no site, no partner's."""

    site: str | None
    partner: str | None
    count: int
    past_due: int


_COLUMNS: Final = """
    c.order_key, o.handle, o."order", o.customer_name, o.region, o.value, o.currency, c.scheme, c.value, c.issuer, c.partner,
    c.site, c.started_at, c.due_at, c.warn_at
"""
_FIND: Final = """
    SELECT {columns} FROM sla_clock AS c JOIN orders_order AS o ON o.key = c.order_key
    WHERE {condition} ORDER BY {places} LIMIT %(limit)s
"""
_COUNT: Final = "SELECT count(*) FROM (SELECT FROM sla_clock AS c WHERE {condition} LIMIT %(at_most)s) AS counted"
_BY_SITE: Final = """
    SELECT c.site, c.partner, count(*), count(*) FILTER (WHERE c.due_at < %(now)s)
    FROM sla_clock AS c WHERE {condition} GROUP BY 1, 2 ORDER BY 1 NULLS FIRST, 2 NULLS FIRST
"""
_OF_ORDER: Final = """
    SELECT measure, commitment, basis, scheme, value, issuer, partner, site, started_at, started_heard_at, due_at, warn_at,
        stopped_at, stopped_heard_at, void, void_heard_at, is_said
    FROM sla_clock WHERE order_key = %b ORDER BY due_at, measure, scheme, value, issuer
"""
_PLACE: Final = (
    ("c.due_at", "timestamptz"),
    ("c.order_key", "bytea"),
    ("c.scheme", "text"),
    ("c.value", "text"),
    ("c.issuer", "text"),
)


def condition_of(filters: RunningFilter, now: datetime) -> tuple[str, dict[str, Any]]:
    """The WHERE condition over `sla_clock AS c`, and its parameters by name."""
    conditions = ["c.stopped_heard_at IS NULL", "c.void = ''", "c.measure = %(measure)s"]
    parameters: dict[str, Any] = {"measure": filters.measure, "now": now}
    if filters.is_past_due is not None:
        conditions.append("c.due_at < %(now)s" if filters.is_past_due else "c.due_at >= %(now)s")
    if filters.senders is not None:
        conditions.append("c.partner = ANY(%(senders)s)")
        parameters["senders"] = sorted(filters.senders)
    if filters.site == NO_SITE:
        conditions.append("c.site IS NULL")
    for column, name, value in (
        ("c.site", "site", filters.site or None),
        ("c.partner", "partner", filters.partner),
        ("c.partner", "visible", filters.visible_partner),
    ):
        if value is not None:
            conditions.append(f"{column} = %({name})s")
            parameters[name] = value
    return " AND ".join(conditions), parameters


def find_running(
    filters: RunningFilter, *, now: datetime, cursor: str | None = None, page_size: int = 50
) -> Page[RunningClock]:
    """The clocks, the first due first. Raises Unreadable for a foreign cursor."""
    condition, parameters = condition_of(filters, now)
    start = Cursor.decode(cursor) if cursor else None
    is_backwards = start is not None and start.backwards
    if start is not None:
        condition += f" AND {_beside(start, parameters)}"
    places = ", ".join(f"{column} {'DESC' if is_backwards else 'ASC'}" for column, _ in _PLACE)
    with connection.cursor() as database:
        statement = _FIND.format(columns=_COLUMNS, condition=condition, places=places)
        database.execute(statement, parameters | {"limit": page_size + 1})
        found = [_clock(row) for row in database.fetchall()]
    return page_of(found, start, page_size, _place)


def count_running(filters: RunningFilter, *, now: datetime, at_most: int = 10_000) -> int:
    """How many clocks `find_running` finds, counted up to `at_most`."""
    condition, parameters = condition_of(filters, now)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(condition=condition), parameters | {"at_most": at_most})
        return int(cursor.fetchone()[0])


def running_by_site(filters: RunningFilter, *, now: datetime) -> list[SiteCount]:
    """The same clocks, counted by site and partner."""
    condition, parameters = condition_of(filters, now)
    with connection.cursor() as cursor:
        cursor.execute(_BY_SITE.format(condition=condition), parameters)
        return [SiteCount(*row) for row in cursor.fetchall()]


def _clock(row: tuple[Any, ...]) -> RunningClock:
    key, *of_order, scheme, value, issuer, partner, site, started_at, due_at, warn_at = row
    subject = Subject(scheme, value, issuer or None)
    return RunningClock(*(*of_order, subject, partner, site, started_at, due_at, warn_at, bytes(key).hex()))


def _place(clock: RunningClock) -> tuple[str, ...]:
    subject = clock.subject
    return clock.due_at.isoformat(), clock.key, subject.scheme, subject.value, subject.issuer or ""


def _beside(start: Cursor, parameters: dict[str, Any]) -> str:
    """The condition of the rows after (or before) the cursor's."""
    if len(start.values) != len(_PLACE) or any(map(flaw, start.values)):
        raise Unreadable(FOREIGN)
    due, key, *names = start.values
    try:
        parameters |= {"start_0": datetime.fromisoformat(due), "start_1": bytes.fromhex(key)}
    except ValueError as error:
        raise Unreadable(FOREIGN) from error
    parameters |= {f"start_{place}": name for place, name in enumerate(names, start=2)}
    values = ", ".join(f"%(start_{place})s::{kind}" for place, (_, kind) in enumerate(_PLACE))
    return f"({', '.join(column for column, _ in _PLACE)}) {'<' if start.backwards else '>'} ({values})"


def clocks_of_order(key: bytes) -> list[Clock]:
    """Every clock of an order (its key), the first due first."""
    return [
        Clock(measure, commitment, basis, Subject(scheme, value, issuer or None), *rest)
        for measure, commitment, basis, scheme, value, issuer, *rest in fetch(_OF_ORDER, [key])
    ]
