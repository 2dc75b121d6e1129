"""Orders as their systems tell them: twenty events each, a function of the order's number and of when its run began.

So nothing has to be kept to know what was sent: any identifier, and what the API must answer, can be told again. The orders
happen within the quarter of an hour after their run began, since live events tell of now: told of long ago, each would open
exceptions for every word that it has not said yet.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

EVENTS_AN_ORDER: Final = 20
OMS, ERP, MIDDLEWARE = "urn:bench:oms", "urn:bench:erp", "urn:bench:middleware"
SPAN_SECONDS: Final = 300  # in which the orders of a run are placed
SITES: Final = (("northstar", "ATL-1"), ("bluedock", "RNO-1"), ("polaris", "CHI-2"))
CARRIERS: Final = ("UPSN", "FDEG", "ODFL")
SKUS: Final = ("GLV-NIT-M", "GLV-NIT-L", "VAX-FLU-10", "CHR-WHL-18", "SYR-10ML", "MSK-N95", "GAU-4X4", "THM-DIG")
FIRST: Final = ("Meridian", "Northgate", "Halden", "Lakeside", "Summit", "Riverbend", "Harbor", "Juniper", "Cedar", "Aspen")
SECOND: Final = (
    "Valley",
    "County",
    "Regional",
    "Family",
    "Memorial",
    "Community",
    "University",
    "Eastside",
    "Coastal",
    "Union",
)
THIRD: Final = ("Clinics", "Hospital", "Pharmacy", "Dental Group", "Surgery Center", "Health", "Laboratory", "Veterinary Care")
CUSTOMERS: Final = 5_000

encode = msgspec.json.Encoder().encode

_began: dict[str, datetime] = {}


@dataclass(frozen=True, slots=True)
class Leg:
    """One warehouse's part of an order, with every identifier that its events give it."""

    leg: str
    partner: str
    site: str
    carrier: str
    shipment: str
    tracking: str
    posting: str
    lines: tuple[tuple[str, str, int], ...]  # line, sku, quantity


@dataclass(frozen=True, slots=True)
class Order:
    """One order: `legs` has two."""

    order: str
    po: str
    customer: str
    customer_id: str
    invoice: str
    region: str
    placed_at: datetime
    prices: tuple[str, ...]
    legs: tuple[Leg, Leg]

    @property
    def lines(self) -> list[tuple[str, str, int]]:
        return sorted(line for leg in self.legs for line in leg.lines)


def began(prefix: str) -> datetime:
    """When the run of that prefix began: at the first question, unless `begin` said so."""
    return _began.setdefault(prefix, datetime.now(UTC).replace(microsecond=0))


def begin(prefix: str, at: datetime) -> None:
    """Goes on with a run that began at `at`."""
    _began[prefix] = at


def order_of(prefix: str, number: int) -> Order:
    """The order of that number; `prefix` keeps runs apart."""
    chance = random.Random(f"{prefix}/{number}")
    name = f"{prefix}-{number:07}"
    skus = chance.sample(SKUS, 3)
    lines = [(str(at + 1), sku, chance.randrange(1, 200)) for at, sku in enumerate(skus)]
    sites = chance.sample(SITES, 2)
    customer = chance.randrange(CUSTOMERS)
    legs = []
    for letter, (partner, site), part in zip("AB", sites, (lines[:2], lines[2:]), strict=True):
        leg = f"L-{name}-{letter}"
        legs.append(
            Leg(
                leg=leg,
                partner=partner,
                site=site,
                carrier=chance.choice(CARRIERS),
                shipment=f"S-{name}-{letter}",
                tracking=f"1Z{chance.randrange(10**8):08}{prefix}{number:07}{letter}",
                posting=f"GI-{name}-{letter}",
                lines=tuple(part),
            )
        )
    return Order(
        order=name,
        po=f"PO-{chance.randrange(100, 999)}-{prefix}{number}",
        customer=customer_name(customer),
        customer_id=f"C-{customer:05}",
        invoice=f"INV-{name}",
        region=chance.choice(("east", "west", "central", "south")),
        placed_at=began(prefix) + timedelta(seconds=chance.randrange(SPAN_SECONDS)),
        prices=tuple(f"{chance.randrange(100, 90_000) / 100:.2f}" for _ in lines),
        legs=(legs[0], legs[1]),
    )


def customer_name(number: int) -> str:
    """One of CUSTOMERS names: words that many share, and a place that few do."""
    return f"{FIRST[number % 10]} {SECOND[number // 10 % 10]} {THIRD[number // 100 % 8]} {number // 100:02}"


