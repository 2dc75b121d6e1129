"""What facts are made of, and what each may carry besides its own fields.

`gc=False`: facts are frozen trees, so nothing in them can be part of a cycle, and the collector need not follow them.
"""

from decimal import Decimal

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What every business event may carry besides its own fields."""

    references: tuple["Reference", ...] = ()


class Reference(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An identifier with its scheme and, where told, its issuer (the CloudEvents `source` that owns the name)."""

    scheme: str
    value: str
    issuer: str | None = None


class Money(msgspec.Struct, frozen=True, gc=False):
    """An amount in an ISO 4217 currency. A bare number on the wire is in the order's currency."""

    amount: Decimal
    currency: str


class Customer(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    id: str | None = None
    name: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A line as later documents name it: by line id, by SKU, or both."""

    quantity: Decimal
    line: str | None = None
    sku: str | None = None
    uom: str | None = None
