"""What there is in the world: an order with its lines, legs, dispatches, invoices and returns, and every word said of it.

These hold what truly happened. What DistSync was told of it stands in the words' tellings.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from apps.demo.world.faults import Injected
from apps.demo.world.network import Product, Warehouse

Amounts = dict[str, int]  # line id -> quantity


class Reach(Enum):
    """By what a word can be brought to its order."""

    ORDER = "names the order"
    LEG = "names the leg alone"
    TRACKING = "names a tracking number alone"
    RETURN = "names the return alone"
    ELSEWHERE = "names another order"
    NOBODY = "names what does not exist"
    UNREADABLE = "cannot be read"
    NO_ORDER = "is about no order"


class Kind(Enum):
    FIRST = "first"
    SAME_ID = "same id, same content"
    NEW_ID = "same content, new id"
    REUSED_ID = "same id, other content"


@dataclass(slots=True, eq=False)
class Telling:
    """One message on the wire. `data` is None where it is the word's own."""

    id: str
    told_at: datetime
    claimed_at: datetime
    kind: Kind = Kind.FIRST
    data: dict[str, Any] | None = None


@dataclass(slots=True, eq=False)
class Word:
    """What a system says, once or several times. `at` is when it truly happened."""

    name: str
    source: str
    at: datetime
    data: dict[str, Any]
    reach: Reach
    tellings: list[Telling]
    elsewhere: str = ""  # with Reach.ELSEWHERE: the order that it names
    type: str = ""  # only where it is none of DistSync's

    @property
    def first_told_at(self) -> datetime:
        return min(telling.told_at for telling in self.tellings)


@dataclass(slots=True, eq=False)
class OrderLine:
    line: str
    product: Product
    quantity: int

    @property
    def price(self) -> Decimal:
        return Decimal(self.product.unit_price)


@dataclass(slots=True, eq=False)
class Dispatch:
    """One truck's load of a leg. `scans`, `deliveries` and `failures` hold the tracking number that each word names, None
    where it names the shipment."""

    shipment: str
    amounts: Amounts
    shipped: Word
    is_final: bool
    tracking: tuple[str, ...] = ()
    scans: list[tuple[str | None, Word]] = field(default_factory=list)
    deliveries: list[tuple[str | None, Word]] = field(default_factory=list)
    failures: list[tuple[str | None, Word]] = field(default_factory=list)
    posted: Word | None = None
    posting_failures: list[Word] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Leg:
    number: str
    warehouse: Warehouse
    amounts: Amounts
    planned: Word
    released: Word | None = None
    ship_by: datetime | None = None
    acknowledged: Word | None = None
    rejected: Word | None = None
    picked: tuple[Word, Amounts] | None = None
    packed: Word | None = None
    cancelled: Word | None = None
    problems: list[Word] = field(default_factory=list)
    dispatches: list[Dispatch] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Invoice:
    number: str
    issued: Word
    dispatches: list[Dispatch]
    amounts: Amounts  # as invoiced
    held: Word | None = None
    released: Word | None = None
    credited: Word | None = None


@dataclass(slots=True, eq=False)
class Return:
    number: str
    amounts: Amounts
    warehouse: Warehouse
    authorized: Word
    received: Word
    credited: Word


@dataclass(slots=True, eq=False)
class Order:
    """`stray` are words about this order that reach it under another name: a mistyped leg of it."""

    number: str
    starts_at: datetime
    customer: tuple[str, str]
    region: str
    channel: str
    lines: list[OrderLine]
    promised_date: str = ""
    placed: Word | None = None
    validated: Word | None = None
    rejected: Word | None = None
    changed: tuple[Word, Amounts] | None = None
    cancellations: list[tuple[Word, Amounts | None]] = field(default_factory=list)  # None: the whole order
    holds: list[tuple[str, Word, Word | None]] = field(default_factory=list)
    allocations: list[tuple[Word, Amounts]] = field(default_factory=list)
    backorders: list[tuple[Word, Amounts]] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    wrongly_posted: list[Dispatch] = field(default_factory=list)  # the ERP posts these to another order
    strays: list[tuple[str, Word]] = field(default_factory=list)  # leg as named, the acknowledgement
    words: list[Word] = field(default_factory=list)
    injected: list[Injected] = field(default_factory=list)
    original: str = ""  # the number of the order that this one is once more

    def line(self, name: str) -> OrderLine:
        return next(line for line in self.lines if line.line == name)
