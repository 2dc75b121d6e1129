"""The order trace's parts as they are shown: head, legs, lines, references. Pure: state, reader and clock decide."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from apps.console import words
from apps.console.access import Reader
from apps.console.pages.orders.presenters import lateness_of
from apps.console.times import Clock, Instant, duration
from apps.orders.lateness import is_late, leg_is_overdue, shipped_late
from apps.orders.state import LegState, Moment, OrderState, PartLine, ReferenceState, ShipmentState

MILESTONES = ("planned", "released", "acknowledged", "picked", "packed", "shipped", "delivered", "rejected", "cancelled")
NOTICEABLE_LAG = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Named:
    name: str
    value: str
    instant: Instant | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """Above everything: who, what state, the facts that people ask for first."""

    context: str
    chips: tuple[words.Chip, ...]
    facts: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One milestone of a leg. `lag` says how much later the word came; `note` stands where there is no time."""

    name: str
    happened: Instant | None
    heard: Instant | None
    lag: str
    note: str
    message: str
    is_failure: bool


@dataclass(frozen=True, slots=True)
class ShownShipment:
    shipment: str
    carrier: str
    service: str
    tracking: tuple[str, ...]
    goods: str
    shipped: Instant | None
    delivered: Instant | None
    state: words.Chip
    reason: str
    posting: Named | None
    invoice: Named | None
    value: str


@dataclass(frozen=True, slots=True)
class ShownLeg:
    number: int
    leg: str
    partner: str
    site: str
    status: words.Chip
    ship_by: str
    ship_by_note: Named | None
    steps: tuple[Step, ...]
    shipments: tuple[ShownShipment, ...]
    problems: tuple[Named, ...]
    reason: str
    goods: str


def head(state: OrderState, reader: Reader, *, is_at_risk: bool = False) -> Head:
    """`is_at_risk`: one of the order's promises is."""
    clock, late = reader.clock, is_late(state, reader.clock.now)
    lateness = lateness_of(state.promised_until, state.completed_at, clock.now, is_late=late, is_closed=state.is_closed)
    chips = [words.Chip(lateness.text, "late")] if late else []
    chips.append(words.chip(words.STATUS, state.status))
    chips += [words.chip(words.OVERLAY, overlay) for overlay in state.overlays if overlay not in {"late", "at_risk"}]
    chips += [words.OVERLAY["at_risk"]] if is_at_risk else []
    customer = (state.customer_name or state.customer_id or "Customer not known") if reader.sees_customers else "Order"
    return Head(
        " · ".join(part for part in (customer, state.channel, state.region) if part), tuple(chips), tuple(_facts(state, reader))
    )


def _facts(state: OrderState, reader: Reader) -> list[Named]:
    clock = reader.clock
    facts = [_moment_fact("Placed", state.milestones.get("placed"), clock)]
    if state.requested_date:
        facts.append(Named("Requested", clock.claimed(state.requested_date)))
    if state.promised_date:
        promise = clock.instant(state.promised_until) if state.promised_until else None
        facts.append(Named("Promised", clock.claimed(state.promised_date), promise))
    if state.completed_at:
        facts.append(_at_fact("Completed", clock.instant(state.completed_at)))
    if reader.sees_money:
        facts.append(Named("Value", words.money(state.value, state.currency) or "not known"))
        money = words.chip(words.MONEY, state.money)
        unbilled = unbilled_value(state)
        if unbilled:
            facts.append(Named("Shipped, not invoiced", words.money(unbilled, state.currency), tone="risk"))
        elif state.money != "none":
            facts.append(Named("Money", money.word))
    return [fact for fact in facts if fact.value]


def _moment_fact(name: str, moment: Moment | None, clock: Clock) -> Named:
    at = moment.occurred_at if moment else None
    return _at_fact(name, clock.instant(at)) if at else Named(name, "")


def _at_fact(name: str, instant: Instant) -> Named:
    return Named(name, instant.short, instant)


def unbilled_value(state: OrderState) -> Decimal:
    """The value of what has shipped and no invoice in force covers, as far as prices are known."""
    shipments = [shipment for leg in state.legs for shipment in leg.shipments]
    open_ones = [s for s in shipments if s.invoiced is None or s.invoiced.held]
    return sum((s.value for s in open_ones if s.value is not None), Decimal(0))


def legs(state: OrderState, reader: Reader) -> tuple[ShownLeg, ...]:
    return tuple(_leg(leg, number, state, reader) for number, leg in enumerate(state.legs, 1))


