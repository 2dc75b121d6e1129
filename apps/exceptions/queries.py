"""Page reads over cases: what the console and the API show. Frozen values out, one bounded statement each."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from apps.core.errors import NotFound, Unreadable
from apps.core.pagination import FOREIGN, Cursor, Page, page_of
from apps.core.sql import fetch
from apps.core.text import printable
from apps.exceptions.catalogue import Severity
from apps.exceptions.cut_offs import next_cut_offs
from apps.exceptions.filters import OPEN, CaseFilter, condition_of
from apps.exceptions.looks import Look, looks_for
from apps.exceptions.sql import RESOLVED_AT, SEVERITY, STATE, TEAM
from apps.sla.clocks import Subject

IS_ID: Final = re.compile("[0-9a-f]{32}")
_NUMBER: Final = {"numeric": re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,6})?"), "int": re.compile("-?[0-9]{1,9}")}  # in a cursor


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it is at the moment of the question. `id` and `incident` are hex. `order`, `customer_name` and
    `promised_until` are the order's; `next_cut_off` is the site's next one, where it has any."""

    id: str
    key: str
    handle: str
    code: str
    state: str
    severity: Severity
    team: str
    assignee: str
    subject: Subject
    episode: int
    partner: str | None
    site: str | None
    region: str | None
    worth: Decimal | None
    currency: str | None
    reason: str
    opened_at: datetime
    due_at: datetime | None
    cleared_at: datetime | None
    evidence_at: datetime | None
    is_late_word: bool
    snoozed_until: datetime | None
    resolved_by_hand_at: datetime | None
    resolved_by: str
    resolution: str
    version: int
    last_act_at: datetime | None
    last_act_by: str
    comment_count: int
    escalates_at: datetime | None
    escalates_to: str
    incident: str | None
    order: str
    customer_name: str | None
    promised_until: datetime | None
    next_cut_off: datetime | None = None

    @property
    def resolved_at(self) -> datetime | None:
        """When it was resolved, by evidence or by hand; None while it is open."""
        if self.state in {"resolved_verified", "resolved_obsolete"}:
            return self.cleared_at
        return self.resolved_by_hand_at if self.state == "resolved_manual" else None


COLUMNS: Final = f"""
    encode(c.id, 'hex'), encode(c.key, 'hex'), c.handle, c.code, {STATE}, {SEVERITY}, {TEAM}, c.assignee, c.scheme, c.value,
    c.issuer, c.episode, c.partner, c.site, c.region, c.worth, c.currency, c.reason, c.opened_at, c.due_at, c.cleared_at,
    c.evidence_at, c.is_late_word, c.snoozed_until, c.resolved_at, c.resolved_by, c.resolution, c.version, c.last_act_at,
    c.last_act_by, c.comment_count, c.escalates_at, c.escalates_to, encode(c.incident, 'hex'), coalesce(o."order", c.handle),
    o.customer_name, o.promised_until
"""
TABLES: Final = "exceptions_case AS c LEFT JOIN orders_order AS o ON o.key = c.key"
# The page's cases first, by what is in their own table; then all that is shown of these few.
PAGE: Final = f"""
    SELECT {COLUMNS}
    FROM ({{found}}) AS found
    JOIN exceptions_case AS c ON c.id = found.key_{{last}} LEFT JOIN orders_order AS o ON o.key = c.key
    ORDER BY {{places}}
"""  # noqa: S608 - names of our own
FOUND: Final = "SELECT {keys} FROM {tables} WHERE {condition} ORDER BY {places} LIMIT %(limit)s"
MERGED: Final = "SELECT * FROM ({looks}) AS looks ORDER BY {places} LIMIT %(limit)s"
KEYS: Final = "SELECT DISTINCT key FROM exceptions_case WHERE id = ANY(%b::bytea[])"
COUNT: Final = "SELECT count(*) FROM (SELECT FROM exceptions_case AS c WHERE {condition} LIMIT %(at_most)s) AS counted"
WORTH: Final = """
    SELECT coalesce(c.currency, ''), sum(c.worth) FROM exceptions_case AS c
    WHERE {condition} AND c.worth IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1
"""
NUMBERS: Final = "SELECT c.id FROM exceptions_case AS c WHERE {condition} ORDER BY c.opened_at, c.id LIMIT %(at_most)s"
OF_ORDERS: Final = """
    SELECT c.handle, count(*), max({severity}), (array_agg({team} ORDER BY {severity} DESC, c.opened_at, c.id))[1]
    FROM exceptions_case AS c
    WHERE {condition} AND c.key IN (SELECT key FROM orders_order WHERE handle = ANY(%(handles)s)) GROUP BY c.handle
"""


