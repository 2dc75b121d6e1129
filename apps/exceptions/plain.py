"""Whether a story is plain: every document told once, nothing goes wrong but lateness, and no word is heard before what it
rests on. Then the clocks of the last fold say when each condition held, and nothing needs to be folded again. Pure.

Read with `history.straight`: whatever could make an earlier fold say something else has to be refused here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from apps.contracts.facts import (
    Fact,
    InvoiceEvent,
    LegReleased,
    LegShipped,
    OrderAllocated,
    ShipmentEvent,
    ShipmentPosted,
    StampedFact,
)
from apps.orders.state import OrderState
from apps.sla.clocks import Clock
from apps.sla.hearings import Told

PLAIN: Final = frozenset(
    {
        "order.placed",
        "order.validated",
        "order.allocated",
        "leg.planned",
        "leg.released",
        "leg.acknowledged",
        "leg.picked",
        "leg.packed",
        "leg.shipped",
        "shipment.in_transit",
        "shipment.delivered",
        "shipment.posted",
        "invoice.issued",
    }
)
ZONES_APART: Final = timedelta(hours=26)  # the furthest that the end of one day is from its end in another zone
ZERO: Final = Decimal(0)
WAY: Final = ("shipment.in_transit", "shipment.delivered")


def is_plain(state: OrderState, told: Told, clocks: Iterable[Clock], until: datetime) -> bool:
    """Whether `history.straight` tells the courses of this story by `until`. `state`, `told` and `clocks` are of all of it."""
    if state.conflicts or state.unapplied or state.loose_shipments or not told.keys() <= PLAIN:
        return False
    return _is_whole(state) and _is_told_once(told) and _is_heard_in_order(told, until) and _promise_is_settled(told, clocks)


def _is_whole(state: OrderState) -> bool:
    """Each leg leaves at once in one parcel at most, and no quantity is odd."""
    for leg in state.legs:
        for shipment in leg.shipments:
            if len(shipment.tracking) > 1 or not shipment.lines or any(part.quantity <= ZERO for part in shipment.lines):
                return False
        if len(leg.shipments) > 1:
            return False
    return all(not line.flags and line.quantities.ordered > ZERO for line in state.lines)


def _is_told_once(told: Told) -> bool:
    """Told twice is another version, or a second part."""
    for name, facts in told.items():
        if len(facts) > 1 and len({_document(name, stamped.fact) for stamped in facts}) < len(facts):
            return False
    return not any(_is_allocated_oddly(stamped.fact) for stamped in told.get("order.allocated", ()))


def _document(name: str, fact: Fact) -> str | None:
    found: str | None
    if isinstance(fact, ShipmentEvent):
        found = fact.tracking or fact.shipment
    elif isinstance(fact, ShipmentPosted):
        found = fact.shipment
    elif isinstance(fact, InvoiceEvent):
        found = fact.invoice
    else:
        found = getattr(fact, "leg" if name.startswith("leg.") else "order")
    return found


def _is_allocated_oddly(fact: Fact) -> bool:
    return isinstance(fact, OrderAllocated) and any(line.quantity <= ZERO for line in fact.lines)


def _is_heard_in_order(told: Told, until: datetime) -> bool:
    """The order first, each release before its leg leaves, each departure before what a carrier says of it."""
    heard = [stamped.stamp.heard_at for facts in told.values() for stamped in facts]
    if "order.placed" not in told or told["order.placed"][0].stamp.heard_at > min(heard) or max(heard) > until:
        return False
    releases = {_leg(stamped): stamped.stamp.heard_at for stamped in told.get("leg.released", ())}
    left: dict[tuple[str, str], datetime] = {}
    for stamped in told.get("leg.shipped", ()):
        fact, at = stamped.fact, stamped.stamp.heard_at
        assert isinstance(fact, LegShipped)
        released_at = releases.get(fact.leg)
        if released_at is None or released_at > at:
            return False
        for name in (("shipment", fact.shipment), *(("tracking", number) for number in fact.tracking)):
            left[name] = max(at, left.get(name, at))
    way = (stamped for name in WAY for stamped in told.get(name, ()))
    return all(_follows(stamped, left) for stamped in way) and _invoices_follow(told, left)


def _leg(stamped: StampedFact) -> str:
    assert isinstance(stamped.fact, LegReleased)
    return stamped.fact.leg


def _follows(stamped: StampedFact, left: Mapping[tuple[str, str], datetime]) -> bool:
    fact = stamped.fact
    assert isinstance(fact, ShipmentEvent)
    named = (("shipment", fact.shipment), ("tracking", fact.tracking))
    known = [left.get((scheme, value)) for scheme, value in named if value is not None]
    return all(at is not None and at <= stamped.stamp.heard_at for at in known)


def _invoices_follow(told: Told, left: Mapping[tuple[str, str], datetime]) -> bool:
    """An invoice that names no shipments covers those that have left: as far as they were heard of."""
    last = max(left.values(), default=None)
    for stamped in told.get("invoice.issued", ()):
        assert isinstance(stamped.fact, InvoiceEvent)
        if not stamped.fact.shipments and last is not None and last > stamped.stamp.heard_at:
            return False
    return True


def _promise_is_settled(told: Told, clocks: Iterable[Clock]) -> bool:
    """A bare date ends by the zone of the order's only site: that may change while legs are heard of."""
    heads = [stamped.stamp.heard_at for name in ("leg.planned", "leg.released") for stamped in told.get(name, ())]
    due = next((clock.due_at for clock in clocks if clock.measure == "deliver"), None)
    return due is None or not heads or max(heads) < due - ZONES_APART
