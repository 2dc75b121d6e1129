"""What a fold of one order's facts says: the order as all its systems together tell it. Plain values, no behaviour.

Everything here is a pure function of the set of facts (and of the zones of sites); nothing depends on `now` or on
arrival. What does depend on `now` (late, at risk) is decided when it is read, in `apps.orders.lateness`.
`array_like`: stored by place, without the fields' names, in a third of the bytes; a new field is the last and has a default.
`gc=False` stands where a value holds texts, numbers and times alone, so that the collector need not follow it.
"""

from datetime import datetime
from decimal import Decimal

import msgspec


class Moment(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One milestone's evidence. `claimed_at` is what the source said; `occurred_at` repeats it, or is None when the claim
    is not believed (over 24 h after it was heard) or when the milestone is only implied by a later one (`implied`, then
    nothing else is set)."""

    occurred_at: datetime | None = None
    received_at: datetime | None = None
    claimed_at: datetime | None = None
    source: str = ""
    message: str = ""
    position: int = 0
    implied: bool = False


class Quantities(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Units of one line, in the line's unit of measure."""

    ordered: Decimal = Decimal(0)
    cancelled: Decimal = Decimal(0)
    allocated: Decimal = Decimal(0)
    released: Decimal = Decimal(0)
    picked: Decimal = Decimal(0)
    shipped: Decimal = Decimal(0)
    delivered: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)


class LineState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    line: str
    sku: str | None
    quantities: Quantities
    uom: str | None = None
    description: str | None = None
    unit_price: Decimal | None = None
    backordered: bool = False
    expected_date: str | None = None
    flags: tuple[str, ...] = ()  # "extra" (not in the order), "uom_mismatch", "over_ship", "currency_mismatch"


class PartLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A leg's or a shipment's part of a line, after distribution over the order's lines."""

    line: str
    sku: str | None
    quantity: Decimal
    uom: str | None = None


class Posted(msgspec.Struct, frozen=True, array_like=True):
    posting: str
    moment: Moment
    amount: Decimal | None = None
    currency: str | None = None  # of the amount


class Invoiced(msgspec.Struct, frozen=True, array_like=True):
    invoice: str
    moment: Moment
    held: bool = False
    credited: bool = False


class ShipmentState(msgspec.Struct, frozen=True, array_like=True):
    shipment: str
    issuer: str | None
    lines: tuple[PartLine, ...] = ()
    carrier: str | None = None
    service: str | None = None
    tracking: tuple[str, ...] = ()
    packages: int | None = None
    value: Decimal | None = None
    shipped: Moment | None = None
    in_transit: Moment | None = None
    delivered: Moment | None = None
    failed: Moment | None = None
    failed_reason: str | None = None
    posted: Posted | None = None
    invoiced: Invoiced | None = None


class Problem(msgspec.Struct, frozen=True, array_like=True):
    code: str
    moment: Moment
    reason: str | None = None


class LegState(msgspec.Struct, frozen=True, array_like=True):
    """One warehouse's part of the order. `milestones` holds planned, released, acknowledged, picked, packed,
    shipped (first shipment), delivered, rejected, cancelled: those that are told or implied."""

    leg: str
    issuer: str | None
    status: str
    partner: str | None = None
    site: str | None = None
    carrier: str | None = None
    service: str | None = None
    ship_by: str | None = None  # as claimed
    ship_by_at: datetime | None = None  # the last instant at which shipping is in time
    milestones: dict[str, Moment] = {}
    lines: tuple[PartLine, ...] = ()  # as released, else as planned
    shipments: tuple[ShipmentState, ...] = ()
    problems: tuple[Problem, ...] = ()
    rejected_reason: str | None = None


class HoldState(msgspec.Struct, frozen=True, array_like=True):
    hold: str
    placed: Moment | None = None
    released: Moment | None = None
    reason: str | None = None
    code: str | None = None


class InvoiceState(msgspec.Struct, frozen=True, array_like=True):
    invoice: str
    issuer: str | None
    issued: Moment | None = None
    held: bool = False
    credited: bool = False
    amount: Decimal | None = None
    currency: str | None = None  # of the amount
    shipments: tuple[str, ...] = ()


class ReturnState(msgspec.Struct, frozen=True, array_like=True):
    return_id: str
    issuer: str | None
    authorized: Moment | None = None
    received: Moment | None = None
    credited: Moment | None = None
    reason: str | None = None
    lines: tuple[PartLine, ...] = ()


class PostingFailure(msgspec.Struct, frozen=True, array_like=True):
    kind: str
    code: str
    message: str
    moment: Moment
    shipment: str | None = None


class ReferenceState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An identifier as shown. `issuer` None: nobody who owns it has spoken yet."""

    scheme: str
    value: str
    issuer: str | None = None


class ConflictState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One identifier that two orders claim (REFERENCE_CONFLICT). `orders` names all claimants, this one included."""

    scheme: str
    value: str
    issuer: str | None
    orders: tuple[str, ...]
    heard_at: datetime | None = None


class DuplicateState(msgspec.Struct, frozen=True, array_like=True):
    """An order placed before this one, for the same customer with the same PO and the same lines (DUPLICATE_ORDER), and from
    when to when both were known to be wanted (`until` None: they are). `ended` is the word that ended one of the two; None
    where a correction told them apart."""

    order: str
    issuer: str | None
    since: datetime
    until: datetime | None = None
    ended: Moment | None = None


class UnappliedFact(msgspec.Struct, frozen=True, array_like=True):
    """A message of this order whose leg, shipment or return could be one of several (`candidates`: their issuers), so
    that it was left out until something tells them apart."""

    source: str
    message: str
    scheme: str
    value: str
    candidates: tuple[str, ...] = ()
    position: int = 0


class OrderState(msgspec.Struct, frozen=True, array_like=True):
    """`status` and `money` are CONTRACT.md's words. `overlays` holds those that do not depend on now: on_hold,
    backordered, partially_cancelled. `milestones`: placed, validated, rejected, changed, cancelled, allocated,
    released, shipped, delivered (order level: first evidence)."""

    order: str
    issuer: str | None
    status: str
    money: str
    overlays: tuple[str, ...] = ()
    customer_id: str | None = None
    customer_name: str | None = None
    region: str | None = None
    channel: str | None = None
    currency: str | None = None
    priority: str | None = None
    value: Decimal | None = None  # open value: unit price x (ordered - cancelled), order currency
    requested_date: str | None = None
    promised_date: str | None = None  # the latest promise, as claimed
    promised_until: datetime | None = None  # the last instant that keeps that promise
    completed_at: datetime | None = None  # when the whole open basis was delivered; None while it is not
    is_closed: bool = False  # cancelled or rejected: nothing is owed any more
    milestones: dict[str, Moment] = {}
    lines: tuple[LineState, ...] = ()
    legs: tuple[LegState, ...] = ()
    holds: tuple[HoldState, ...] = ()
    invoices: tuple[InvoiceState, ...] = ()
    returns: tuple[ReturnState, ...] = ()
    posting_failures: tuple[PostingFailure, ...] = ()
    references: tuple[ReferenceState, ...] = ()
    conflicts: tuple[ConflictState, ...] = ()
    loose_shipments: tuple[ShipmentState, ...] = ()  # heard of, by whom nobody has told for which leg
    unapplied: tuple[UnappliedFact, ...] = ()
    last_heard_at: datetime | None = None
    duplicates: tuple[DuplicateState, ...] = ()
