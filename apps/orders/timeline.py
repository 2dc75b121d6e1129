"""An order's timeline: one row per fact and per milestone that is only implied, in the order in which it happened."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from apps.contracts import facts as f
from apps.contracts.facts import StampedFact
from apps.orders.ordering import in_order_of_evidence, is_believed, latest
from apps.orders.sentences import Cast, sentence
from apps.orders.state import LegState, Moment, OrderState

FLAGS = ("duplicate", "out_of_order", "implied", "corrected", "future")
LEG_LANE = "leg:"
_LEG_FACTS = (
    f.LegReleased,
    f.LegAcknowledged,
    f.LegRejected,
    f.LegPicked,
    f.LegPacked,
    f.LegShipped,
    f.LegProblem,
    f.LegCancelled,
)
_LANES: tuple[tuple[tuple[type[f.Fact], ...], str], ...] = (
    ((f.ShipmentEvent,), "carrier"),
    ((f.LegPlanned, f.MessageEvent, f.QueueMeasured, f.CircuitChanged), "middleware"),
    ((f.OrderAllocated, f.OrderBackordered, f.ShipmentPosted, f.PostingFailed, f.InvoiceEvent, f.ReturnCredited), "erp"),
)
_EITHER_FACTS = (f.OrderValidated, f.OrderRejected, f.OrderHeld, f.OrderHoldReleased)
# Two of these with the same content are two events, not one told twice.
_REPEATABLE_FACTS = (f.OrderAllocated, f.ShipmentInTransit, f.ShipmentFailed, f.MessageEvent, f.PostingFailed)
# What makes several messages one document, of which the latest is in force.
_DOCUMENTS: dict[type[f.Fact], str] = {
    f.OrderPlaced: "order",
    f.OrderChanged: "order",
    f.LegPlanned: "leg",
    f.LegReleased: "leg",
    f.LegPicked: "leg",
    f.LegShipped: "shipment",
    f.InvoiceIssued: "invoice",
    f.ReturnAuthorized: "return_",
    f.ReturnReceived: "return_",
    f.ReturnCredited: "return_",
}
_MILESTONES = ("planned", "released", "acknowledged", "picked", "packed", "shipped", "delivered")


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One thing that was told. `occurred_at` is None where the claim is not believed (`future`), `claimed_at` is what was
    claimed; `source`, `message` and `position` find the raw message.

    Without times and message: what must have happened though nobody told it (`implied`), and what is owed by `due_at`
    (`expected`, and `overdue` when that is past).
    """

    lane: str
    name: str
    text: str
    occurred_at: datetime | None = None
    received_at: datetime | None = None
    claimed_at: datetime | None = None
    source: str | None = None
    message: str | None = None
    position: int | None = None
    due_at: datetime | None = None
    flags: tuple[str, ...] = ()


def timeline(state: OrderState, facts: Iterable[StampedFact], *, now: datetime) -> tuple[TimelineRow, ...]:
    """Every fact of the order by claimed time, then source and id, whatever order they come in; what must have happened
    (just before the first later milestone that is evidence of it); and what is still expected, at its due time."""
    heard = in_order_of_evidence(facts)
    cast = Cast.of(state)
    lanes = {_identity(stamped): _lane(stamped, state) for stamped in heard}
    flags = _flags(heard, lanes)
    rows = [
        (_place(stamped), _row(stamped, lanes[_identity(stamped)], sentence(stamped.fact, cast), flags[_identity(stamped)]))
        for stamped in heard
    ]
    rows += [placed for leg in state.legs for placed in _implied(leg)]
    rows += _expected(state, now)
    return tuple(row for _, row in sorted(rows, key=lambda placed: placed[0]))


Place = tuple[datetime, int, str, str, int]
Identity = tuple[str, str]


def _identity(stamped: StampedFact) -> Identity:
    return stamped.stamp.source, stamped.stamp.id


def _place(stamped: StampedFact) -> Place:
    return stamped.stamp.occurred_at, 1, *_identity(stamped), 0


def _row(stamped: StampedFact, lane: str, text: str, flags: frozenset[str]) -> TimelineRow:
    stamp = stamped.stamp
    return TimelineRow(
        lane=lane,
        name=stamped.name,
        text=text,
        occurred_at=stamp.occurred_at if is_believed(stamped) else None,
        received_at=stamp.heard_at,
        claimed_at=stamp.occurred_at,
        source=stamp.source,
        message=stamp.id,
        position=stamp.position,
        flags=tuple(flag for flag in FLAGS if flag in flags),
    )


def _lane(stamped: StampedFact, state: OrderState) -> str:
    fact = stamped.fact
    if isinstance(fact, _LEG_FACTS):
        return LEG_LANE + fact.leg
    if isinstance(fact, _EITHER_FACTS):
        return "oms" if state.issuer is None or stamped.stamp.source == state.issuer else "erp"
    if isinstance(fact, f.ReturnReceived):
        leg = _leg_of_source(stamped.stamp.source, state)
        return LEG_LANE + leg if leg is not None else "oms"
    return next((lane for kinds, lane in _LANES if isinstance(fact, kinds)), "oms")


def _leg_of_source(source: str, state: OrderState) -> str | None:
    """The one leg that the source works, if it is one."""
    own = [
        leg.leg
        for leg in state.legs
        if any(moment.source == source for name, moment in leg.milestones.items() if name not in {"planned", "released"})
    ]
    return own[0] if len(own) == 1 else None


