"""Facts of stock, told by any system that holds some."""

from datetime import datetime
from decimal import Decimal

import msgspec

from apps.contracts.facts.base import Fact, Line


class Position(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
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
