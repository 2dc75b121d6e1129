"""`as_of=`: how a past moment is asked for, and the reads that answer as of now or as of then. Any endpoint with a history
takes the parameter by `AS_OF` (its schema), `PARAMETER` (its name) and `moment_of` (its value)."""

from dataclasses import replace
from datetime import datetime

from drf_spectacular.types import OpenApiTypes

from apps.accounts.models import User
from apps.accounts.roles import Permission, may
from apps.api.parameters import Parameters
from apps.api.problems import BadParameter
from apps.api.schemas import parameter
from apps.api.values import Json, time
from apps.contracts.facts import StampedFact
from apps.core.errors import NotFound, Unreadable
from apps.core.pagination import Page
from apps.core.time import parse_time
from apps.exceptions.at_risk import counted, visible
from apps.exceptions.filters import CaseFilter
from apps.exceptions.known import cases_as_known, clocks_as_known, find_cases_as_known, get_case_as_known
from apps.exceptions.queries import Case, cases_of_order, find_cases, get_case
from apps.exceptions.visibility import redact_case
from apps.orders.known import KnownOrder, order_as_known
from apps.orders.queries import OrderDetail, facts_of_order, get_order
from apps.orders.visibility import redact, visible_partner
from apps.sla.clocks import Clock
from apps.sla.queries import clocks_of_order

PARAMETER = "as_of"
EXPECTED = "a past moment as an RFC 3339 time with its zone, such as 2026-05-12T09:14:00Z"
AS_OF = parameter(
    PARAMETER,
    "A past moment (RFC 3339; `+` is written `%2B`): what was known by then, that instant included. Left out: now.",
    kind=OpenApiTypes.DATETIME,
)


def moment_of(query: Parameters, *, now: datetime) -> datetime | None:
    """The moment that is asked for, in UTC; None for now. Raises BadParameter for what is no time, and for one to come."""
    text = query.text(PARAMETER)
    if text is None:
        return None
    try:
        moment = parse_time(text)
    except Unreadable as error:
        hint = " Write the `+` of an offset as %2B: in an address a plain one is a blank." if " " in text else ""
        raise BadParameter(PARAMETER, f"`{PARAMETER}` is {EXPECTED}. {error.detail}{hint}") from error
    if moment > now:
        raise BadParameter(PARAMETER, f"`{PARAMETER}` is {EXPECTED}; {time(moment)} is still to come (now is {time(now)}).")
    return moment


def field_of(moment: datetime | None) -> Json:
    """What an answer says about its moment; null where it tells of now."""
    return {PARAMETER: time(moment)}


def visible_order(identifier: str, user: User, moment: datetime | None = None) -> OrderDetail:
    """The order as the user may see it, as of now or of a past moment. Raises NotFound and Conflict as `get_order`, NotFound
    also where nothing that the user may see was known by then."""
    partner = visible_partner(user)
    if moment is None:
        detail = get_order(identifier, visible_partner=partner)
    else:
        detail = order_as_known(identifier, moment, visible_partner=partner)
    state = redact(detail.state, user)
    if partner is not None and not state.legs:
        raise NotFound("There is no such order, or none that you may see.")
    return replace(detail, state=state)


def facts_of(detail: OrderDetail) -> list[StampedFact]:
    """The facts of an order from `visible_order`: those that had been heard by its moment."""
    return list(detail.facts) if isinstance(detail, KnownOrder) else facts_of_order(detail.key)


def visible_promises(detail: OrderDetail, user: User, *, now: datetime) -> tuple[list[Clock], list[Clock], list[Case]]:
    """The clocks of an order from `visible_order`, those of them that are measured, and its cases, all of its moment and as the
    user may see them."""
    partner = visible_partner(user)
    clocks = clocks_as_known(detail) if isinstance(detail, KnownOrder) else clocks_of_order(bytes.fromhex(detail.key))
    shown = visible(clocks, visible_partner=partner)
    counting = counted(shown)
    if not may(user.role, Permission.SEE_EXCEPTIONS):
        return shown, counting, []
    if isinstance(detail, KnownOrder):
        cases = cases_as_known(detail, visible_partner=partner)
    else:
        cases = cases_of_order(detail.handle, now=now, visible_partner=partner)
    return shown, counting, [redact_case(case, user) for case in cases]


def find_cases_then(  # noqa: PLR0913 - a list's question, all by name
    filters: CaseFilter,
    *,
    moment: datetime | None,
    now: datetime,
    sort: str,
    cursor: str | None,
    page_size: int,
) -> Page[Case]:
    """`find_cases` as of now, or as of a past moment. Raises Unreadable and TooBroad."""
    if moment is None:
        return find_cases(filters, now=now, sort=sort, cursor=cursor, page_size=page_size)
    return find_cases_as_known(filters, moment, sort=sort, cursor=cursor, page_size=page_size)


def get_case_then(number: str, *, moment: datetime | None, now: datetime, visible_partner: str | None = None) -> Case:
    """`get_case` as of now, or as of a past moment. Raises NotFound."""
    if moment is None:
        return get_case(number, now=now, visible_partner=visible_partner)
    return get_case_as_known(number, moment, visible_partner=visible_partner)
