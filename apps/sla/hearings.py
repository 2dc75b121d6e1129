"""When something was first known, which the fold does not say: it shows the documents in force, and these are the latest. Pure.

A clock's two readings need it: a ship confirmation that was sent again a day later had been heard a day before.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from apps.contracts.facts import LegShipped, ShipmentEvent, StampedFact
from apps.orders.state import LegState, Moment, PartLine, ShipmentState

Told = Mapping[str, Sequence[StampedFact]]
Heard = tuple[datetime, ShipmentState]

_NAMED_BY: Final = {  # document -> the field that names it
    "order.placed": "order",
    "leg.released": "leg",
    "leg.shipped": "shipment",
    "shipment.posted": "posting",
    "invoice.issued": "invoice",
    "return.received": "return_",
    "return.credited": "return_",
}
_COMPLETE: Final = frozenset({"shipped", "delivered"})


def heard_of(moment: Moment) -> datetime:
    """When a moment that is told was heard."""
    assert moment.received_at is not None
    return moment.received_at


def happened(moment: Moment) -> datetime:
    """When it happened as far as we can tell."""
    return moment.occurred_at or heard_of(moment)


def is_told(moment: Moment | None) -> bool:
    """Whether somebody has told it; False for one that is only implied."""
    return moment is not None and moment.received_at is not None


def first_heard(told: Told, name: str, value: str, moment: Moment) -> datetime:
    """When the first version of a document was heard; `moment` is that of the version in force."""
    versions = told.get(name, ())
    if len(versions) < 2:
        return heard_of(moment)
    field = _NAMED_BY[name]
    heard = [s.stamp.heard_at for s in versions if s.stamp.source == moment.source and getattr(s.fact, field) == value]
    return min([*heard, heard_of(moment)])


def completion(leg: LegState, told: Told) -> Moment | None:
    """The leg's last dispatch, heard when we first knew that nothing more is to leave. None while something is."""
    if leg.status not in _COMPLETE:
        return None
    left = [(shipment, shipment.shipped) for shipment in leg.shipments if is_told(shipment.shipped)]
    if not left:
        return None
    heard = [(first_heard(told, "leg.shipped", each.shipment, moment), each) for each, moment in left if moment]
    last = max((moment for _, moment in left if moment), key=happened)
    return Moment(last.occurred_at, _known_complete(leg, heard, told), last.claimed_at, last.source, last.message)


def _known_complete(leg: LegState, heard: list[Heard], told: Told) -> datetime:
    """By the first word that was final, or by that with which all that was asked had left."""
    if len(heard) == 1:
        return heard[0][0]
    finals = [stamped.stamp.heard_at for stamped in told.get("leg.shipped", ()) if _is_final(stamped, leg)]
    known = [min(finals)] if finals else []
    asked, sent = _articles(leg.lines), defaultdict[tuple[str, str], Decimal](Decimal)
    for at, shipment in sorted(heard, key=lambda pair: pair[0]):
        for article, quantity in _articles(shipment.lines).items():
            sent[article] += quantity
        if asked and all(sent[article] >= quantity for article, quantity in asked.items()):
            known.append(at)
            break
    return min(known, default=max(at for at, _ in heard))


def _is_final(stamped: StampedFact, leg: LegState) -> bool:
    fact = stamped.fact
    return isinstance(fact, LegShipped) and bool(fact.final) and fact.leg == leg.leg


def _articles(parts: Iterable[PartLine]) -> dict[tuple[str, str], Decimal]:
    """By SKU and unit, as `orders.legs` tests completeness."""
    totals: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for part in parts:
        totals[part.sku or part.line, part.uom or ""] += part.quantity
    return totals


def arrival(shipment: ShipmentState, told: Told) -> datetime | None:
    """When we first knew that the shipment had left and all of it has arrived. None while it has not."""
    if shipment.delivered is None:
        return None
    known = [_delivery_heard(shipment, shipment.delivered, told)]
    if shipment.shipped is not None and is_told(shipment.shipped):
        known.append(first_heard(told, "leg.shipped", shipment.shipment, shipment.shipped))
    return max(known)


def _delivery_heard(shipment: ShipmentState, delivered: Moment, told: Told) -> datetime:
    """By an event that names the whole, or with the last of its parcels."""
    if len(shipment.tracking) < 2:
        return heard_of(delivered)
    parcels: dict[str, datetime] = {}
    whole = []
    for stamped in told.get("shipment.delivered", ()):
        fact, heard = stamped.fact, stamped.stamp.heard_at
        assert isinstance(fact, ShipmentEvent)
        if fact.tracking in shipment.tracking:
            parcels[fact.tracking] = min(heard, parcels.get(fact.tracking, heard))
        elif fact.shipment == shipment.shipment:
            whole.append(heard)
    known = [max(parcels.values())] if len(parcels) == len(shipment.tracking) else []
    return min([*known, *whole], default=heard_of(delivered))
