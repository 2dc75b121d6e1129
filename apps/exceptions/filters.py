"""What narrows a list of cases, and the one SQL condition that lists, counts, incidents and bulk acts share."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from apps.exceptions import measured
from apps.exceptions.cases import OPEN_STATES, STATES
from apps.exceptions.catalogue import FOR_PARTNERS
from apps.exceptions.sql import IS_OPEN, MEASURED, OF_TEAM, SEVERITY, STATE

OPEN: Final = "open"  # every state that is not resolved
ACTIVE: Final = "active"  # open, and not snoozed
RESOLVED: Final = "resolved"  # every state that is


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """None means any. `state` is a word of STATES, OPEN, ACTIVE or RESOLVED. `assignee` empty: nobody's. `order` is a handle
    (empty: of no order),
    `incident` an id, `ids` those of cases (all in hex). `visible_partner` limits to what that partner may see."""

    team: str | None = None
    assignee: str | None = None
    code: str | None = None
    partner: str | None = None
    site: str | None = None
    region: str | None = None
    state: str | None = OPEN
    severity: int | None = None  # at least
    order: str | None = None
    incident: str | None = None
    least_worth: Decimal | None = None
    ids: tuple[str, ...] | None = None
    late_word: bool | None = None  # it happened in time, and was heard of too late
    visible_partner: str | None = None


def condition_of(filters: CaseFilter, now: datetime) -> tuple[str, dict[str, Any]]:
    """The WHERE condition over `exceptions_case AS c`, and its parameters by name."""
    pairs = sorted(measured.pairs())
    parameters: dict[str, Any] = {"now": now, "measures": [m for m, _ in pairs], "senders": [s for _, s in pairs]}
    conditions = [MEASURED]
    equal = (
        ("c.code", "code", filters.code),
        ("c.partner", "partner", filters.partner),
        ("c.site", "site", filters.site),
        ("c.region", "region", filters.region),
        ("c.assignee", "assignee", filters.assignee),
    )
    for column, name, value in equal:
        if value is not None:
            conditions.append(f"{column} = %({name})s")
            parameters[name] = value
    if filters.team is not None:
        conditions.append(OF_TEAM)
        parameters["team"] = filters.team
    for condition, name, wanted in _further(filters):
        conditions.append(condition)
        parameters[name] = wanted
    if filters.state is not None:
        conditions.append(_of_state(filters.state))
        parameters["state"] = filters.state
    if filters.late_word is not None:
        conditions.append("c.is_late_word" if filters.late_word else "NOT c.is_late_word")
    if filters.visible_partner is not None:
        conditions.append("c.partner = %(visible)s AND c.code = ANY(%(for_partners)s)")
        parameters |= {"visible": filters.visible_partner, "for_partners": sorted(FOR_PARTNERS)}
    return " AND ".join(conditions), parameters


def _further(filters: CaseFilter) -> Iterator[tuple[str, str, object]]:
    """Conditions that are more than equality, each with its parameter."""
    if filters.order == "":
        yield "c.handle = %(order)s", "order", filters.order
    elif filters.order is not None:  # by its key, which the cases are indexed by
        yield "c.key = (SELECT key FROM orders_order WHERE handle = %(order)s)", "order", filters.order
    if filters.severity is not None:
        yield f"{SEVERITY} >= %(severity)s", "severity", filters.severity
    if filters.incident is not None:
        yield "c.incident = %(incident)s", "incident", _bytes(filters.incident)
    if filters.least_worth is not None:
        yield "c.worth >= %(least_worth)s", "least_worth", filters.least_worth
    if filters.ids is not None:
        yield "c.id = ANY(%(ids)s)", "ids", [_bytes(number) for number in filters.ids]


def _of_state(state: str) -> str:
    # The partial indexes hold what is not cleared; nothing is cleared in the future of now.
    is_open = f"c.cleared_at IS NULL AND {IS_OPEN}"
    if state == OPEN:
        return is_open
    if state == ACTIVE:
        return f"{is_open} AND (c.snoozed_until IS NULL OR c.snoozed_until <= %(now)s)"
    if state == RESOLVED:  # what either index holds
        return f"(c.cleared_at IS NOT NULL OR c.resolved_at IS NOT NULL) AND NOT ({IS_OPEN})"
    if state == "snoozed":  # so has its own
        return f"{is_open} AND c.snoozed_until > %(now)s AND {STATE} = %(state)s"
    if state in OPEN_STATES:
        return f"{is_open} AND {STATE} = %(state)s"
    return f"{STATE} = %(state)s" if state in STATES else "false"


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