def events_of(order: Order) -> Iterator[bytes]:
    """The order's events as JSON, in the order in which they happen: four kinds of system, six or so senders."""
    by_line = [
        {"line": line, "sku": sku, "quantity": quantity, "uom": "EA", "unit_price": price}
        for (line, sku, quantity), price in zip(order.lines, order.prices, strict=True)
    ]
    placed: dict[str, Any] = {
        "order": order.order,
        "customer": {"id": order.customer_id, "name": order.customer},
        "region": order.region,
        "channel": "edi",
        "currency": "USD",
        "requested_date": (order.placed_at + timedelta(days=4)).date().isoformat(),
        "promised_date": (order.placed_at + timedelta(days=9)).date().isoformat(),
        "lines": by_line,
        "references": [{"scheme": "po", "value": order.po}],
    }
    yield _event(order, 0, OMS, "order.placed", placed)
    yield _event(order, 1, ERP, "order.validated", {"order": order.order})
    allocated = [{"line": line, "sku": sku, "quantity": quantity} for line, sku, quantity in order.lines]
    yield _event(order, 2, ERP, "order.allocated", {"order": order.order, "lines": allocated})
    for step, (name, sender, told) in enumerate(_by_leg(order), start=3):
        for at, leg in enumerate(order.legs):
            if name == "shipment.delivered" and at == 0:  # the invoice goes out before the first delivery
                invoice = {
                    "invoice": order.invoice,
                    "order": order.order,
                    "shipments": [each.shipment for each in order.legs],
                    "amount": invoice_amount(order),
                }
                yield _event(order, invoice_step(), ERP, "invoice.issued", invoice)
            yield _event(order, second_of(step, at), sender(leg), name, told(leg))


def _by_leg(order: Order) -> list[tuple[str, Any, Any]]:
    """What happens to each leg: the event's name, who sends it, its data."""
    return [
        ("leg.planned", lambda _: MIDDLEWARE, lambda leg: {"order": order.order, **_plan(leg)}),
        (
            "leg.released",
            lambda _: MIDDLEWARE,
            lambda leg: {"order": order.order, **_plan(leg), "carrier": leg.carrier, "service": "GROUND"},
        ),
        ("leg.acknowledged", warehouse, lambda leg: {"leg": leg.leg}),
        ("leg.picked", warehouse, lambda leg: {"leg": leg.leg, "lines": _lines(leg)}),
        (
            "leg.shipped",
            warehouse,
            lambda leg: {
                "leg": leg.leg,
                "shipment": leg.shipment,
                "lines": _lines(leg),
                "carrier": leg.carrier,
                "tracking": [leg.tracking],
                "packages": 1 + len(leg.lines),
                "final": True,
            },
        ),
        ("shipment.in_transit", carrier, lambda leg: {"tracking": leg.tracking, "location": "Memphis, TN"}),
        (
            "shipment.posted",
            lambda _: ERP,
            lambda leg: {"shipment": leg.shipment, "posting": leg.posting, "order": order.order},
        ),
        ("shipment.delivered", carrier, lambda leg: {"tracking": leg.tracking, "signed_by": "RECEIVING"}),
    ]


def warehouse(leg: Leg) -> str:
    return f"urn:bench:3pl:{leg.partner}"


def carrier(leg: Leg) -> str:
    return f"urn:bench:carrier:{leg.carrier.lower()}"


def second_of(step: int, leg: int) -> int:
    """Seconds after the order was placed: forty a step, the second leg ten behind the first."""
    return step * 40 + leg * 10


def invoice_step() -> int:
    return second_of(9, 1) + 15


def invoice_amount(order: Order) -> str:
    pairs = zip(order.lines, order.prices, strict=True)
    return f"{sum(round(float(price) * 100) * quantity for (_, _, quantity), price in pairs) / 100:.2f}"


def _plan(leg: Leg) -> dict[str, Any]:
    return {"leg": leg.leg, "site": leg.site, "partner": leg.partner, "lines": _lines(leg)}


def _lines(leg: Leg) -> list[dict[str, Any]]:
    return [{"line": line, "sku": sku, "quantity": quantity} for line, sku, quantity in leg.lines]


def _event(order: Order, second: int, source: str, name: str, data: dict[str, Any]) -> bytes:
    subject = str(data.get("leg") or data.get("shipment") or data.get("tracking") or order.order)
    return encode(
        {
            "specversion": "1.0",
            "id": f"{name}/{subject}",
            "source": source,
            "type": f"distsync.{name}.v1",
            "time": (order.placed_at + timedelta(seconds=second)).isoformat(),
            "subject": subject,
            "datacontenttype": "application/json",
            "data": data,
        }
    )


def interleaved(orders: Iterable[Order], in_flight: int, seed: int = 1) -> Iterator[bytes]:
    """The events of all orders: at any time `in_flight` orders are under way, and any of them has the next word."""
    chance = random.Random(seed)
    waiting = iter(orders)
    open_ones = [events_of(order) for _, order in zip(range(in_flight), waiting, strict=False)]
    while open_ones:
        at = int(chance.random() * len(open_ones))
        event = next(open_ones[at], None)
        if event is not None:
            yield event
        elif (order := next(waiting, None)) is not None:
            open_ones[at] = events_of(order)
        else:
            open_ones[at] = open_ones[-1]
            open_ones.pop()


def batches(events: Sequence[bytes], size: int) -> list[bytes]:
    """JSON arrays of `size` events each, the last of what is left."""
    return [b"[" + b",".join(events[start : start + size]) + b"]" for start in range(0, len(events), size)]
