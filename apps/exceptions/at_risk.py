"""Which promises of an order count for a reader, and whether one of them is at risk: running, past its warning, not yet due.

`is_at_risk` tells it of one order from its clocks; lists repeat it as one SQL condition, and a test holds the two together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import connection

from apps.exceptions import measured
from apps.exceptions.catalogue import FOR_PARTNERS
from apps.orders.filters import AT_RISK, Condition, OrderFilter
from apps.sla.clocks import Clock, clock_state
from apps.sla.commitments import MEASURES
from apps.sla.sent import sent_of

_BY_PARTNER: Final = tuple(code for code, measure in MEASURES.items() if measure.sender == "partner")
_FOR_PARTNERS: Final = tuple(code for code, measure in MEASURES.items() if measure.opens in FOR_PARTNERS)
# Over `sla_clock AS c`, by the index `sla_clock_warned`.
IS_AT_RISK: Final = """c.stopped_heard_at IS NULL AND c.void = '' AND c.warn_at <= %s AND c.due_at >= %s
    AND (c.measure, CASE WHEN c.measure = ANY(%s) THEN coalesce(c.partner, '') ELSE '' END)
        IN (SELECT * FROM unnest(%s::text[], %s::text[]))"""
_OF_PARTNER: Final = " AND c.partner = %s AND c.measure = ANY(%s)"
_AMONG: Final = "key IN (SELECT c.order_key FROM sla_clock AS c WHERE {condition})"
_OF_ORDERS: Final = """
    SELECT o.handle FROM orders_order AS o
    WHERE o.handle = ANY(%s) AND EXISTS (SELECT FROM sla_clock AS c WHERE c.order_key = o.key AND {condition})
"""


def counted(clocks: Iterable[Clock], *, visible_partner: str | None = None) -> list[Clock]:
    """Those of the clocks that are measured at all, the first due first. A partner's reader sees those of its own work. A clock
    that has its stop is measured: that such a thing is said, it says itself."""
    pairs = measured.pairs()
    return [clock for clock in visible(clocks, visible_partner=visible_partner) if clock.is_said or sent_of(clock) in pairs]


def visible(clocks: Iterable[Clock], *, visible_partner: str | None = None) -> list[Clock]:
    """The clocks that a reader may see, measured or not, the first due first: of a partner's, those of its own work."""
    found = [
        clock
        for clock in clocks
        if visible_partner is None or (clock.partner == visible_partner and clock.measure in _FOR_PARTNERS)
    ]
    return sorted(found, key=_place)


def is_at_risk(clocks: Iterable[Clock], now: datetime) -> bool:
    """Whether one of these clocks runs, is past its warning threshold and not yet due."""
    return any(clock_state(clock, now) == AT_RISK for clock in clocks)


def narrowed(filters: OrderFilter, *, now: datetime) -> OrderFilter:
    """The filter of a list of orders with its overlay at_risk, if it has that, as a condition that the list can ask."""
    if filters.overlay != AT_RISK:
        return filters
    condition, parameters = _condition(now, filters.visible_partner)
    return replace(filters, overlay=None, among=Condition(_AMONG.format(condition=condition), tuple(parameters)))


def at_risk_of(handles: Sequence[str], *, now: datetime, visible_partner: str | None = None) -> frozenset[str]:
    """The handles of those orders that are at risk."""
    if not handles:
        return frozenset()
    condition, parameters = _condition(now, visible_partner)
    with connection.cursor() as cursor:
        cursor.execute(_OF_ORDERS.format(condition=condition), [list(handles), *parameters])
        return frozenset(handle for (handle,) in cursor.fetchall())


def _condition(now: datetime, visible_partner: str | None) -> tuple[str, list[Any]]:
    pairs = sorted(measured.pairs())
    parameters: list[Any] = [now, now, list(_BY_PARTNER), [m for m, _ in pairs], [s for _, s in pairs]]
    if visible_partner is None:
        return IS_AT_RISK, parameters
    return IS_AT_RISK + _OF_PARTNER, [*parameters, visible_partner, list(_FOR_PARTNERS)]


def _place(clock: Clock) -> tuple[datetime, str, str, str, str]:
    subject = clock.subject
    return clock.due_at, clock.measure, subject.scheme, subject.value, subject.issuer or ""
