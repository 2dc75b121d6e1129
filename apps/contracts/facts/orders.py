"""Facts of orders, told by the OMS or the ERP."""

from decimal import Decimal

import msgspec

from apps.contracts.facts.base import Customer, Fact, Money


class OrderLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    line: str
    sku: str
    quantity: Decimal
    uom: str | None = None
    unit_price: Decimal | Money | None = None
    description: str | None = None


class CancelLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A cancelled line; without a quantity the whole of it."""

    line: str | None = None
    sku: str | None = None
    quantity: Decimal | None = None
    uom: str | None = None


class AllocationLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    line: str
    sku: str
    quantity: Decimal
    uom: str | None = None
    site: str | None = None


class BackorderLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    line: str
    sku: str
    quantity: Decimal
    uom: str | None = None
    expected_date: str | None = None


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
