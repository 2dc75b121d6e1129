"""Stretches of a story that many stories share."""

from collections.abc import Sequence
from typing import Any

from apps.demo.network import DRY, POLARIS, WAREHOUSES, Product, Warehouse
from apps.demo.telling import Lines, Tale


def some(tale: Tale, products: Sequence[Product] = DRY, count: int = 2) -> Lines:
    """That many different products, in quantities as clinics order them."""
    return [(product, tale.random.randrange(4, 40)) for product in tale.random.sample(products, count)]


def dry_warehouse(tale: Tale) -> Warehouse:
    return tale.random.choice([warehouse for warehouse in WAREHOUSES if warehouse is not POLARIS])


def leg_of(tale: Tale, part: int = 1) -> str:
    return f"L-{tale.number.removeprefix('SO-')}-{part}"


def start(tale: Tale, lines: Lines, warehouse: Warehouse, **data: Any) -> None:
    """Placed, validated and allocated."""
    tale.place(lines, region=warehouse.region, **data)
    tale.validate()
    tale.allocate(warehouse)


def work(tale: Tale, leg: str, warehouse: Warehouse, lines: Lines | None = None) -> str:
    """From the release to the shipment, without a hitch; the shipment's number."""
    tale.release(leg, warehouse, lines)
    tale.acknowledge(leg, warehouse)
    tale.pick(leg, warehouse, lines)
    return tale.ship(leg, warehouse, lines)


def settle(tale: Tale, shipment: str, lines: Lines | None = None) -> str:
    """Posted and invoiced; the invoice's number."""
    tale.post(shipment)
    return tale.invoice(shipment, lines=lines)
