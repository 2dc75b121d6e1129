"""What depends on now: whether a promise is broken. The only place that says so; lists repeat it as one SQL condition."""

from datetime import datetime
from typing import Final, Protocol

from apps.orders.ordering import happened_at
from apps.orders.state import LegState

CLOSED: Final = frozenset({"cancelled", "rejected"})  # nothing is owed any more
_SHIPPED: Final = frozenset({"shipped", "delivered"})


class Promised(Protocol):
    """An order's state, or its row in a list."""

    @property
    def status(self) -> str: ...
    @property
    def promised_until(self) -> datetime | None: ...
    @property
    def completed_at(self) -> datetime | None: ...


def is_late(order: Promised, now: datetime) -> bool:
    """The promise has passed and not all is delivered, or it was delivered after it. Closed orders are never late."""
    if order.promised_until is None or order.status in CLOSED:
        return False
    return (order.completed_at or now) > order.promised_until


def is_late_row(row: Promised, now: datetime) -> bool:
    """`is_late` for a row of a list."""
    return is_late(row, now)


def leg_is_overdue(leg: LegState, now: datetime) -> bool:
    """Its ship-by has passed and not all of it has left."""
    if leg.ship_by_at is None or leg.status in _SHIPPED or leg.status in CLOSED:
        return False
    return now > leg.ship_by_at


def shipped_late(leg: LegState) -> bool:
    """Something of it left after its ship-by."""
    if leg.ship_by_at is None:
        return False
    left = [happened_at(shipment.shipped) for shipment in leg.shipments if shipment.shipped]
    return any(moment > leg.ship_by_at for moment in left if moment)
