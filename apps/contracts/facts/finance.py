"""Facts of money and returns, told by the ERP."""

from decimal import Decimal
from typing import Literal

import msgspec

from apps.contracts.facts.base import Fact, Line, Money


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    quantity: Decimal
    line: str | None = None
    sku: str | None = None
    uom: str | None = None
    amount: Decimal | Money | None = None


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
