"""Orders with a known story: the events that tell it, and what a reader must see of any part of those events.

The expectation is computed here from the events alone, in the plainest way, and shares no code with the product.
"""

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

OMS, ERP, MIDDLEWARE = "urn:soak:oms", "urn:soak:erp", "urn:soak:middleware"
WAREHOUSES, CARRIER = ("urn:soak:north-wms", "urn:soak:south-wms"), "urn:soak:carrier"
PARTNERS, SITES = ("north", "south"), ("ATL", "CHI")
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ALLOCATIONS = 4

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One CloudEvent. `is_structural`: others lead to their order through it, so the client never gives it up."""

    order: str
    name: str
    source: str
    id: str
    minute: int
    data: Document
    is_structural: bool

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.id

    @property
    def time(self) -> str:
        return (START + timedelta(minutes=self.minute)).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def document(self) -> Document:
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": f"distsync.{self.name}.v1",
            "time": self.time,
            "data": self.data,
        }


def story(order: str, dice: random.Random, allocations: int = ALLOCATIONS) -> list[Event]:
    """An order over two legs and three shipments: 19 events and `allocations` more, each of which adds to a quantity."""
    teller = _Teller(order, dice.randrange(10_000))
    wanted = {str(line): allocations * dice.randint(2, 9) for line in (1, 2, 3)}
    parts = (("1", "2"), ("3",))
    teller.tell("order.placed", OMS, 0, is_structural=True, order=order, lines=_lines(wanted))
    teller.tell("order.validated", ERP, 1, order=order)
    for turn in range(allocations):
        share = {line: quantity // allocations for line, quantity in wanted.items()}
        teller.tell("order.allocated", ERP, 2 + turn, order=order, lines=_lines(share))
    shipments = []
    for number, lines in enumerate(parts):
        leg, warehouse = f"{order}/{'AB'[number]}", WAREHOUSES[number]
        own = {line: wanted[line] for line in lines}
        place = {"partner": PARTNERS[number], "site": SITES[number], "lines": _lines(own)}
        teller.tell("leg.released", MIDDLEWARE, 100 + number, is_structural=True, order=order, leg=leg, **place)
        teller.tell("leg.acknowledged", warehouse, 110 + number, leg=leg)
        teller.tell("leg.picked", warehouse, 130 + number, leg=leg, lines=_lines(own))
        for turn, shipped in enumerate(_halves(own) if number == 0 else (own,)):
            shipment = f"{leg}-{turn + 1}"
            shipments.append(shipment)
            minute = 200 + 10 * turn + number
            more = {"lines": _lines(shipped), "tracking": [f"T{shipment}"]}
            teller.tell("leg.shipped", warehouse, minute, is_structural=True, leg=leg, shipment=shipment, **more)
    for turn, shipment in enumerate(shipments):
        teller.tell("shipment.delivered", CARRIER, 2_000 + turn, tracking=f"T{shipment}")
        teller.tell("shipment.posted", ERP, 300 + turn, shipment=shipment, posting=f"P{shipment}")
    teller.tell("invoice.issued", ERP, 400, invoice=f"I{order}", shipments=shipments, amount=100)
    return teller.events


class _Teller:
    def __init__(self, order: str, offset: int) -> None:
        self.events: list[Event] = []
        self._order = order
        self._offset = offset

    def tell(self, name: str, source: str, minute: int, /, *, is_structural: bool = False, **data: Any) -> None:
        number = len(self.events)
        event = Event(self._order, name, source, f"{self._order}:{number}", self._offset + minute, data, is_structural)
        self.events.append(event)


def _lines(quantities: dict[str, int]) -> list[Document]:
    return [{"line": line, "sku": f"SKU-{line}", "quantity": quantity} for line, quantity in quantities.items()]


def _halves(quantities: dict[str, int]) -> Iterator[dict[str, int]]:
    first = {line: quantity // 2 for line, quantity in quantities.items()}
    yield first
    yield {line: quantity - first[line] for line, quantity in quantities.items()}


def expected(events: Collection[Event]) -> Document:
    """What the API shows of an order of which the log holds exactly these events (all structural ones among them)."""
    told: dict[str, list[Event]] = {}
    for event in events:
        told.setdefault(event.name, []).append(event)
    shipments = {event.data["shipment"]: event for event in told["leg.shipped"]}
    delivered = {event.data["tracking"].removeprefix("T"): event.time for event in told.get("shipment.delivered", ())}
    posted = {event.data["shipment"]: event for event in told.get("shipment.posted", ())}
    (placed,) = told["order.placed"]
    lines = {line["line"]: {"ordered": line["quantity"]} for line in placed.data["lines"]}
    for quantity, name in (("allocated", "order.allocated"), ("released", "leg.released"), ("picked", "leg.picked")):
        _add(lines, quantity, told.get(name, ()))
    _add(lines, "shipped", shipments.values())
    _add(lines, "delivered", [shipments[shipment] for shipment in delivered])
    is_delivered = set(delivered) == set(shipments)
    return {
        "status": "delivered" if is_delivered else "partially_delivered" if delivered else "shipped",
        "is_invoiced": bool(told.get("invoice.issued")),
        "lines": lines,
        "milestones": {leg: _milestones(leg, told) for leg in {event.data["leg"] for event in told["leg.released"]}},
        "shipments": {
            shipment: {
                "shipped_at": event.time,
                "delivered_at": delivered.get(shipment),
                "posted": (posted[shipment].data["posting"], posted[shipment].time) if shipment in posted else None,
            }
            for shipment, event in shipments.items()
        },
    }


def _add(lines: dict[str, dict[str, int]], quantity: str, events: Collection[Event]) -> None:
    for line in lines.values():
        line[quantity] = 0
    for event in events:
        for each in event.data["lines"]:
            lines[each["line"]][quantity] += each["quantity"]


def _milestones(leg: str, told: dict[str, list[Event]]) -> Document:
    """The claimed time of the first evidence of each step that somebody told of."""
    moments = {}
    for name in ("released", "acknowledged", "picked", "shipped"):
        times = [event.time for event in told.get(f"leg.{name}", ()) if event.data["leg"] == leg]
        moments[name] = min(times, default=None)
    return moments


def shown(document: Document) -> Document:
    """The API's answer about an order, in the terms of `expected`."""
    names = ("ordered", "allocated", "released", "picked", "shipped", "delivered")
    legs = document["legs"]
    return {
        "status": document["status"],
        "is_invoiced": document["money"] == "invoiced",
        "lines": {line["line"]: {name: line[name] for name in names} for line in document["lines"]},
        "milestones": {
            leg["leg"]: {
                name: leg["milestones"].get(name, {}).get("occurred_at")
                for name in ("released", "acknowledged", "picked", "shipped")
            }
            for leg in legs
        },
        "shipments": {
            shipment["shipment"]: {
                "shipped_at": shipment["shipped_at"],
                "delivered_at": shipment["delivered_at"],
                "posted": shipment["posted"] and (shipment["posted"]["posting"], shipment["posted"]["occurred_at"]),
            }
            for leg in legs
            for shipment in leg["shipments"]
        },
    }
