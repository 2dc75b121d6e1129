"""What an order's picture shows, lane by lane, as times and words: no positions yet. Pure, `now` is given."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from apps.console import words
from apps.console.times import Clock, duration
from apps.orders.lateness import is_late, leg_is_overdue
from apps.orders.state import LegState, Moment, OrderState, ShipmentState
from apps.orders.timeline import TimelineRow

SHIPMENT_LANES = 4  # with more, one lane per carrier
LEG_STEPS = ("planned", "released", "acknowledged", "picked", "packed", "rejected", "cancelled")
UNFINISHED = frozenset({"planned", "released", "acknowledged", "picked", "packed", "partially_shipped"})


@dataclass(frozen=True, slots=True)
class Event:
    """One thing in a lane. `kind` is happened, claimed (not believed, shown when heard), failed or expected;
    `message` is the key of the raw message."""

    name: str
    at: datetime
    kind: str = "happened"
    heard_at: datetime | None = None
    detail: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Work or carriage between two moments. `kind` is work, carry, wait, overdue or odd (it ends before it starts)."""

    start: datetime
    end: datetime
    kind: str = "work"
    label: str = ""


@dataclass(slots=True)
class Lane:
    """One system's, leg's or carrier's line. `tone` names the lane's colour role."""

    key: str
    title: str
    subtitle: str
    tone: str
    events: list[Event] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    def add(self, name: str, moment: Moment | None, *, kind: str = "happened", detail: str = "") -> None:
        event = event_of(name, moment, kind=kind, detail=detail)
        if event is not None:
            self.events.append(event)


@dataclass(frozen=True, slots=True)
class Story:
    """`promise` is the instant that the order is promised until; `ends_now` is false for an order that is over. `now` may be
    a past moment, and `now_label` says so."""

    lanes: tuple[Lane, ...]
    now: datetime
    ends_now: bool
    promise: datetime | None = None
    promise_label: str = ""
    promise_is_late: bool = False
    now_label: str = "Now"


def event_of(name: str, moment: Moment | None, *, kind: str = "happened", detail: str = "") -> Event | None:
    """The evidence as an event; a claim that is not believed stands where it was heard. None for what nobody told."""
    if moment is None or moment.implied:
        return None
    at = moment.occurred_at or moment.received_at
    if at is None:
        return None
    if moment.occurred_at is None:
        kind, detail = "claimed", "Its own time lies more than a day after it was heard, so it is not believed."
    return Event(name, at, kind, moment.received_at, detail, str(moment.position) if moment.message else "")


def story_of(state: OrderState, technical: Iterable[TimelineRow], clock: Clock, now_label: str = "Now") -> Story:
    """The order's lanes: OMS, ERP, middleware where it had trouble, one per leg, then what the carriers hold."""
    late = is_late(state, clock.now)
    lanes = [_oms(state), _erp(state), _middleware(technical)]
    lanes += [_leg(leg, number, state, clock) for number, leg in enumerate(state.legs, 1)]
    lanes += _carriers(state, clock)
    promise = clock.claimed(state.promised_date)
    is_over = state.is_closed or state.completed_at is not None
    return Story(
        lanes=tuple(lane for lane in lanes if lane.events or lane.spans or lane.key.startswith("leg:")),
        now=clock.now,
        ends_now=not is_over,
        promise=None if state.is_closed else state.promised_until,
        promise_label=f"Promised {promise}" if promise else "",
        promise_is_late=late,
        now_label=now_label,
    )


def _oms(state: OrderState) -> Lane:
    lane = Lane("oms", "OMS", state.issuer or "", "oms")
    for name in ("placed", "validated", "changed", "rejected", "cancelled"):
        kind = "failed" if name in {"rejected", "cancelled"} else "happened"
        lane.add(name.capitalize(), state.milestones.get(name), kind=kind)
    for hold in state.holds:
        lane.add("Held", hold.placed, kind="failed", detail=hold.reason or hold.hold)
        lane.add("Hold released", hold.released, detail=hold.hold)
    for returned in state.returns:
        lane.add("Return authorized", returned.authorized, detail=returned.return_id)
        lane.add("Return received", returned.received, detail=returned.return_id)
    return lane


def _erp(state: OrderState) -> Lane:
    lane = Lane("erp", "ERP", "", "erp")
    lane.add("Allocated", state.milestones.get("allocated"))
    for shipment in _shipments(state):
        if shipment.posted:
            lane.add("Posted", shipment.posted.moment, detail=f"{shipment.posted.posting} for {shipment.shipment}")
    for failure in state.posting_failures:
        lane.add("Posting failed", failure.moment, kind="failed", detail=f"{failure.code}: {failure.message}")
    for invoice in state.invoices:
        lane.add("Invoiced", invoice.issued, detail=invoice.invoice)
    for returned in state.returns:
        lane.add("Return credited", returned.credited, detail=returned.return_id)
    return lane


