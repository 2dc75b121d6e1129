"""Page reads over cases: what the console and the API show. Frozen values out, one bounded statement each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from apps.core.errors import NotFound, Unreadable
from apps.core.pagination import FOREIGN, Cursor, Page, page_of
from apps.exceptions.catalogue import Severity
from apps.exceptions.cut_offs import next_cut_offs
from apps.exceptions.filters import OPEN, CaseFilter, condition_of
from apps.exceptions.sql import RESOLVED_AT, SEVERITY, STATE, TEAM
from apps.sla.clocks import Subject


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
COUNT: Final = "SELECT count(*) FROM (SELECT FROM exceptions_case AS c WHERE {condition} LIMIT %(at_most)s) AS counted"
OF_ORDERS: Final = """
    SELECT c.handle, count(*), max({severity}), min({team}) FROM exceptions_case AS c
    WHERE {condition} AND c.handle = ANY(%(handles)s) GROUP BY c.handle
"""


@dataclass(frozen=True, slots=True)
class Sort:
    """`columns` with their types, all ascending; `read` takes a row's values of them as text."""

    columns: tuple[tuple[str, str], ...]
    read: Callable[[Case], tuple[str, ...]]
    needs_cut_offs: bool = False


SORTS: Final[dict[str, Sort]] = {
    "age": Sort((("c.opened_at", "timestamptz"),), lambda case: (case.opened_at.isoformat(),)),
    "newest": Sort(
        (("-extract(epoch FROM c.opened_at)", "numeric"),),
        lambda case: (f"{-Decimal(_microseconds(case.opened_at)) / 1_000_000:f}",),
    ),
    "money": Sort(
        (("-coalesce(c.worth, -1)", "numeric"),), lambda case: (str(-(Decimal(-1) if case.worth is None else case.worth)),)
    ),
    "severity": Sort(
        ((f"-({SEVERITY})", "int"), ("c.opened_at", "timestamptz")),
        lambda case: (str(-int(case.severity)), case.opened_at.isoformat()),
    ),
    "resolved": Sort(
        ((f"-extract(epoch FROM {RESOLVED_AT})", "numeric"),),
        lambda case: (f"{-Decimal(_microseconds(case.resolved_at or case.opened_at)) / 1_000_000:f}",),
    ),
    "cut_off": Sort(
        (("coalesce(cut.at, 'infinity')", "timestamptz"), ("c.opened_at", "timestamptz")),
        lambda case: (case.next_cut_off.isoformat() if case.next_cut_off else "infinity", case.opened_at.isoformat()),
        needs_cut_offs=True,
    ),
}


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


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
    condition, parameters = condition_of(filters, now)
    cut_offs = next_cut_offs(now)
    tables = TABLES
    if order.needs_cut_offs:
        tables += " LEFT JOIN unnest(%(sites)s::text[], %(cut_offs)s::timestamptz[]) AS cut(site, at) ON cut.site = c.site"
        parameters |= {"sites": list(cut_offs), "cut_offs": list(cut_offs.values())}
    if hidden := [bytes.fromhex(each) for each in apart_from]:
        condition += " AND (c.incident IS NULL OR c.incident <> ALL(%(hidden)s))"
        parameters["hidden"] = hidden
    start = Cursor.decode(cursor) if cursor else None
    is_backwards = start is not None and start.backwards
    keys = [*order.columns, ("c.id", "bytea")]
    if start is not None:
        condition += f" AND {_beside(keys, start, parameters)}"
    direction = "DESC" if is_backwards else "ASC"
    places = ", ".join(f"{column} {direction}" for column, _ in keys)
    statement = f"SELECT {COLUMNS} FROM {tables} WHERE {condition} ORDER BY {places} LIMIT %(limit)s"  # noqa: S608 - constants
    with connection.cursor() as database:
        database.execute(statement, parameters | {"limit": page_size + 1})
        found = [_case(row, cut_offs) for row in database.fetchall()]
    return page_of(found, start, page_size, lambda case: (*order.read(case), case.id))


def _beside(keys: list[tuple[str, str]], start: Cursor, parameters: dict[str, Any]) -> str:
    """The condition of the rows after (or before) the cursor's."""
    if len(start.values) != len(keys):
        raise Unreadable(FOREIGN)
    *values, number = start.values
    try:
        parameters |= {f"start_{place}": value for place, value in enumerate(values)} | {"start_id": bytes.fromhex(number)}
    except ValueError as error:
        raise Unreadable(FOREIGN) from error
    names = [f"%(start_{place})s::{kind}" for place, (_, kind) in enumerate(keys[:-1])]
    return (
        f"({', '.join(column for column, _ in keys)}) {'<' if start.backwards else '>'} ({', '.join([*names, '%(start_id)s'])})"
    )


def count_cases(filters: CaseFilter, *, now: datetime, at_most: int = 10_000) -> int:
    """How many cases pass `filters`, counted up to `at_most`: the same condition as `find_cases`."""
    condition, parameters = condition_of(filters, now)
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(condition=condition), parameters | {"at_most": at_most})
        return int(cursor.fetchone()[0])


def get_case(number: str, *, now: datetime, visible_partner: str | None = None) -> Case:
    """The case of an id (hex). Raises NotFound, also for one that the reader may not see."""
    condition, parameters = condition_of(CaseFilter(state=None, visible_partner=visible_partner), now)
    statement = f"SELECT {COLUMNS} FROM {TABLES} WHERE c.id = %(id)s AND {condition}"  # noqa: S608 - constants
    try:
        parameters["id"] = bytes.fromhex(number)
    except ValueError as error:
        raise NotFound(f"No exception {number} is known here.") from error
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    if row is None:
        raise NotFound(f"No exception {number} is known here, or you may not see it.")
    return _case(row, next_cut_offs(now))


def get_cases(numbers: Iterable[str], *, now: datetime, visible_partner: str | None = None) -> dict[str, Case]:
    """The cases of these ids (hex), by id; those that are not, or that the reader may not see, are left out."""
    wanted = tuple(numbers)
    filters = CaseFilter(state=None, ids=wanted, visible_partner=visible_partner)
    found = find_cases(filters, now=now, sort="age", page_size=len(wanted)).rows if wanted else ()
    return {case.id: case for case in found}


def cases_of_order(order_handle: str, *, now: datetime, visible_partner: str | None = None) -> list[Case]:
    """Every case of an order, open and resolved, the first opened first."""
    filters = CaseFilter(state=None, order=order_handle, visible_partner=visible_partner)
    return list(find_cases(filters, now=now, sort="age", page_size=500).rows)


@dataclass(frozen=True, slots=True)
class OpenCases:
    """An order's open cases in brief: how many, the highest severity, and the team of one of them."""

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
    values = [*row[:5], Severity(row[5]), *row[6:8], Subject(row[8], row[9], row[10] or None), *row[11:]]
    case = Case(*values)
    return replace(case, next_cut_off=cut_offs.get(case.site or ""))
