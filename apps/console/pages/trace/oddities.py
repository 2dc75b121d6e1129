"""What is odd about an order, each in a sentence that a person understands. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.console import words
from apps.console.times import Clock, duration
from apps.orders.duplicates import standing_duplicates
from apps.orders.state import LegState, Moment, OrderState, ShipmentState


@dataclass(frozen=True, slots=True)
class Oddity:
    """`title` names it in a few words; `tone` is late (needs somebody) or risk (good to know)."""

    title: str
    text: str
    tone: str = "risk"


def oddities(state: OrderState, clock: Clock) -> list[Oddity]:
    """Conflicts first, then times that contradict each other, then what is missing."""
    found = [*_conflicts(state), *_ordered_twice(state), *_unapplied(state)]
    for leg in state.legs:
        found += _of_leg(leg, clock)
    for shipment in state.loose_shipments:
        text = f"Shipment {shipment.shipment} was told of this order, but nobody has said which leg it belongs to."
        found.append(Oddity("Shipment without a leg", text))
    found += _unbelieved(state, clock)
    found += _of_order(state)
    return found


def _conflicts(state: OrderState) -> Iterator[Oddity]:
    for conflict in state.conflicts:
        others = [order for order in conflict.orders if order != state.order]
        by = f" and by {', '.join(others)}" if others else " and by another order"
        text = (
            f"{words.scheme(conflict.scheme)} {conflict.value} is claimed by this order{by}. "
            "What names only that identifier is kept aside until one claim is withdrawn."
        )
        yield Oddity("Reference conflict", text, "late")


def _ordered_twice(state: OrderState) -> Iterator[Oddity]:
    others = standing_duplicates(state)
    if others:
        text = f"{' and '.join(others)} came before, from the same customer, with the same PO and the same lines."
        yield Oddity("Ordered twice", text, "late")


def _unapplied(state: OrderState) -> Iterator[Oddity]:
    for fact in state.unapplied:
        fits = f" It could be that of {', '.join(fact.candidates)}." if fact.candidates else ""
        text = f"Message {fact.message} names {words.scheme(fact.scheme).lower()} {fact.value}, which fits more than one.{fits}"
        yield Oddity("Message left out", text)


def _of_leg(leg: LegState, clock: Clock) -> Iterator[Oddity]:
    released, shipped = _at(leg.milestones.get("released")), _at(leg.milestones.get("shipped"))
    if released and shipped and shipped < released:
        yield Oddity(
            "Shipped before it was released",
            f"Leg {words.middle(leg.leg, 28)}: the warehouse's time ({clock.short(shipped)}) is earlier than "
            f"the release ({clock.short(released)}). Both are kept as claimed.",
        )
    if leg.status in {"cancelled", "rejected"} and leg.shipments:
        yield Oddity(
            "Shipped although it was called off", f"Leg {leg.leg} is {leg.status}, and something of it has left.", "late"
        )
    for shipment in leg.shipments:
        yield from _of_shipment(shipment, clock)


def _of_shipment(shipment: ShipmentState, clock: Clock) -> Iterator[Oddity]:
    shipped, delivered = _at(shipment.shipped), _at(shipment.delivered)
    if shipped and delivered and delivered < shipped:
        yield Oddity(
            "Delivered before hand-over",
            f"The carrier's time of delivery ({clock.short(delivered)}) is {duration(shipped - delivered)} earlier than the "
            f"warehouse's hand-over ({clock.short(shipped)}). One of the two clocks is wrong; both are kept as claimed.",
        )
    if shipment.delivered and shipment.shipped is None:
        yield Oddity("Delivered, never told as shipped", f"Shipment {shipment.shipment}: the hand-over was not told.")


def _unbelieved(state: OrderState, clock: Clock) -> Iterator[Oddity]:
    for name, moment in _moments(state):
        if moment.claimed_at and moment.received_at and moment.occurred_at is None and not moment.implied:
            ahead = duration(moment.claimed_at - moment.received_at)
            text = f"{name} claims {clock.short(moment.claimed_at)}, {ahead} after it was heard. That is kept and not believed."
            yield Oddity("A time from the future", text)


def _moments(state: OrderState) -> Iterator[tuple[str, Moment]]:
    for name, moment in state.milestones.items():
        if name not in {"released", "shipped", "delivered"}:  # these repeat a leg's
            yield f"Order {name}", moment
    for leg in state.legs:
        for name, moment in leg.milestones.items():
            if name != "delivered":
                yield f"Leg {words.middle(leg.leg, 24)} {name}", moment
        for shipment in leg.shipments:
            yield from _moments_of(shipment)
    for invoice in state.invoices:
        if invoice.issued:
            yield f"Invoice {invoice.invoice}", invoice.issued


def _moments_of(shipment: ShipmentState) -> Iterator[tuple[str, Moment]]:
    if shipment.delivered:
        yield f"Shipment {words.middle(shipment.shipment, 24)} delivered", shipment.delivered
    if shipment.posted:
        yield f"Posting {shipment.posted.posting}", shipment.posted.moment


def _of_order(state: OrderState) -> Iterator[Oddity]:
    if state.status == "heard":
        yield Oddity(
            "Order not heard from its owner", "Other systems speak of this order; its own order message has not come yet."
        )
    elif not state.lines and state.status not in {"cancelled", "rejected"}:
        yield Oddity("No lines", "The order was placed without lines, so quantities and its value are not known.")


def _at(moment: Moment | None) -> datetime | None:
    return moment.occurred_at if moment else None
