"""What of an order a reader may see: the one place that strips money, customers and other partners' work.

For a partner's reader the answer is a function of the order's own words (status, dates, promise) and of that partner's
legs alone: changing another partner's leg, its lines or its shipments changes nothing of it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from msgspec.structs import replace

from apps.accounts.roles import Permission, Role, may
from apps.contracts.facts import (
    Fact,
    InvoiceEvent,
    LegAcknowledged,
    LegCancelled,
    LegPacked,
    LegPicked,
    LegPlanned,
    LegProblem,
    LegRejected,
    LegReleased,
    LegShipped,
    OrderPlaced,
    PostingFailed,
    ShipmentEvent,
    ShipmentPosted,
    StampedFact,
)
from apps.orders.state import (
    ConflictState,
    LegState,
    LineState,
    Moment,
    OrderState,
    PartLine,
    Quantities,
    ReferenceState,
    ShipmentState,
)

HIDDEN_MONEY = ""  # the money word of an order whose reader may not see it
_LEG_FACTS = (
    LegPlanned,
    LegReleased,
    LegAcknowledged,
    LegRejected,
    LegPicked,
    LegPacked,
    LegShipped,
    LegProblem,
    LegCancelled,
)
_MONEY_FACTS = (ShipmentPosted, PostingFailed, InvoiceEvent)
_SHARED_MILESTONES = ("placed", "validated", "rejected", "changed", "cancelled")
_LEG_MILESTONES = ("released", "shipped", "delivered")


class Viewer(Protocol):
    """Who looks: a role, and for a partner's reader the partner."""

    @property
    def role(self) -> str: ...
    @property
    def partner(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class PartnerReader:
    """A reader of one partner, where only the partner is at hand."""

    partner: str
    role: str = Role.PARTNER


def visible_partner(viewer: Viewer) -> str | None:
    """The only partner whose rows the viewer sees; None for all. Empty (which fits no leg) for a partner's reader whose
    partner is not known."""
    return None if may(viewer.role, Permission.SEE_ALL_PARTNERS) else (viewer.partner or "")


def redact(state: OrderState, viewer: Viewer) -> OrderState:
    """The order as the viewer may see it. `money` is empty where money is hidden."""
    partner = visible_partner(viewer)
    if partner is not None:
        state = _only_partner(state, partner)
    if not may(viewer.role, Permission.SEE_MONEY):
        state = _without_money(state)
    if not may(viewer.role, Permission.SEE_CUSTOMERS):
        state = replace(state, customer_id=None, customer_name=None)
    return state


def visible_facts(shown: OrderState, facts: Iterable[StampedFact], viewer: Viewer) -> list[StampedFact]:
    """Those facts of an order, redacted to `shown`, that the viewer may see, without the customer where customers are
    hidden: for a partner's reader only what was told of that partner's legs and shipments."""
    seen = list(facts)
    if not may(viewer.role, Permission.SEE_MONEY):
        seen = [stamped for stamped in seen if not isinstance(stamped.fact, _MONEY_FACTS)]
    if not may(viewer.role, Permission.SEE_CUSTOMERS):
        seen = [_without_customer(stamped) for stamped in seen]
    if visible_partner(viewer) is None:
        return seen
    legs = {leg.leg for leg in shown.legs}
    shipments = {shipment.shipment for leg in shown.legs for shipment in leg.shipments}
    tracking = {number for leg in shown.legs for shipment in leg.shipments for number in shipment.tracking}
    return [stamped for stamped in seen if _is_of(stamped.fact, legs, shipments, tracking)]


def _without_customer(stamped: StampedFact) -> StampedFact:
    fact = stamped.fact
    return replace(stamped, fact=replace(fact, customer=None)) if isinstance(fact, OrderPlaced) else stamped


def _is_of(fact: Fact, legs: set[str], shipments: set[str], tracking: set[str]) -> bool:
    if isinstance(fact, _LEG_FACTS):
        return fact.leg in legs
    if isinstance(fact, ShipmentEvent):
        if fact.leg is not None:
            return fact.leg in legs
        return fact.shipment in shipments if fact.shipment is not None else fact.tracking in tracking
    return False


def _only_partner(state: OrderState, partner: str) -> OrderState:
    legs = tuple(leg for leg in state.legs if partner and leg.partner == partner)
    return replace(
        state,
        customer_id=None,
        customer_name=None,
        value=None,
        milestones=_milestones(state, legs),
        lines=_lines(state.lines, legs),
        legs=legs,
        holds=(),
        invoices=(),
        returns=(),
        posting_failures=(),
        references=_references(state, legs),
        conflicts=_conflicts(state, legs),
        loose_shipments=(),
        unapplied=(),
        last_heard_at=None,
        duplicates=(),
    )


def _milestones(state: OrderState, legs: tuple[LegState, ...]) -> dict[str, Moment]:
    """The order's own milestones without the messages that told them, and the first of the partner's legs."""
    shared = {
        name: Moment(occurred_at=m.occurred_at, received_at=m.received_at, claimed_at=m.claimed_at, implied=m.implied)
        for name, m in state.milestones.items()
        if name in _SHARED_MILESTONES
    }
    for name in _LEG_MILESTONES:
        moments = [leg.milestones[name] for leg in legs if name in leg.milestones]
        told = [(moment.claimed_at, moment.message, moment) for moment in moments if moment.claimed_at is not None]
        if told:
            shared[name] = min(told, key=lambda candidate: candidate[:2])[2]
    return shared


def _sums(lines: Iterable[PartLine]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line.line] += line.quantity
    return sums


def _lines(lines: tuple[LineState, ...], legs: tuple[LegState, ...]) -> tuple[LineState, ...]:
    """The lines that the legs carry, with what was asked of these legs and what became of it. What was picked is known
    only for the whole order: here it is at least what left."""
    asked = _sums(line for leg in legs for line in leg.lines)
    released = _sums(line for leg in legs if "released" in leg.milestones for line in leg.lines)
    shipments = [shipment for leg in legs for shipment in leg.shipments]
    shipped = _sums(line for shipment in shipments for line in shipment.lines)
    delivered = _sums(line for shipment in shipments if shipment.delivered for line in shipment.lines)
    zero = Decimal(0)
    return tuple(
        LineState(
            line=line.line,
            sku=line.sku,
            uom=line.uom,
            description=line.description,
            quantities=Quantities(
                ordered=asked.get(line.line, zero),
                released=released.get(line.line, zero),
                picked=shipped.get(line.line, zero),
                shipped=shipped.get(line.line, zero),
                delivered=delivered.get(line.line, zero),
            ),
        )
        for line in lines
        if line.line in asked or line.line in shipped
    )


def _references(state: OrderState, legs: tuple[LegState, ...]) -> tuple[ReferenceState, ...]:
    own = _identifiers(legs) | {("order", state.order)}
    return tuple(reference for reference in state.references if (reference.scheme, reference.value) in own)


def _conflicts(state: OrderState, legs: tuple[LegState, ...]) -> tuple[ConflictState, ...]:
    own = _identifiers(legs)
    return tuple(
        replace(conflict, orders=(state.order,)) for conflict in state.conflicts if (conflict.scheme, conflict.value) in own
    )


def _identifiers(legs: tuple[LegState, ...]) -> set[tuple[str, str]]:
    shipments = [shipment for leg in legs for shipment in leg.shipments]
    return (
        {("leg", leg.leg) for leg in legs}
        | {("shipment", shipment.shipment) for shipment in shipments}
        | {("tracking", number) for shipment in shipments for number in shipment.tracking}
    )


def _without_money(state: OrderState) -> OrderState:
    return replace(
        state,
        money=HIDDEN_MONEY,
        value=None,
        currency=None,
        lines=tuple(
            replace(line, unit_price=None, quantities=replace(line.quantities, invoiced=Decimal(0))) for line in state.lines
        ),
        legs=tuple(replace(leg, shipments=tuple(_unpriced(shipment) for shipment in leg.shipments)) for leg in state.legs),
        loose_shipments=tuple(_unpriced(shipment) for shipment in state.loose_shipments),
        invoices=(),
        posting_failures=(),
        references=tuple(r for r in state.references if r.scheme not in {"invoice", "posting"}),
        conflicts=tuple(c for c in state.conflicts if c.scheme not in {"invoice", "posting"}),
    )


def _unpriced(shipment: ShipmentState) -> ShipmentState:
    return replace(shipment, value=None, posted=None, invoiced=None)