@dataclass(frozen=True, slots=True)
class Sort:
    """`columns` with their types, all ascending or all descending; `read` takes a row's values of them as text."""

    columns: tuple[tuple[str, str], ...]
    read: Callable[[Case], tuple[str, ...]]
    needs_cut_offs: bool = False
    is_descending: bool = False

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """What places a case: `columns`, and its id where they are equal."""
        return *self.columns, ("c.id", "bytea")


SORTS: Final[dict[str, Sort]] = {
    "age": Sort((("c.opened_at", "timestamptz"),), lambda case: (case.opened_at.isoformat(),)),
    "newest": Sort((("c.opened_at", "timestamptz"),), lambda case: (case.opened_at.isoformat(),), is_descending=True),
    "money": Sort(
        (("-coalesce(c.worth, -1)", "numeric"),),
        lambda case: (f"{(Decimal(-1) if case.worth is None else case.worth).copy_negate():f}",),  # as exact as it came
    ),
    "severity": Sort(
        ((f"-({SEVERITY})", "int"), ("c.opened_at", "timestamptz")),
        lambda case: (str(-int(case.severity)), case.opened_at.isoformat()),
    ),
    "resolved": Sort(
        ((RESOLVED_AT, "timestamptz"),), lambda case: ((case.resolved_at or case.opened_at).isoformat(),), is_descending=True
    ),
    "cut_off": Sort(
        (("coalesce(cut.at, 'infinity')", "timestamptz"), ("c.opened_at", "timestamptz")),
        lambda case: (case.next_cut_off.isoformat() if case.next_cut_off else "infinity", case.opened_at.isoformat()),
        needs_cut_offs=True,
    ),
}


def find_cases(  # noqa: PLR0913 - a list's question, all by name
    filters: CaseFilter,
    *,
    now: datetime,
    sort: str = "severity",
    cursor: str | None = None,
    page_size: int = 50,
    apart_from: Iterable[str] = (),
) -> Page[Case]:
    """Cases that pass `filters`, by a name of SORTS. `apart_from`: incidents (hex) whose cases are left out. Raises Unreadable
    for a foreign cursor."""
    order = SORTS[sort]
    cut_offs = next_cut_offs(now)
    hidden = [bytes.fromhex(each) for each in apart_from]
    looks, more = looks_for(sort, filters, cut_offs, hidden)
    condition, parameters = condition_of(replace(filters, team=None) if looks else filters, now)
    parameters |= {"limit": page_size + 1, **more}
    if order.needs_cut_offs:
        parameters |= {"sites": list(cut_offs), "cut_offs": list(cut_offs.values())}
    if hidden:
        condition += " AND (c.incident IS NULL OR c.incident <> ALL(%(hidden)s))"
        parameters["hidden"] = hidden
    start = Cursor.decode(cursor) if cursor else None
    if start is not None:
        parameters |= _start(order.keys, start)
    is_downwards = order.is_descending != (start is not None and start.backwards)
    places = ", ".join(f"key_{place} {'DESC' if is_downwards else 'ASC'}" for place in range(len(order.keys)))
    beyond = "" if start is None else "<" if is_downwards else ">"
    searches = [_search(order, look, condition, places, beyond) for look in looks or [Look("true")]]
    merged = " UNION ALL ".join(f"({search})" for search in searches)
    statement = PAGE.format(
        found=MERGED.format(looks=merged, places=places) if looks else searches[0], places=places, last=len(order.keys) - 1
    )
    with connection.cursor() as database:
        database.execute(statement, parameters)
        found = [_case(row, cut_offs) for row in database.fetchall()]
    return page_of(found, start, page_size, lambda case: (*order.read(case), case.id))


def _search(order: Sort, look: Look, condition: str, places: str, beyond: str) -> str:
    """The statement of one search. `beyond`: the sign between a row and the cursor, empty without one."""
    columns = [column for column, _ in order.keys]
    tables = "exceptions_case AS c"
    if look.first is not None:
        columns[0] = look.first
    elif order.needs_cut_offs:
        tables += " LEFT JOIN unnest(%(sites)s::text[], %(cut_offs)s::timestamptz[]) AS cut(site, at) ON cut.site = c.site"
    condition = f"{condition} AND {look.condition}"
    if beyond:
        names = [f"%(start_{place})s::{kind}" for place, (_, kind) in enumerate(order.keys)]
        condition += f" AND ({', '.join(columns)}) {beyond} ({', '.join(names)})"
    keys = ", ".join(f"{column} AS key_{place}" for place, column in enumerate(columns))
    return FOUND.format(keys=keys, tables=tables, condition=condition, places=places)


def _time_of(text: str) -> datetime | str:
    if text == "infinity":
        return text
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(FOREIGN) from error


