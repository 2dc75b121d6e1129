"""One order's story as the messages that its systems send: who says what, when it happened and when it is heard."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.demo.network import CURRENCY, CUSTOMERS, ERP, MIDDLEWARE, OMS, Product, Warehouse

Lines = Sequence[tuple[Product, int]]
LIVE_STEP_SECONDS = (3.0, 8.0)


@dataclass(frozen=True, slots=True)
class Told:
    """One message (a structured CloudEvent without recordedtime) and when it is heard."""

    heard_at: datetime
    event: dict[str, Any]


@dataclass(slots=True)
class Tale:
    """Tells one order, step by step. Live, each wait shrinks to seconds, so that a watcher sees the order move."""

    number: str
    starts_at: datetime
    random: random.Random
    is_live: bool = False
    told: list[Told] = field(default_factory=list)
    clock: datetime = field(init=False)
    lines: Lines = ()

    def __post_init__(self) -> None:
        self.clock = self.starts_at

    def wait(self, minutes: float) -> None:
        """Time passes: about so many minutes, or live a few seconds."""
        if self.is_live:
            self.clock += timedelta(seconds=self.random.uniform(*LIVE_STEP_SECONDS))
        else:
            self.clock += timedelta(minutes=minutes * self.random.uniform(0.8, 1.2))

    def say(
        self, source: str, name: str, *, heard_after: timedelta | None = None, claims: datetime | None = None, **data: Any
    ) -> Told:
        """`source` says `name`; heard a few seconds later unless told. `claims`: another time than the true one."""
        lag = (
            heard_after if heard_after is not None else timedelta(seconds=self.random.uniform(0.2, 1.0 if self.is_live else 20))
        )
        happened = (claims or self.clock).replace(microsecond=0)
        event = {
            "specversion": "1.0",
            "id": f"{self.number}-{len(self.told) + 1:02}",
            "source": source,
            "type": f"distsync.{name}.v1",
            "time": happened.isoformat(),
            "subject": self.number,
            "datacontenttype": "application/json",
            "correlationid": f"mrd-{self.number}",
            "data": data,
        }
        told = Told(self.clock + lag, event)
        self.told.append(told)
        return told

    def again(self, told: Told, *, after: timedelta, **changes: Any) -> None:
        """The same message once more, or with `changes` to its attributes."""
        self.told.append(Told(told.heard_at + after, told.event | changes))

    # --- the steps that most stories share ---

    def place(self, lines: Lines, *, days: int = 3, **data: Any) -> None:
        self.lines = lines
        customer, name = CUSTOMERS[self.random.randrange(len(CUSTOMERS))]
        self.say(
            OMS,
            "order.placed",
            order=self.number,
            lines=order_lines(lines),
            customer={"id": customer, "name": name},
            currency=CURRENCY,
            channel=self.random.choice(("edi", "portal", "phone")),
            promised_date=(self.starts_at + timedelta(days=days)).date().isoformat(),
            references=[{"scheme": "po", "value": f"PO-{self.random.randrange(10**5, 10**6)}"}],
            **data,
        )

    def validate(self) -> None:
        self.wait(4)
        self.say(OMS, "order.validated", order=self.number)

    def allocate(self, warehouse: Warehouse, lines: Lines | None = None) -> None:
        self.wait(20)
        self.say(
            ERP,
            "order.allocated",
            order=self.number,
            lines=[line | {"site": warehouse.site} for line in self.parts(lines or self.lines)],
        )

    def release(self, leg: str, warehouse: Warehouse, lines: Lines | None = None) -> None:
        self.wait(15)
        self.say(
            MIDDLEWARE,
            "leg.released",
            order=self.number,
            leg=leg,
            partner=warehouse.partner,
            site=warehouse.site,
            lines=self.parts(lines or self.lines),
            ship_by=(self.clock + timedelta(days=1)).replace(microsecond=0).isoformat(),
            carrier=warehouse.carrier,
        )

    def acknowledge(self, leg: str, warehouse: Warehouse) -> None:
        self.wait(12)
        self.say(warehouse.source, "leg.acknowledged", leg=leg, order=self.number)

    def pick(self, leg: str, warehouse: Warehouse, lines: Lines | None = None) -> None:
        self.wait(150)
        self.say(warehouse.source, "leg.picked", leg=leg, order=self.number, lines=self.parts(lines or self.lines))
        self.wait(50)
        self.say(warehouse.source, "leg.packed", leg=leg, order=self.number, packages=1 + len(lines or self.lines))

    def ship(
        self,
        leg: str,
        warehouse: Warehouse,
        lines: Lines | None = None,
        *,
        part: int = 1,
        **more: Any,
    ) -> str:
        """Ships, with all that the leg will ship unless told `final=False`; the shipment's number."""
        self.wait(130)
        shipment = f"{leg}-S{part}"
        data = {"final": True, **more}
        self.say(
            warehouse.source,
            "leg.shipped",
            leg=leg,
            shipment=shipment,
            order=self.number,
            lines=self.parts(lines or self.lines),
            carrier=warehouse.carrier,
            tracking=[tracking_number(warehouse, shipment)],
            **data,
        )
        return shipment

    def carry(self, shipment: str, warehouse: Warehouse, *, to_the_door: bool = True) -> None:
        """The carrier knows the parcel by its tracking number alone."""
        tracking = tracking_number(warehouse, shipment)
        source = f"/carriers/{warehouse.carrier.lower()}"
        self.wait(400)
        self.say(source, "shipment.in_transit", tracking=tracking, location=f"{warehouse.site_name} hub")
        if to_the_door:
            self.wait(1500)
            self.say(
                source,
                "shipment.delivered",
                tracking=tracking,
                signed_by=self.random.choice(("R. Ortiz", "Front desk", "J. Lind")),
            )

    def post(self, shipment: str) -> None:
        self.wait(45)
        self.say(ERP, "shipment.posted", shipment=shipment, posting=f"GI-{shipment}", order=self.number)

    def invoice(self, *shipments: str, lines: Lines | None = None) -> str:
        self.wait(60)
        number = f"INV-{self.number.removeprefix('SO-')}"
        amount = sum(Decimal(product.unit_price) * quantity for product, quantity in lines or self.lines)
        self.say(ERP, "invoice.issued", invoice=number, order=self.number, shipments=list(shipments), amount=str(amount))
        return number

    def parts(self, lines: Lines) -> list[dict[str, Any]]:
        """Lines under the numbers that the order gave them."""
        numbers = {product.sku: str(index) for index, (product, _) in enumerate(self.lines, start=1)}
        return [
            {"line": numbers[product.sku], "sku": product.sku, "quantity": quantity, "uom": product.uom}
            for product, quantity in lines
        ]


def order_lines(lines: Lines) -> list[dict[str, Any]]:
    return [
        {
            "line": str(number),
            "sku": product.sku,
            "quantity": quantity,
            "uom": product.uom,
            "unit_price": float(product.unit_price),
            "description": product.description,
        }
        for number, (product, quantity) in enumerate(lines, start=1)
    ]


def tracking_number(warehouse: Warehouse, shipment: str) -> str:
    digits = "".join(character for character in shipment if character.isdigit())
    return f"{warehouse.tracking_prefix}{digits.zfill(10)}"


def in_order(tales: Iterable[Tale]) -> list[Told]:
    """All messages of several tales as they are heard."""
    return sorted((told for tale in tales for told in tale.told), key=lambda told: (told.heard_at, told.event["id"]))
