"""Page reads over orders: what the console and the API show. Frozen values out, one bounded statement each."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.contracts.facts import StampedFact
from apps.core.pagination import Page
from apps.orders.state import OrderState


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to; None means all. `visible_partner` limits to one partner's legs."""

    search: str | None = None
    status: str | None = None
    money: str | None = None
    partner: str | None = None
    region: str | None = None
    overlay: str | None = None
    late: bool | None = None
    visible_partner: str | None = None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list. `handle` is what its URL uses: the order number, or `issuer:order` where two issuers use it."""

    handle: str
    order: str
    issuer: str | None
    status: str
    overlays: tuple[str, ...]
    money: str
    customer_id: str | None
    customer_name: str | None
    region: str | None
    channel: str | None
    currency: str | None
    value: Decimal | None
    promised_date: str | None
    promised_until: datetime | None
    completed_at: datetime | None
    placed_at: datetime | None
    partners: tuple[str, ...]
    open_exceptions: int
    last_heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order whole. `revision` changes whenever anything shown of it does (the ETag)."""

    key: str
    handle: str
    revision: str
    state: OrderState


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One identifier that matches what somebody typed, and the order that it leads to."""

    handle: str
    order: str
    status: str
    customer_name: str | None
    scheme: str
    value: str
    is_exact: bool


def find_orders(filters: OrderFilter, *, now: datetime, cursor: str | None, page_size: int) -> Page[OrderRow]:
    """Orders that pass `filters`, the latest heard first. Raises Unreadable for a foreign cursor."""
    raise NotImplementedError


def count_orders(filters: OrderFilter, *, now: datetime, at_most: int = 10_000) -> int:
    """How many orders pass `filters`, counted up to `at_most`: the same condition as `find_orders`."""
    raise NotImplementedError


def get_order(identifier: str, *, visible_partner: str | None = None) -> OrderDetail:
    """The order of `order` or `issuer:order`. Raises NotFound, and Conflict (with the choices in `errors`) where two
    issuers use the number."""
    raise NotImplementedError


def facts_of_order(key: str) -> list[StampedFact]:
    """Every fact that was applied to the order, in no particular order."""
    raise NotImplementedError


def search(text: str, *, limit: int = 12, visible_partner: str | None = None, with_customers: bool = True) -> list[SearchHit]:
    """Orders by any identifier, PO or customer name: exact first, then prefix, then similar."""
    raise NotImplementedError
