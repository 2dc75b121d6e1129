"""What facts are made of, and what each may carry besides its own fields."""

from decimal import Decimal

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every business event may carry besides its own fields."""

    references: tuple["Reference", ...] = ()


class Reference(msgspec.Struct, frozen=True, omit_defaults=True):
    """An identifier with its scheme and, where told, its issuer (the CloudEvents `source` that owns the name)."""

    scheme: str
    value: str
    issuer: str | None = None


class Money(msgspec.Struct, frozen=True):
    """An amount in an ISO 4217 currency. A bare number on the wire is in the order's currency."""

    amount: Decimal
    currency: str


class Customer(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str | None = None
    name: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line as later documents name it: by line id, by SKU, or both."""

    quantity: Decimal
    line: str | None = None
    sku: str | None = None
    uom: str | None = None
