"""The facts: what a message means, one frozen struct per canonical business event. The field names are the wire's.

Unknown fields of the wire are kept in the raw message and ignored here. Identifiers are text. Quantities and amounts
are `Decimal`, bounded by `apps.translation.values` (18 digits before, 6 after the point, finite). A `*_date` and
`ship_by` are text as claimed: an RFC 3339 time or a bare date, checked by the translation and read by `core.time`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

Struct = msgspec.Struct


class Fact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every business event may carry besides its own fields."""

    references: tuple["Reference", ...] = ()


class Reference(Struct, frozen=True, omit_defaults=True):
    """An identifier with its scheme and, where told, its issuer (the CloudEvents `source` that owns the name)."""

    scheme: str
    value: str
    issuer: str | None = None


class Money(Struct, frozen=True):
    """An amount in an ISO 4217 currency. A bare number on the wire is in the order's currency."""

    amount: Decimal
    currency: str


class Customer(Struct, frozen=True, omit_defaults=True):
    id: str | None = None
    name: str | None = None


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line as later documents name it: by line id, by SKU, or both."""

    quantity: Decimal
    line: str | None = None
    sku: str | None = None
    uom: str | None = None


class OrderLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    line: str
    sku: str
    quantity: Decimal
    uom: str | None = None
    unit_price: Decimal | Money | None = None
    description: str | None = None


class CancelLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cancelled line; without a quantity the whole of it."""

    line: str | None = None
    sku: str | None = None
    quantity: Decimal | None = None
    uom: str | None = None


class AllocationLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    line: str
    sku: str
    quantity: Decimal
    uom: str | None = None
    site: str | None = None


class BackorderLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    line: str
    sku: str
    quantity: Decimal
    uom: str | None = None
    expected_date: str | None = None


class InvoiceLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    quantity: Decimal
    line: str | None = None
    sku: str | None = None
    uom: str | None = None
    amount: Decimal | Money | None = None


# --- orders, told by the OMS or the ERP ---------------------------------------------------------


