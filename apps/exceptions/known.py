"""Clocks and cases as they were known at a past moment: judged with what had been heard and done by then.

One order is judged again from its facts, so its past is right for the same reason as its present. A list finds its rows by the
spans and acts that are kept (`cases.as_known`), and then judges the orders of the page that it shows. Rules (commitments,
calendars, ownership), and what is measured at all, are today's.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db import connection

from apps.acts.types import StampedAct
from apps.core.errors import NotFound, TooBroad, Unreadable
from apps.core.pagination import FOREIGN, Cursor, Page, page_of
from apps.exceptions import measured
from apps.exceptions.cases import OPEN_STATES, RESOLVED_STATES, Handling, as_known, state_at
from apps.exceptions.catalogue import FOR_PARTNERS
from apps.exceptions.cut_offs import next_cut_offs
from apps.exceptions.filters import ACTIVE, OPEN, RESOLVED, CaseFilter, condition_of
from apps.exceptions.history import Span
from apps.exceptions.queries import SORTS, Case, Sort
from apps.exceptions.rows import COLUMNS, HANDLED, Owning, Row, handled, is_late_word, severity_at, unpack
from apps.exceptions.rules import in_force
from apps.exceptions.store import acts_of, acts_of_orders, judged
from apps.orders.known import KnownOrder, not_known_yet, told_as_known
from apps.orders.refold import ToldOrder, read_told
from apps.sla.clocks import Clock, Subject
from apps.sla.order_clocks import clocks_of, told_of

CANDIDATES: Final = 5_000
_NAMES: Final = tuple(name for name, _ in COLUMNS)
_HANDLED: Final = tuple(name for name, _ in HANDLED)
_OF_THE_MOMENT: Final = {"id", "key", "severity", "team", "incident"}  # worked out, or written otherwise
_AS_KEPT: Final = {field.name for field in fields(Case)} & {*_NAMES} - _OF_THE_MOMENT
_SELECT: Final = f"SELECT {', '.join(f'c.{name}' for name in _NAMES)} FROM exceptions_case AS c WHERE "  # noqa: S608 - constants
# Two searches, each by the index that holds its rows: what is still open, and what was cleared later.
_OPEN_THEN: Final = (
    f"{_SELECT} c.cleared_at IS NULL AND {{condition}} UNION ALL {_SELECT} c.cleared_at > %(now)s AND {{condition}}"
)
_KEY: Final = "SELECT c.key FROM exceptions_case AS c WHERE c.id = %(number)s AND {condition}"
_ANY_THEN: Final = f"{_SELECT} {{condition}}"
_ENDLESS: Final = datetime.max.replace(tzinfo=UTC)
Place = tuple[Any, ...]
Acts = Mapping[bytes, Sequence[StampedAct]]


def clocks_as_known(known: KnownOrder) -> list[Clock]:
    """The clocks of the order that had started by then, by the whole of what was known, whatever of it a reader may see;
    `clock_state(clock, known.moment)` tells how each stood."""
    return clocks_of(known.told.state, told_of(known.facts), in_force().policy)


def cases_as_known(known: KnownOrder, *, visible_partner: str | None = None) -> list[Case]:
    """Every case of the order that had opened by then, open and resolved, the first opened first."""
    key = bytes.fromhex(known.key)
    cut_offs = next_cut_offs(known.moment)
    rows = _rows_then(key, known.told, acts_of(key), known.moment)
    cases = [_case(row, known.told, known.moment, cut_offs) for row in rows.values() if _is_measured(row)]
    return sorted((case for case in cases if _is_visible(case, visible_partner)), key=lambda case: (case.opened_at, case.id))


def get_case_as_known(number: str, moment: datetime, *, visible_partner: str | None = None) -> Case:
    """The case of an id (hex) as it was known at `moment`. Raises NotFound, also where it had not opened by then, or where the
    reader may not see it, now or then."""
    key = _key_of(number, moment, visible_partner)
    order = read_told({key}).get(key)
    told = told_as_known(order, moment) if order is not None else None
    if order is None:
        row = _kept_then(number, key, moment)
    else:
        row = _rows_then(key, told, acts_of(key), moment).get(bytes.fromhex(number)) if told else None
    if row is not None:
        case = _case(row, told, moment, next_cut_offs(moment))
        if _is_visible(case, visible_partner):
            return case
    raise not_known_yet(f"Exception {number}", moment)


def _kept_then(number: str, key: bytes, moment: datetime) -> Row | None:
    """The row of a case that belongs to no order, by what is kept of it."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_SELECT} c.id = %s", [bytes.fromhex(number)])
        row = cursor.fetchone()
    return _cut(row, acts_of(key).get(bytes.fromhex(number), ()), in_force(), moment) if row is not None else None