def _value_of(kind: str, text: str) -> object:
    """A cursor's value of a column of that type. Raises Unreadable for one that we did not write."""
    if kind == "timestamptz":
        return _time_of(text)
    if kind == "bytea" and IS_ID.fullmatch(text):
        return bytes.fromhex(text)
    if kind == "bytea" or not _NUMBER[kind].fullmatch(text):
        raise Unreadable(FOREIGN)
    return Decimal(text)


def _start(keys: tuple[tuple[str, str], ...], start: Cursor) -> dict[str, object]:
    """The cursor's values as parameters. Raises Unreadable for a foreign cursor."""
    if len(start.values) != len(keys):
        raise Unreadable(FOREIGN)
    return {f"start_{place}": _value_of(kind, start.values[place]) for place, (_, kind) in enumerate(keys)}


def count_cases(filters: CaseFilter, *, now: datetime, at_most: int = 10_000) -> int:
    """How many cases pass `filters`, counted up to `at_most`: the same condition as `find_cases`."""
    condition, parameters = condition_of(filters, now)
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(condition=condition), parameters | {"at_most": at_most})
        return int(cursor.fetchone()[0])


def worth_of(filters: CaseFilter, *, now: datetime) -> dict[str, Decimal]:
    """What the cases that pass `filters` are worth together, by currency; those whose worth is not known are left out."""
    condition, parameters = condition_of(filters, now)
    with connection.cursor() as cursor:
        cursor.execute(WORTH.format(condition=condition), parameters)
        return dict(cursor.fetchall())


def get_case(number: str, *, now: datetime, visible_partner: str | None = None) -> Case:
    """The case of an id (hex). Raises NotFound, also for one that the reader may not see."""
    found = get_cases([number], now=now, visible_partner=visible_partner)
    if number not in found:
        raise NotFound(f"No exception {printable(number)} is known here, or you may not see it.")
    return found[number]


def get_cases(numbers: Iterable[str], *, now: datetime, visible_partner: str | None = None) -> dict[str, Case]:
    """The cases of these ids (hex), by id; those that are none, or not the reader's to see, are left out."""
    condition, parameters = condition_of(CaseFilter(state=None, visible_partner=visible_partner), now)
    statement = f"SELECT {COLUMNS} FROM {TABLES} WHERE c.id = ANY(%(ids)s) AND {condition}"  # noqa: S608 - constants
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters | {"ids": _ids(numbers)})
        cut_offs = next_cut_offs(now)
        return {case.id: case for case in (_case(row, cut_offs) for row in cursor.fetchall())}


def keys_of(numbers: Iterable[str]) -> set[bytes]:
    """The keys of the orders that have these cases."""
    return {key for (key,) in fetch(KEYS, [_ids(numbers)])}


def find_numbers(filters: CaseFilter, *, now: datetime, at_most: int) -> list[bytes]:
    """The ids of up to `at_most` cases that pass `filters`, the first opened first."""
    condition, parameters = condition_of(filters, now)
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS.format(condition=condition), parameters | {"at_most": at_most})
        return [bytes(number) for (number,) in cursor.fetchall()]


def _ids(numbers: Iterable[str]) -> list[bytes]:
    """The ids that are written in hex as we write them; what is none is no case's."""
    return [bytes.fromhex(number) for number in numbers if IS_ID.fullmatch(number)]


def cases_of_order(order_handle: str, *, now: datetime, visible_partner: str | None = None) -> list[Case]:
    """Every case of an order, open and resolved, the first opened first."""
    filters = CaseFilter(state=None, order=order_handle, visible_partner=visible_partner)
    return list(find_cases(filters, now=now, sort="age", page_size=500).rows)


@dataclass(frozen=True, slots=True)
class OpenCases:
    """An order's open cases in brief: how many, the highest severity, and the team of the gravest, the oldest of those."""

    count: int
    severity: Severity
    team: str


def open_cases_of(handles: Iterable[str], *, now: datetime, visible_partner: str | None = None) -> dict[str, OpenCases]:
    """The open cases of these orders, by handle; orders without any are left out."""
    condition, parameters = condition_of(CaseFilter(state=OPEN, visible_partner=visible_partner), now)
    statement = OF_ORDERS.format(condition=condition, severity=SEVERITY, team=TEAM)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters | {"handles": list(handles)})
        return {handle: OpenCases(count, Severity(severity), team) for handle, count, severity, team in cursor.fetchall()}


def _case(row: tuple[Any, ...], cut_offs: dict[str, datetime]) -> Case:
    subject, site = Subject(row[8], row[9], row[10] or None), row[13]
    values = [*row[:5], Severity(row[5]), *row[6:8], subject, *row[11:], cut_offs.get(site or "")]
    return Case(*values)