def _middleware(technical: Iterable[TimelineRow]) -> Lane:
    lane = Lane("middleware", "Middleware", "", "bus")
    names = {"message.failed": "Failed", "message.retried": "Retried", "message.delivered": "Delivered"}
    for row in technical:
        at = row.occurred_at or row.received_at
        if row.lane != "middleware" or not row.name.startswith("message.") or at is None:
            continue
        kind = "happened" if row.name in {"message.delivered", "message.retried"} else "failed"
        lane.events.append(
            Event(names.get(row.name, "Dead letter"), at, kind, row.received_at, row.text, str(row.position or ""))
        )
    return lane


def _leg(leg: LegState, number: int, state: OrderState, clock: Clock) -> Lane:
    place = leg.site if leg.site and leg.site != leg.partner else ""
    subtitle = " · ".join(part for part in (f"Leg {number}", place) if part)
    lane = Lane(f"leg:{leg.leg}", leg.partner or "Warehouse not known", subtitle, "3pl")
    for name in LEG_STEPS:
        kind = "failed" if name in {"rejected", "cancelled"} else "happened"
        lane.add(name.capitalize(), leg.milestones.get(name), kind=kind, detail=leg.leg)
    for problem in leg.problems:
        lane.add(f"Problem: {words.plain(problem.code).lower()}", problem.moment, kind="failed", detail=problem.reason or "")
    shipped = [event_of("Shipped", s.shipped, detail=s.shipment) for s in leg.shipments]
    lane.events += [event for event in shipped if event is not None]
    _leg_spans(lane, leg, state, clock)
    return lane


def _leg_spans(lane: Lane, leg: LegState, state: OrderState, clock: Clock) -> None:
    """The work so far, then what is waited for: calm until the ship-by, overdue from there on."""
    happened = sorted(event.at for event in lane.events if event.kind == "happened")
    is_open = leg.status in UNFINISHED and not state.is_closed
    due = leg.ship_by_at
    limit = clock.claimed(leg.ship_by)
    late_end = None if is_open or due is None else _last_shipped_after(leg, due)
    worked_until = happened[-1] if happened and late_end is None else due
    if happened and worked_until is not None and worked_until > happened[0]:
        lane.spans.append(Span(happened[0], worked_until))
    if is_open:
        if due is not None and leg_is_overdue(leg, clock.now):
            start = happened[-1] if happened else due
            if start < due:
                lane.spans.append(Span(start, due, "wait"))
            label = f"Ship-by {limit}, overdue {duration(clock.now - due)}"
            lane.spans.append(Span(due, clock.now, "overdue", label))
        elif happened:
            lane.spans.append(Span(happened[-1], clock.now, "wait"))
            if due is not None:
                lane.events.append(Event(f"Ship by {limit}", due, "expected"))
    elif due is not None and late_end is not None:
        lane.spans.append(Span(due, late_end, "overdue", f"Ship-by {limit}, shipped {duration(late_end - due)} after it"))


def _last_shipped_after(leg: LegState, due: datetime) -> datetime | None:
    """When the last of the leg left, if that was after `due`."""
    left = [shipment.shipped.occurred_at for shipment in leg.shipments if shipment.shipped]
    return max((moment for moment in left if moment is not None and moment > due), default=None)


def _carriers(state: OrderState, clock: Clock) -> list[Lane]:
    shipments = [shipment for shipment in _shipments(state) if shipment.shipped or shipment.delivered or shipment.in_transit]
    apart = len(shipments) <= SHIPMENT_LANES
    lanes: dict[str, Lane] = {}
    for shipment in shipments:
        carrier = shipment.carrier or "Carrier"
        key = shipment.shipment if apart else carrier
        subtitle = (shipment.tracking[0] if shipment.tracking else shipment.shipment) if apart else ""
        lane = lanes.setdefault(key, Lane(f"carrier:{key}", carrier, subtitle, "carrier"))
        _carry(lane, shipment, state, clock)
    return list(lanes.values())


def _carry(lane: Lane, shipment: ShipmentState, state: OrderState, clock: Clock) -> None:
    lane.add("In transit", shipment.in_transit, detail=shipment.shipment)
    lane.add("Delivery failed", shipment.failed, kind="failed", detail=shipment.failed_reason or "")
    lane.add("Delivered", shipment.delivered, detail=shipment.shipment)
    start = shipment.shipped.occurred_at if shipment.shipped else None
    seen = [m.occurred_at for m in (shipment.in_transit, shipment.failed, shipment.delivered) if m and m.occurred_at]
    if start is None:
        return
    end = shipment.delivered.occurred_at if shipment.delivered else None
    if end is not None:
        lane.spans.append(Span(start, end, "carry") if end >= start else Span(end, start, "odd", "Delivered before hand-over"))
        return
    last = max([start, *seen])
    lane.spans.append(Span(start, last, "carry"))
    if not state.is_closed:
        promise = state.promised_until
        if promise is None or promise > clock.now:
            lane.spans.append(Span(last, clock.now, "wait"))
            if promise is not None:
                lane.events.append(Event("Delivery expected", promise, "expected"))
        else:
            if last < promise:
                lane.spans.append(Span(last, promise, "wait"))
            lane.spans.append(
                Span(max(last, promise), clock.now, "overdue", f"Delivery overdue {duration(clock.now - promise)}")
            )


def _shipments(state: OrderState) -> list[ShipmentState]:
    return [shipment for leg in state.legs for shipment in leg.shipments] + list(state.loose_shipments)
