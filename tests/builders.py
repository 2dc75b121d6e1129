"""Plain builders of stamped facts: a test says which messages arrived. Times are RFC 3339 text, lines short tuples.

`placed("SO-1", lines=[("1", "GLV", 40)], at="2026-03-02T08:00Z")`. Every builder takes `at` (the claim), and by keyword
`source`, `id`, `heard` (default: `at`), `recorded`, `sequence`, `refs` (tuples of scheme, value and issuer) and whatever
else the fact has. Ids are drawn from a counter unless given.
"""

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from apps.contracts import facts as f
from apps.contracts.facts import FACTS, Reference, Stamp, StampedFact

OMS, ERP, MIDDLEWARE, CARRIER = "oms", "erp", "mw", "carrier"
WEST, EAST = "3pl/west", "3pl/east"
START = "2026-03-02T08:00:00Z"

_ids = itertools.count(1)

Lines = Iterable[tuple[Any, ...]]


def instant(text: str | datetime) -> datetime:
    return text if isinstance(text, datetime) else datetime.fromisoformat(text).astimezone(UTC)


def number(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def said(
    name: str,
    *,
    source: str,
    at: str | datetime = START,
    heard: str | datetime | None = None,
    recorded: str | datetime | None = None,
    sequence: str | int | None = None,
    id: str | None = None,  # noqa: A002 - the envelope's own word
    refs: Sequence[tuple[str, ...]] = (),
    position: int = 0,
    **fields: Any,
) -> StampedFact:
    """One fact of that name as `source` said it."""
    stamp = Stamp(
        source=source,
        id=id if id is not None else f"m{next(_ids):06}",
        occurred_at=instant(at),
        heard_at=instant(heard if heard is not None else at),
        recorded_at=instant(recorded) if recorded is not None else None,
        sequence=None if sequence is None else str(sequence),
        time_was_missing=False,
        position=position,
    )
    references = tuple(Reference(*ref) for ref in refs)
    return StampedFact(name, stamp, FACTS[name](references=references, **fields))


def order_lines(lines: Lines) -> tuple[f.OrderLine, ...]:
    """(line, sku, quantity[, unit_price[, uom]])"""
    return tuple(
        f.OrderLine(
            line=line,
            sku=sku,
            quantity=number(quantity),
            unit_price=rest[0] if rest and isinstance(rest[0], f.Money) else number(rest[0]) if rest and rest[0] else None,
            uom=rest[1] if len(rest) > 1 else None,
        )
        for line, sku, quantity, *rest in lines
    )


def part_lines(lines: Lines) -> tuple[f.Line, ...]:
    """(sku, quantity) or (line, sku, quantity[, uom]); line or sku may be None"""
    made = []
    for entry in lines:
        line, sku, quantity, *rest = entry if len(entry) > 2 else (None, *entry)
        made.append(f.Line(line=line, sku=sku, quantity=number(quantity), uom=rest[0] if rest else None))
    return tuple(made)


def placed(order: str = "SO-1", lines: Lines = (), at: str = START, *, source: str = OMS, **more: Any) -> StampedFact:
    return said("order.placed", source=source, at=at, order=order, lines=order_lines(lines), **more)


def changed(order: str = "SO-1", lines: Lines = (), at: str = START, *, source: str = OMS, **more: Any) -> StampedFact:
    return said("order.changed", source=source, at=at, order=order, lines=order_lines(lines), **more)


def validated(order: str = "SO-1", at: str = START, *, source: str = OMS, **more: Any) -> StampedFact:
    return said("order.validated", source=source, at=at, order=order, **more)


def rejected(order: str = "SO-1", at: str = START, *, source: str = OMS, reason: str = "no", **more: Any) -> StampedFact:
    return said("order.rejected", source=source, at=at, order=order, reason=reason, **more)


def cancelled(
    order: str = "SO-1", at: str = START, *, lines: Lines | None = None, source: str = OMS, **more: Any
) -> StampedFact:
    """Lines as (line, sku, quantity or None)."""
    cut = (
        None
        if lines is None
        else tuple(
            f.CancelLine(
                line=line, sku=sku, quantity=None if quantity is None else number(quantity), uom=rest[0] if rest else None
            )
            for line, sku, quantity, *rest in lines
        )
    )
    return said("order.cancelled", source=source, at=at, order=order, lines=cut, **more)


def held(order: str = "SO-1", hold: str = "credit", at: str = START, *, source: str = OMS, **more: Any) -> StampedFact:
    return said("order.held", source=source, at=at, order=order, hold=hold, **more)


def hold_released(order: str = "SO-1", hold: str = "credit", at: str = START, *, source: str = OMS, **more: Any) -> StampedFact:
    return said("order.hold_released", source=source, at=at, order=order, hold=hold, **more)


def allocated(order: str = "SO-1", lines: Lines = (), at: str = START, *, source: str = ERP, **more: Any) -> StampedFact:
    """Lines as (line, sku, quantity)."""
    rows = tuple(f.AllocationLine(line=line, sku=sku, quantity=number(quantity)) for line, sku, quantity in lines)
    return said("order.allocated", source=source, at=at, order=order, lines=rows, **more)


def backordered(order: str = "SO-1", lines: Lines = (), at: str = START, *, source: str = ERP, **more: Any) -> StampedFact:
    """Lines as (line, sku, quantity[, expected_date])."""
    rows = tuple(
        f.BackorderLine(line=line, sku=sku, quantity=number(quantity), expected_date=rest[0] if rest else None)
        for line, sku, quantity, *rest in lines
    )
    return said("order.backordered", source=source, at=at, order=order, lines=rows, **more)


def planned(
    leg: str, lines: Lines = (), at: str = START, *, order: str = "SO-1", source: str = MIDDLEWARE, **more: Any
) -> StampedFact:
    more = {"site": "WEST-1", "partner": "west", **more}
    return said("leg.planned", source=source, at=at, order=order, leg=leg, lines=part_lines(lines), **more)


def released(
    leg: str, lines: Lines = (), at: str = START, *, order: str = "SO-1", source: str = MIDDLEWARE, **more: Any
) -> StampedFact:
    more = {"site": "WEST-1", "partner": "west", **more}
    return said("leg.released", source=source, at=at, order=order, leg=leg, lines=part_lines(lines), **more)


def leg_said(
    word: str, leg: str, at: str = START, *, source: str = WEST, lines: Lines | None = None, **more: Any
) -> StampedFact:
    """leg.<word>: acknowledged, rejected, picked, packed, problem or cancelled."""
    if lines is not None:
        more["lines"] = part_lines(lines)
    if word == "rejected":
        more.setdefault("reason", "no stock")
    return said(f"leg.{word}", source=source, at=at, leg=leg, **more)


def shipped(
    leg: str,
    shipment: str,
    lines: Lines = (),
    at: str = START,
    *,
    source: str = WEST,
    tracking: Iterable[str] = (),
    **more: Any,
) -> StampedFact:
    return said(
        "leg.shipped",
        source=source,
        at=at,
        leg=leg,
        shipment=shipment,
        lines=part_lines(lines),
        tracking=tuple(tracking),
        **more,
    )


def delivered(
    shipment: str | None = None, at: str = START, *, tracking: str | None = None, source: str = CARRIER, **more: Any
) -> StampedFact:
    return said("shipment.delivered", source=source, at=at, shipment=shipment, tracking=tracking, **more)


def in_transit(
    shipment: str | None = None, at: str = START, *, tracking: str | None = None, source: str = CARRIER, **more: Any
) -> StampedFact:
    return said("shipment.in_transit", source=source, at=at, shipment=shipment, tracking=tracking, **more)


def failed(
    shipment: str | None = None, at: str = START, *, tracking: str | None = None, source: str = CARRIER, **more: Any
) -> StampedFact:
    return said("shipment.failed", source=source, at=at, shipment=shipment, tracking=tracking, **more)


def posted(shipment: str, posting: str = "P-1", at: str = START, *, source: str = ERP, **more: Any) -> StampedFact:
    return said("shipment.posted", source=source, at=at, shipment=shipment, posting=posting, **more)


def posting_failed(at: str = START, *, source: str = ERP, **more: Any) -> StampedFact:
    more = {"kind": "shipment", "code": "E1", "message": "period closed", **more}
    return said("posting.failed", source=source, at=at, **more)


def invoice(
    word: str,
    number_: str,
    at: str = START,
    *,
    shipments: Iterable[str] = (),
    lines: Lines | None = None,
    source: str = ERP,
    **more: Any,
) -> StampedFact:
    """invoice.<word>: issued, held, released or credited."""
    rows = (
        None
        if lines is None
        else tuple(
            f.InvoiceLine(line=line.line, sku=line.sku, quantity=line.quantity, uom=line.uom) for line in part_lines(lines)
        )
    )
    return said(f"invoice.{word}", source=source, at=at, invoice=number_, shipments=tuple(shipments), lines=rows, **more)


def returned(
    word: str, number_: str, at: str = START, *, lines: Lines | None = None, source: str = OMS, **more: Any
) -> StampedFact:
    """return.<word>: authorized, received or credited."""
    rows = None if lines is None else part_lines(lines)
    return said(f"return.{word}", source=source, at=at, return_=number_, lines=rows, **more)
