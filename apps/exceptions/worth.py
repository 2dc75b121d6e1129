"""What an order's parts are worth, and how released, shipped and owed quantities compare. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from apps.orders.state import LegState, LineState, OrderState, PartLine
from apps.sla.clocks import Subject

ZERO = Decimal(0)
Article = tuple[str, str]  # SKU (else line) and unit


class Worth:
    """Prices and quantities of one order. Amounts are in the order's currency; None where nothing is priced."""

    def __init__(self, state: OrderState) -> None:
        self.state = state
        self.order = state.value
        self._prices = {line.line: line.unit_price for line in state.lines if line.unit_price is not None}
        self._by_article = {(line.sku or line.line, line.uom or ""): line for line in state.lines}

    def of(self, subject: Subject) -> Decimal | None:
        """The value of the order, leg, shipment or return that is meant."""
        if subject.scheme == "leg":
            found = (leg for leg in self.state.legs if (leg.leg, leg.issuer) == (subject.value, subject.issuer))
            leg = next(found, None)
            return self.leg(leg) if leg else None
        if subject.scheme == "shipment":
            shipments = (shipment for leg in self.state.legs for shipment in leg.shipments)
            return next((s.value for s in shipments if (s.shipment, s.issuer) == (subject.value, subject.issuer)), None)
        if subject.scheme == "return":
            returned = next((each for each in self.state.returns if each.return_id == subject.value), None)
            return self.parts(returned.lines) if returned else None
        return self.order

    def parts(self, parts: Iterable[PartLine]) -> Decimal | None:
        priced = [self._prices[part.line] * part.quantity for part in parts if part.line in self._prices]
        return sum(priced, ZERO) if priced else None

    def leg(self, leg: LegState) -> Decimal | None:
        return self.parts(leg.lines)

    def lines(self, lines: Iterable[LineState]) -> Decimal | None:
        """What is still open of these lines."""
        priced = [line.unit_price * max(ZERO, owed(line)) for line in lines if line.unit_price is not None]
        return sum(priced, ZERO) if priced else None

    def of_articles(self, amounts: dict[Article, Decimal]) -> Decimal | None:
        priced = [
            line.unit_price * quantity
            for article, quantity in amounts.items()
            if (line := self._by_article.get(article)) is not None and line.unit_price is not None
        ]
        return sum(priced, ZERO) if priced else None

    def differences(self, leg: LegState) -> tuple[dict[Article, Decimal], dict[Article, Decimal]]:
        """What is missing, and what is too much, of what the leg was asked for. By article: a warehouse need not say for
        which of two lines with the same SKU it ships."""
        asked, sent = self._articles(leg.lines), self._articles(line for s in leg.shipments for line in s.lines)
        short = {article: quantity - sent.get(article, ZERO) for article, quantity in asked.items()}
        over = {article: quantity - asked.get(article, ZERO) for article, quantity in sent.items()}
        return {a: q for a, q in short.items() if q > 0}, {a: q for a, q in over.items() if q > 0}

    def is_owed(self, amounts: dict[Article, Decimal]) -> bool:
        """Whether some of these articles is still to be shipped to the customer."""
        lines = self.state.lines
        return any(owed(line) > 0 for line in lines if (line.sku or line.line, line.uom or "") in amounts)

    def is_released_elsewhere(self, leg: LegState) -> bool:
        """Whether all of the leg's lines are released by other legs, as far as they are still wanted."""
        wanted = {part.line for part in leg.lines}
        lines = [line.quantities for line in self.state.lines if line.line in wanted]
        return bool(lines) and all(q.released >= q.ordered - q.cancelled for q in lines)

    def _articles(self, parts: Iterable[PartLine]) -> dict[Article, Decimal]:
        totals: defaultdict[Article, Decimal] = defaultdict(Decimal)
        for part in parts:
            totals[part.sku or part.line, part.uom or ""] += part.quantity
        return totals


def owed(line: LineState) -> Decimal:
    """What of a line is still to be shipped: its open basis less what has left."""
    quantities = line.quantities
    return max(quantities.ordered - quantities.cancelled, quantities.shipped) - quantities.shipped