class OrderPlaced(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    lines: tuple[OrderLine, ...]
    customer: Customer | None = None
    region: str | None = None
    channel: str | None = None
    currency: str | None = None
    requested_date: str | None = None
    promised_date: str | None = None
    priority: str | None = None
    zone: str | None = None


class OrderValidated(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str


class OrderRejected(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    reason: str
    code: str | None = None


class OrderChanged(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    lines: tuple[OrderLine, ...]
    revision: int | None = None
    promised_date: str | None = None
    zone: str | None = None


class OrderCancelled(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    lines: tuple[CancelLine, ...] | None = None
    reason: str | None = None


class OrderHeld(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    hold: str
    reason: str | None = None
    code: str | None = None


class OrderHoldReleased(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    hold: str
    reason: str | None = None
    code: str | None = None


class OrderAllocated(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    lines: tuple[AllocationLine, ...]


class OrderBackordered(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    lines: tuple[BackorderLine, ...]


# --- legs, told by the middleware and the 3PLs --------------------------------------------------


class LegPlanned(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    leg: str
    site: str
    partner: str
    lines: tuple[Line, ...]


class LegReleased(Fact, frozen=True, kw_only=True, omit_defaults=True):
    order: str
    leg: str
    partner: str
    site: str
    lines: tuple[Line, ...]
    ship_by: str | None = None
    carrier: str | None = None
    service: str | None = None
    zone: str | None = None


class LegAcknowledged(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    order: str | None = None


class LegRejected(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    reason: str
    order: str | None = None
    code: str | None = None


class LegPicked(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    order: str | None = None
    lines: tuple[Line, ...] | None = None
    packages: int | None = None


class LegPacked(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    order: str | None = None
    lines: tuple[Line, ...] | None = None
    packages: int | None = None


class LegShipped(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    shipment: str
    lines: tuple[Line, ...]
    order: str | None = None
    carrier: str | None = None
    service: str | None = None
    tracking: tuple[str, ...] = ()
    packages: int | None = None
    final: bool = False


class LegProblem(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    code: str
    order: str | None = None
    reason: str | None = None
    lines: tuple[Line, ...] | None = None


class LegCancelled(Fact, frozen=True, kw_only=True, omit_defaults=True):
    leg: str
    order: str | None = None
    reason: str | None = None


# --- shipments, told by carriers and 3PLs -------------------------------------------------------


class ShipmentEvent(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """`shipment` or `tracking`, at least one."""

    shipment: str | None = None
    tracking: str | None = None
    order: str | None = None
    leg: str | None = None
    location: str | None = None
    reason: str | None = None
    signed_by: str | None = None


class ShipmentInTransit(ShipmentEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class ShipmentDelivered(ShipmentEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class ShipmentFailed(ShipmentEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


# --- money, told by the ERP ---------------------------------------------------------------------


class ShipmentPosted(Fact, frozen=True, kw_only=True, omit_defaults=True):
    shipment: str
    posting: str
    order: str | None = None
    amount: Decimal | Money | None = None


class PostingFailed(Fact, frozen=True, kw_only=True, omit_defaults=True):
    kind: Literal["shipment", "inventory", "invoice", "return"]
    code: str
    message: str
    order: str | None = None
    shipment: str | None = None
    attempt: int | None = None


class InvoiceEvent(Fact, frozen=True, kw_only=True, omit_defaults=True):
    invoice: str
    order: str | None = None
    shipments: tuple[str, ...] = ()
    amount: Decimal | Money | None = None
    lines: tuple[InvoiceLine, ...] | None = None
    reason: str | None = None
    code: str | None = None


class InvoiceIssued(InvoiceEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class InvoiceHeld(InvoiceEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class InvoiceReleased(InvoiceEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class InvoiceCredited(InvoiceEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class ReturnEvent(Fact, frozen=True, kw_only=True, omit_defaults=True):
    # `return` on the wire; a Python keyword here.
    return_: str = msgspec.field(name="return")
    order: str | None = None
    lines: tuple[Line, ...] | None = None
    reason: str | None = None
    condition: str | None = None


class ReturnAuthorized(ReturnEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class ReturnReceived(ReturnEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class ReturnCredited(ReturnEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


# --- stock and telemetry: kept and shown from this issue on, worked by later rooms --------------


class Position(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Units of a SKU at a site in a system, by bucket."""

    sku: str
    on_hand: Decimal
    allocated: Decimal | None = None
    available: Decimal | None = None
    in_transit: Decimal | None = None
    damaged: Decimal | None = None
    quality_hold: Decimal | None = None
    uom: str | None = None


class InventorySnapshot(Fact, frozen=True, kw_only=True, omit_defaults=True):
    site: str
    as_of: datetime
    positions: tuple[Position, ...]
    complete: bool = False


class InventoryAdjusted(Fact, frozen=True, kw_only=True, omit_defaults=True):
    site: str
    sku: str
    delta: Decimal
    reason: str
    uom: str | None = None


class TransferEvent(Fact, frozen=True, kw_only=True, omit_defaults=True):
    transfer: str
    from_site: str
    to_site: str
    lines: tuple[Line, ...]


class TransferShipped(TransferEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class TransferReceived(TransferEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class MessageEvent(Fact, frozen=True, kw_only=True, omit_defaults=True):
    message: str
    flow: str
    partner: str | None = None
    direction: str | None = None
    attempt: int | None = None
    error: str | None = None
    next_attempt_at: datetime | None = None
    order: str | None = None


class MessageFailed(MessageEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class MessageRetried(MessageEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class MessageDelivered(MessageEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class MessageDeadLettered(MessageEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class QueueMeasured(Fact, frozen=True, kw_only=True, omit_defaults=True):
    queue: str
    depth: int
    oldest_age_seconds: Decimal | None = None


class CircuitChanged(Fact, frozen=True, kw_only=True, omit_defaults=True):
    partner: str
    state: Literal["closed", "open", "half_open"]
    reason: str | None = None


# name on the wire (`distsync.<name>.v1`) -> struct
FACTS: dict[str, type[Fact]] = {
    "order.placed": OrderPlaced,
    "order.validated": OrderValidated,
    "order.rejected": OrderRejected,
    "order.changed": OrderChanged,
    "order.cancelled": OrderCancelled,
    "order.held": OrderHeld,
    "order.hold_released": OrderHoldReleased,
    "order.allocated": OrderAllocated,
    "order.backordered": OrderBackordered,
    "leg.planned": LegPlanned,
    "leg.released": LegReleased,
    "leg.acknowledged": LegAcknowledged,
    "leg.rejected": LegRejected,
    "leg.picked": LegPicked,
    "leg.packed": LegPacked,
    "leg.shipped": LegShipped,
    "leg.problem": LegProblem,
    "leg.cancelled": LegCancelled,
    "shipment.in_transit": ShipmentInTransit,
    "shipment.delivered": ShipmentDelivered,
    "shipment.failed": ShipmentFailed,
    "shipment.posted": ShipmentPosted,
    "posting.failed": PostingFailed,
    "invoice.issued": InvoiceIssued,
    "invoice.held": InvoiceHeld,
    "invoice.released": InvoiceReleased,
    "invoice.credited": InvoiceCredited,
    "return.authorized": ReturnAuthorized,
    "return.received": ReturnReceived,
    "return.credited": ReturnCredited,
    "inventory.snapshot": InventorySnapshot,
    "inventory.adjusted": InventoryAdjusted,
    "transfer.shipped": TransferShipped,
    "transfer.received": TransferReceived,
    "message.failed": MessageFailed,
    "message.retried": MessageRetried,
    "message.delivered": MessageDelivered,
    "message.dead_lettered": MessageDeadLettered,
    "queue.measured": QueueMeasured,
    "circuit.changed": CircuitChanged,
}


class Stamp(Struct, frozen=True, array_like=True):
    """Where a fact comes from and its times. `position` finds the raw message and never decides anything.

    `occurred_at` is the claim (the envelope's `time`); where it was missing it is the heard time and
    `time_was_missing` says so. `heard_at` is ours. `recorded_at` is the envelope's `recordedtime`.
    """

    source: str
    id: str
    occurred_at: datetime
    heard_at: datetime
    recorded_at: datetime | None
    sequence: str | None
    time_was_missing: bool
    position: int


class StampedFact(Struct, frozen=True):
    """A fact with its stamp; `name` is the key of FACTS."""

    name: str
    stamp: Stamp
    fact: Fact