def _flags(heard: list[StampedFact], lanes: dict[Identity, str]) -> dict[Identity, frozenset[str]]:
    flags: dict[Identity, set[str]] = {_identity(stamped): set() for stamped in heard}
    for stamped in heard:
        if not is_believed(stamped):
            flags[_identity(stamped)].add("future")
    for told in _same_subject(heard):
        for stamped in _repeated(told):
            flags[_identity(stamped)].add("duplicate")
        in_force = latest(told)
        for stamped in told:
            if _document(stamped) is not None and stamped.fact != in_force.fact:
                flags[_identity(stamped)].add("corrected")
    for identity in _out_of_order(heard, lanes, flags):
        flags[identity].add("out_of_order")
    return {identity: frozenset(own) for identity, own in flags.items()}


def _same_subject(heard: list[StampedFact]) -> list[list[StampedFact]]:
    """The facts that could replace or repeat each other: of one document, else of the same name and content."""
    groups: defaultdict[Hashable, list[StampedFact]] = defaultdict(list)
    for stamped in heard:
        groups[_document(stamped) or (stamped.name, stamped.fact)].append(stamped)
    return [group for group in groups.values() if len(group) > 1]


def _document(stamped: StampedFact) -> Hashable:
    """What a later document of the same kind would replace; None for facts that are no documents."""
    fact = stamped.fact
    identifier = _DOCUMENTS.get(type(fact))
    if identifier is None:
        return None
    releases = sorted(r.value for r in fact.references if r.scheme == "release") if isinstance(fact, f.LegReleased) else []
    return stamped.name, getattr(fact, identifier), *releases


def _repeated(told: list[StampedFact]) -> Iterable[StampedFact]:
    """Those that say the same as the word before them on the same subject."""
    in_turn = sorted(told, key=_turn)
    for before, stamped in pairwise(in_turn):
        if before.fact == stamped.fact and not isinstance(stamped.fact, _REPEATABLE_FACTS):
            yield stamped


def _turn(stamped: StampedFact) -> tuple[datetime, datetime, datetime, str, str]:
    stamp = stamped.stamp
    return stamp.recorded_at or stamp.occurred_at, stamp.occurred_at, stamp.heard_at, *_identity(stamped)


def _out_of_order(heard: list[StampedFact], lanes: dict[Identity, str], flags: dict[Identity, set[str]]) -> Iterable[Identity]:
    """What occurred before something that had been heard of the same lane already. A claim that is not believed and a
    repetition say nothing about the order."""
    seen: dict[str, datetime] = {}
    waiting: dict[str, tuple[datetime, datetime]] = {}
    for stamped in sorted(heard, key=lambda stamped: (stamped.stamp.heard_at, stamped.stamp.occurred_at)):
        if flags[_identity(stamped)] & {"future", "duplicate"}:
            continue
        lane, stamp = lanes[_identity(stamped)], stamped.stamp
        if lane in waiting and waiting[lane][0] < stamp.heard_at:
            seen[lane] = waiting[lane][1]
        if lane in seen and stamp.occurred_at < seen[lane]:
            yield _identity(stamped)
        furthest = max(waiting[lane][1], stamp.occurred_at) if lane in waiting else stamp.occurred_at
        waiting[lane] = stamp.heard_at, furthest


def _implied(leg: LegState) -> Iterable[tuple[Place, TimelineRow]]:
    """The leg's milestones that nobody told, each placed just before the first later one that somebody did."""
    for number, name in enumerate(_MILESTONES):
        moment = leg.milestones.get(name)
        if moment is None or not moment.implied:
            continue
        evidence = _next_told(leg, number)
        if evidence is None or evidence.claimed_at is None:
            continue
        text = (
            f"{leg.partner or 'The warehouse'} must have {_WORDS[name]} leg {leg.leg}: a later step was told, this one was not."
        )
        row = TimelineRow(lane=LEG_LANE + leg.leg, name=f"leg.{name}", text=text, flags=("implied",))
        yield (evidence.claimed_at, 0, leg.issuer or "", leg.leg, number), row


_WORDS = {
    "planned": "been given",
    "released": "received",
    "acknowledged": "acknowledged",
    "picked": "picked",
    "packed": "packed",
    "shipped": "shipped",
    "delivered": "delivered",
}


def _next_told(leg: LegState, number: int) -> Moment | None:
    later = [leg.milestones[name] for name in _MILESTONES[number + 1 :] if name in leg.milestones]
    return next((moment for moment in later if not moment.implied), None)


def _expected(state: OrderState, now: datetime) -> Iterable[tuple[Place, TimelineRow]]:
    """What is owed: each leg's shipment by its ship-by, the whole order by its promise."""
    if state.is_closed or state.completed_at is not None:
        return
    for leg in state.legs:
        if leg.ship_by_at is not None and leg.status not in _DONE:
            text = f"{leg.partner or 'The warehouse'} is to ship leg {leg.leg} by {leg.ship_by}."
            yield _due(leg.ship_by_at, LEG_LANE + leg.leg, "leg.shipped", text, now)
    if state.promised_until is not None:
        text = f"The whole order is promised for {state.promised_date}."
        yield _due(state.promised_until, "carrier", "shipment.delivered", text, now)


_DONE = frozenset({"shipped", "delivered", "rejected", "cancelled"})


def _due(due_at: datetime, lane: str, name: str, text: str, now: datetime) -> tuple[Place, TimelineRow]:
    flags = ("expected", "overdue") if due_at <= now else ("expected",)
    return (due_at, 2, lane, name, 0), TimelineRow(lane=lane, name=name, text=text, due_at=due_at, flags=flags)