def _key_of(number: str, moment: datetime, visible_partner: str | None) -> bytes:
    condition, parameters = condition_of(CaseFilter(state=None, visible_partner=visible_partner), moment)
    row = None
    with suppress(ValueError), connection.cursor() as cursor:
        cursor.execute(_KEY.format(condition=condition), parameters | {"number": bytes.fromhex(number)})
        row = cursor.fetchone()
    if row is None:
        raise NotFound(f"No exception {number} is known here, or you may not see it.")
    return bytes(row[0])


def acts_as_known(case: Case, moment: datetime) -> list[StampedAct]:
    """What people had done to the case by then, in the log's order."""
    return _by_then(acts_of(bytes.fromhex(case.key)).get(bytes.fromhex(case.id), ()), moment)


def find_cases_as_known(
    filters: CaseFilter, moment: datetime, *, sort: str = "severity", cursor: str | None = None, page_size: int = 50
) -> Page[Case]:
    """Cases that passed `filters` as of `moment`, by a name of SORTS.

    What people had done, the state and every value in a row are those of then. What the order says of a case (partner, site,
    region, worth, promise) narrows and sorts as it was last known. Raises TooBroad where more than CANDIDATES cases have to be
    looked at, and Unreadable for a foreign cursor.
    """
    order = SORTS[sort]
    start = Cursor.decode(cursor) if cursor else None
    placed = sorted(((_place(order, case), case) for case in _found(filters, moment)), key=_first)
    is_downwards = order.is_descending != (start is not None and start.backwards)
    if start is not None:
        beside = _place_of(order, start)
        below, above = bisect_left(placed, beside, key=_first), bisect_right(placed, beside, key=_first)
        placed = placed[:below] if is_downwards else placed[above:]
    if is_downwards:
        placed.reverse()
    found = [case for _, case in placed[: page_size + 1]]
    page = page_of(found, start, page_size, lambda case: (*order.read(case), case.id))
    return Page(_judged_then(page.rows, moment, filters.visible_partner), page.next, page.previous)


def count_cases_as_known(filters: CaseFilter, moment: datetime) -> int:
    """How many cases `find_cases_as_known` has on all its pages. Raises TooBroad as it does."""
    return len(_found(filters, moment))


def _found(filters: CaseFilter, moment: datetime) -> list[Case]:
    """The cases that pass, as far as what is kept of them tells."""
    rows = _candidates(filters, moment)
    if not rows:
        return []  # nor any calendar to ask: the moment may lie before all of them
    acts = acts_of_orders({row[1] for row in rows})
    owning, cut_offs = in_force(), next_cut_offs(moment)
    then = (_cut(row, acts.get(row[1], {}).get(row[0], ()), owning, moment) for row in rows)
    cases = [_case(row, None, moment, cut_offs) for row in then if row is not None]
    return [case for case in cases if _passes(case, filters, moment)]


def _candidates(filters: CaseFilter, moment: datetime) -> list[Row]:
    """Every case that may pass: what depends on the moment is left to `_passes`."""
    lasting = replace(filters, team=None, assignee=None, state=None, severity=None, incident=None, late_word=None)
    condition, parameters = condition_of(lasting, moment)
    is_unresolved = filters.state in {OPEN, ACTIVE, *OPEN_STATES, "resolved_manual"}
    statement = (_OPEN_THEN if is_unresolved else _ANY_THEN).format(condition=f"c.opened_at <= %(now)s AND {condition}")
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} LIMIT %(limit)s", parameters | {"limit": CANDIDATES + 1})
        rows: list[Row] = cursor.fetchall()
    if len(rows) > CANDIDATES:
        raise TooBroad(
            f"More than {CANDIDATES:,} exceptions would have to be looked at to tell which of them were meant at that moment: "
            "narrow the filter, by type, partner, region, site or order."
        )
    return rows


def _cut(row: Row, acts: Sequence[StampedAct], owning: Owning, moment: datetime) -> Row | None:
    """The kept row with later openings, ends and acts left out; None while it had not opened."""
    kept = dict(zip(_NAMES, row, strict=True))
    known = as_known(unpack(kept["detail"]), acts, moment)
    if known is None:
        return None
    episode, _ = known
    last = episode.last
    kept |= {"due_at": last.due_at, "cleared_at": last.cleared_at, "cleared": last.cleared}
    kept |= {"evidence_at": last.evidence.occurred_at if last.evidence else None, "is_late_word": is_late_word(episode)}
    kept |= zip(_HANDLED, handled(episode, kept["region"], _by_then(acts, moment), owning), strict=True)
    return tuple(kept.values())


