"""How what has left compares with what was asked for, and what of an order is still owed by no way that is known. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Final

from apps.orders.state import LegState, LineState, OrderState, PartLine

ZERO: Final = Decimal(0)
Article = tuple[str, str]  # SKU (else line) and unit
_UNDER_WAY: Final = frozenset({"planned", "released", "acknowledged", "picked", "packed", "partially_shipped"})


def article_of(line: LineState | PartLine) -> Article:
    """What the line is of: a warehouse need not say for which of two lines with the same SKU it ships."""
    return line.sku or line.line, line.uom or ""


def differences(leg: LegState) -> tuple[dict[Article, Decimal], dict[Article, Decimal]]:
    """What is missing, and what is too much, of what the leg was asked for."""
    asked, sent = _articles(leg.lines), _articles(line for shipment in leg.shipments for line in shipment.lines)
    short = {article: quantity - sent.get(article, ZERO) for article, quantity in asked.items()}
    over = {article: quantity - asked.get(article, ZERO) for article, quantity in sent.items()}
    return {a: q for a, q in short.items() if q > 0}, {a: q for a, q in over.items() if q > 0}


def is_owed(state: OrderState, articles: Collection[Article], *, with_cancelled: bool = False) -> bool:
    """Whether some of these articles is missing: neither left, nor cancelled, nor still to come by other ways.
    `with_cancelled`: as if nothing had been cancelled."""
    lines = [line for line in state.lines if article_of(line) in articles]
    under_way = _under_way(state)
    return any(_missing(line, under_way.get(line.line, ZERO), with_cancelled=with_cancelled) > 0 for line in lines)


def owed(line: LineState) -> Decimal:
    """What of a line is still to be shipped: its open basis less what has left."""
    quantities = line.quantities
    return max(quantities.ordered - quantities.cancelled, quantities.shipped) - quantities.shipped


def is_extra(line: LineState) -> bool:
    """A line that is not the order's, or of which the order has not been heard."""
    return "extra" in line.flags or not line.quantities.ordered


def _under_way(state: OrderState) -> dict[str, Decimal]:
    """What legs that are not complete have yet to ship, by line."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for leg in state.legs:
        if leg.status in _UNDER_WAY:
            for part in leg.lines:
                found[part.line] += part.quantity
            for part in (part for shipment in leg.shipments for part in shipment.lines):
                found[part.line] -= part.quantity
    return found


def _missing(line: LineState, under_way: Decimal, *, with_cancelled: bool) -> Decimal:
    """What is owed of a line and comes by no way that is known: not on a leg under way, not allocated for another one. Below
    zero where more comes than is owed. What nobody has ordered yet was asked for by who released it. What waits for stock was
    asked of no leg, and no leg is short of it: it is backordered, or a part of the line was allocated, and this was not."""
    quantities = line.quantities
    cancelled = ZERO if with_cancelled else quantities.cancelled
    ordered = max(quantities.released, quantities.allocated) if is_extra(line) else quantities.ordered
    allocated = max(ZERO, quantities.allocated - quantities.released)
    asked = quantities.allocated if line.backordered else max(quantities.allocated, quantities.released)
    waiting = max(ZERO, ordered - asked) if line.backordered or quantities.allocated else ZERO
    return ordered - cancelled - quantities.shipped - max(ZERO, under_way) - allocated - waiting


def _articles(parts: Iterable[PartLine]) -> dict[Article, Decimal]:
    totals: defaultdict[Article, Decimal] = defaultdict(Decimal)
    for part in parts:
        totals[article_of(part)] += part.quantity
    return totals
