"""What the marketplace's rows mean, worked out from the CSVs alone: plain Python, nothing of the product."""

import csv
import gzip
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Sao_Paulo")
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Item:
    line: str
    product: str
    seller: str
    ship_by: datetime
    price: Decimal


@dataclass(frozen=True)
class Order:
    """One row of orders with its items; times in UTC, None where the cell is empty."""

    order: str
    customer: str
    told_status: str
    purchased: datetime
    approved: datetime | None
    handed_over: datetime | None
    delivered: datetime | None
    promised_day: str
    items: tuple[Item, ...]

    @property
    def sellers(self) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for item in self.items:
            found.setdefault(item.seller, []).append(item)
        return found

    @property
    def is_cancelled(self) -> bool:
        return self.told_status in {"canceled", "unavailable"}

    @property
    def last_known(self) -> datetime:
        return max(time for time in (self.purchased, self.approved, self.handed_over, self.delivered) if time)

    @property
    def promise_ends(self) -> datetime:
        """The first instant after the promised day in the marketplace's zone."""
        next_day = datetime.fromisoformat(self.promised_day) + timedelta(days=1)
        while True:  # where clocks go forward at midnight, the day starts at 01:00
            candidate = next_day.replace(tzinfo=ZONE).astimezone(UTC)
            if (candidate - timedelta(microseconds=1)).astimezone(ZONE).date() < next_day.date():
                return candidate
            next_day += timedelta(minutes=1)

    @property
    def status(self) -> str:
        """The order's status by CONTRACT.md's State rules."""
        if self.is_cancelled:
            return "cancelled"
        if self.items:
            for name, time in (("delivered", self.delivered), ("shipped", self.handed_over), ("released", self.approved)):
                if time:
                    return name
        return "validated" if self.approved else "placed"

    def is_late(self, now: datetime) -> bool:
        return not self.is_cancelled and (self.delivered or now) >= self.promise_ends


@dataclass(frozen=True)
class Late:
    """A promise that was not kept in time: from when that was so to when it ended, and as what (both None while it lasts)."""

    due_at: datetime
    opened_at: datetime
    ended_at: datetime | None = None
    ended_as: str | None = None


def late_deliveries(orders: Iterable[Order]) -> dict[str, Late]:
    """By order. All of it is known to have arrived once it is known to have left, too."""
    found = {}
    for order in orders:
        delivered_at = max(order.delivered, order.handed_over) if order.delivered and order.handed_over else None
        late = _late(order, order.promise_ends - INSTANT, order.purchased, delivered_at)
        if late is not None:
            found[order.order] = late
    return found


def late_shipments(orders: Collection[Order]) -> dict[str, Late]:
    """By leg, the order's number and the seller's with a slash. Only of sellers that ever say that a release has left: of
    others nobody knows."""
    tell = {seller for order in orders if order.approved and order.handed_over for seller in order.sellers}
    found = {}
    for order in orders:
        for seller, items in order.sellers.items() if order.approved else ():
            assert order.approved is not None
            late = _late(order, max(item.ship_by for item in items), order.approved, order.handed_over)
            if late is not None and seller in tell:
                found[f"{order.order}/{seller}"] = late
    return found


def _late(order: Order, due_at: datetime, promised_at: datetime, kept_at: datetime | None) -> Late | None:
    """None where it was kept, or given up, in time. It is not late before it is promised."""
    opened_at = max(due_at, promised_at)
    ended_at, ended_as = kept_at, "verified" if kept_at else None
    if ended_at is None and order.is_cancelled:
        ended_at, ended_as = order.last_known, "obsolete"
    return None if ended_at is not None and ended_at <= opened_at else Late(due_at, opened_at, ended_at, ended_as)


def _time(text: str) -> datetime | None:
    """Local time of the marketplace; of a time that came twice the first, as Python's fold=0 has it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC) if text else None


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def read(orders: Path, items: Path) -> dict[str, Order]:
    items_of: dict[str, list[Item]] = {}
    for row in _rows(items):
        ship_by = _time(row["shipping_limit_date"])
        assert ship_by is not None
        item = Item(row["order_item_id"], row["product_id"], row["seller_id"], ship_by, Decimal(row["price"]))
        items_of.setdefault(row["order_id"], []).append(item)
    found: dict[str, Order] = {}
    for row in _rows(orders):
        purchased = _time(row["order_purchase_timestamp"])
        assert purchased is not None
        assert row["order_id"] not in found
        found[row["order_id"]] = Order(
            order=row["order_id"],
            customer=row["customer_id"],
            told_status=row["order_status"],
            purchased=purchased,
            approved=_time(row["order_approved_at"]),
            handed_over=_time(row["order_delivered_carrier_date"]),
            delivered=_time(row["order_delivered_customer_date"]),
            promised_day=row["order_estimated_delivery_date"][:10],
            items=tuple(items_of.get(row["order_id"], ())),
        )
    return found