def _passes(case: Case, filters: CaseFilter, moment: datetime) -> bool:
    asked = (
        (filters.team, case.team),
        (filters.assignee, case.assignee),
        (filters.incident, case.incident),
        (filters.late_word, case.is_late_word),
    )
    if any(wanted is not None and wanted != is_ for wanted, is_ in asked):
        return False
    if filters.severity is not None and case.severity < filters.severity:
        return False
    if filters.state in {OPEN, ACTIVE}:
        is_asleep = case.snoozed_until is not None and case.snoozed_until > moment
        return case.state in OPEN_STATES and (filters.state == OPEN or not is_asleep)
    if filters.state == RESOLVED:
        return case.state in RESOLVED_STATES
    return filters.state in {None, case.state}


def _judged_then(cases: Sequence[Case], moment: datetime, visible_partner: str | None) -> list[Case]:
    """The cases as judging their orders with what had been heard by then makes them; without those that were not the
    partner's to see then."""
    keys = {bytes.fromhex(case.key) for case in cases}
    told = {key: then for key, each in read_told(keys).items() if (then := told_as_known(each, moment)) is not None}
    acts, cut_offs = acts_of_orders(keys), next_cut_offs(moment)
    rows = {
        number: (row, each)
        for key, each in told.items()
        for number, row in _rows_then(key, each, acts.get(key, {}), moment).items()
    }
    exact = []
    for case in cases:
        row, each = rows.get(bytes.fromhex(case.id), (None, None))
        exact.append(case if row is None else _case(row, each, moment, cut_offs))
    return [case for case in exact if _is_visible(case, visible_partner)]


def _rows_then(key: bytes, told: ToldOrder, acts: Acts, moment: datetime) -> dict[bytes, Row]:
    """The rows of the order's cases by id, judged as of then; `told` is the order as it was known."""
    by_then = {number: _by_then(own, moment) for number, own in acts.items()}
    return judged(key, told, by_then, in_force(), until=moment)


def _by_then(acts: Iterable[StampedAct], moment: datetime) -> list[StampedAct]:
    return [stamped for stamped in acts if stamped.at <= moment]


def _is_measured(row: Row) -> bool:
    kept = dict(zip(_NAMES, row, strict=True))
    return not kept["measure"] or (kept["measure"], kept["sender"]) in measured.pairs()


def _is_visible(case: Case, visible_partner: str | None) -> bool:
    return visible_partner is None or (case.partner == visible_partner and case.code in FOR_PARTNERS)


def _case(row: Row, told: ToldOrder | None, moment: datetime, cut_offs: Mapping[str, datetime]) -> Case:
    """The row as it is shown at `moment`: what `queries.COLUMNS` say in SQL. Without `told` the order's own words are left
    out."""
    kept: dict[str, Any] = dict(zip(_NAMES, row, strict=True))
    span = Span(kept["opened_at"], kept["due_at"], None, kept["cleared_at"], kept["cleared"])
    handling = Handling(worked=kept["worked"], snoozed_until=kept["snoozed_until"], resolved_at=kept["resolved_at"])
    has_escalated = kept["escalates_at"] is not None and kept["escalates_at"] <= moment
    return Case(
        **{name: kept[name] for name in _AS_KEPT},
        id=bytes(kept["id"]).hex(),
        key=bytes(kept["key"]).hex(),
        state=state_at(span, handling, moment),
        severity=severity_at(kept["severity"], kept["raises_at"], moment),
        team=kept["escalates_to"] if has_escalated else kept["team"],
        subject=Subject(kept["scheme"], kept["value"], kept["issuer"] or None),
        resolved_by_hand_at=kept["resolved_at"],
        incident=bytes(kept["incident"]).hex() if kept["incident"] is not None else None,
        order=told.state.order if told else kept["handle"],
        customer_name=told.state.customer_name if told else None,
        promised_until=told.state.promised_until if told else None,
        next_cut_off=cut_offs.get(kept["site"] or ""),
    )


def _first(placed: tuple[Place, Case]) -> Place:
    return placed[0]


def _place(order: Sort, case: Case) -> Place:
    return (*_values(order, order.read(case)), case.id)


def _place_of(order: Sort, start: Cursor) -> Place:
    """The place that a cursor names. Raises Unreadable for a cursor of another list."""
    try:
        *texts, number = start.values
        return (*_values(order, texts), number)
    except (ValueError, InvalidOperation) as error:
        raise Unreadable(FOREIGN) from error


def _values(order: Sort, texts: Iterable[str]) -> Iterator[Any]:
    for (_, kind), text in zip(order.columns, texts, strict=True):
        yield _READ[kind](text)


def _time(text: str) -> datetime:
    moment = _ENDLESS if text == "infinity" else datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _amount(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite():
        raise ValueError(text)
    return amount


_READ: Final[Mapping[str, Callable[[str], Any]]] = {"timestamptz": _time, "numeric": _amount, "int": int}