def _leg(leg: LegState, number: int, state: OrderState, reader: Reader) -> ShownLeg:
    clock = reader.clock
    note = None
    if leg.ship_by_at and leg_is_overdue(leg, clock.now) and not state.is_closed:
        note = Named("overdue", f"overdue {duration(clock.now - leg.ship_by_at)}", tone="late")
    elif shipped_late(leg):
        note = Named("late", "shipped after it", tone="late")
    return ShownLeg(
        number=number,
        leg=leg.leg,
        partner=leg.partner or "Warehouse not known",
        site=leg.site if leg.site and leg.site != leg.partner else "",
        status=words.chip(words.LEG_STATUS, leg.status),
        ship_by=clock.claimed(leg.ship_by),
        ship_by_note=note,
        steps=tuple(_step(name, leg, clock) for name in MILESTONES if name in leg.milestones),
        shipments=tuple(_shipment(shipment, state, reader) for shipment in leg.shipments),
        problems=tuple(
            Named(words.plain(problem.code), problem.reason or "", _instant(problem.moment, clock)) for problem in leg.problems
        ),
        reason=leg.rejected_reason or "",
        goods=goods(leg.lines),
    )


def loose(state: OrderState, reader: Reader) -> tuple[ShownShipment, ...]:
    return tuple(_shipment(shipment, state, reader) for shipment in state.loose_shipments)


def goods(lines: tuple[PartLine, ...]) -> str:
    """`40 GLV-NTR-M, 12 VAC-2C8 +1`"""
    texts = [f"{words.quantity(line.quantity)} {words.middle(line.sku or f'line {line.line}', 18)}" for line in lines]
    return ", ".join(texts[:3]) + (f" +{len(texts) - 3}" if len(texts) > 3 else "")


def _step(name: str, leg: LegState, clock: Clock) -> Step:
    """A milestone carries its first evidence: of several shipments that is the first one's, and is called so."""
    moment, lag, note = leg.milestones[name], "", ""
    is_first_of_several = name in {"shipped", "delivered"} and len(leg.shipments) > 1
    if moment.implied:
        note = "implied"
    elif moment.occurred_at is None:
        claimed = clock.short(moment.claimed_at) if moment.claimed_at else "a time"
        note = f"claims {claimed}, which is not believed"
    elif moment.received_at and moment.received_at - moment.occurred_at >= NOTICEABLE_LAG:
        lag = f"{duration(moment.received_at - moment.occurred_at)} later"
    return Step(
        name=f"First {name}" if is_first_of_several else name.capitalize(),
        happened=_instant(moment, clock),
        heard=clock.instant(moment.received_at) if moment.received_at else None,
        lag=lag,
        note=note,
        message=str(moment.position) if moment.message else "",
        is_failure=name in {"rejected", "cancelled"},
    )


def _instant(moment: Moment | None, clock: Clock) -> Instant | None:
    return clock.instant(moment.occurred_at) if moment and moment.occurred_at else None


def _shipment(shipment: ShipmentState, state: OrderState, reader: Reader) -> ShownShipment:
    clock = reader.clock
    sees_money = reader.sees_money
    posted, invoiced = shipment.posted, shipment.invoiced
    return ShownShipment(
        shipment=shipment.shipment,
        carrier=shipment.carrier or "",
        service=shipment.service or "",
        tracking=shipment.tracking,
        goods=goods(shipment.lines),
        shipped=_instant(shipment.shipped, clock),
        delivered=_instant(shipment.delivered, clock),
        state=_shipment_state(shipment),
        reason=shipment.failed_reason or "",
        posting=Named("Posting", posted.posting, _instant(posted.moment, clock)) if posted and sees_money else None,
        invoice=_invoice(invoiced.invoice, invoiced.moment, clock, held=invoiced.held, credited=invoiced.credited)
        if invoiced and sees_money
        else None,
        value=words.money(shipment.value, state.currency) if sees_money else "",
    )


def _invoice(name: str, moment: Moment, clock: Clock, *, held: bool, credited: bool) -> Named:
    tone = "held" if held else "credited" if credited else ""
    return Named("Invoice", name, _instant(moment, clock), tone)


def _shipment_state(shipment: ShipmentState) -> words.Chip:
    if shipment.delivered:
        return words.Chip("Delivered", "ok")
    if shipment.failed:
        return words.Chip("Delivery failed", "late")
    if shipment.in_transit:
        return words.Chip("In transit", "info")
    return words.Chip("Shipped", "info") if shipment.shipped else words.Chip("Not told as shipped", "wait")


@dataclass(frozen=True, slots=True)
class ShownReference:
    scheme: str
    value: str
    issuer: str


def references(found: tuple[ReferenceState, ...]) -> tuple[ShownReference, ...]:
    """In the order in which people ask for them: the order's own, then along its way."""
    ranks = {name: rank for rank, name in enumerate(("po", "customer_ref", *words.SCHEME))}
    ordered = sorted(found, key=lambda each: (ranks.get(each.scheme, len(ranks)), each.value))
    return tuple(ShownReference(words.scheme(each.scheme), each.value, each.issuer or "") for each in ordered)
