"""What an order's parts are worth, in the order's currency; None where nothing is priced. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from apps.exceptions.owed import ZERO, Article, article_of, owed
from apps.orders.state import LegState, LineState, OrderState, PartLine
from apps.sla.clocks import Subject


class Worth:
    """The prices of one order."""

    def __init__(self, state: OrderState) -> None:
        self.state = state
        self.order = state.value
        self._prices = {line.line: line.unit_price for line in state.lines if line.unit_price is not None}
        self._by_article = {article_of(line): line for line in state.lines}

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

    def of_articles(self, amounts: Mapping[Article, Decimal]) -> Decimal | None:
        priced = [
            line.unit_price * quantity
            for article, quantity in amounts.items()
            if (line := self._by_article.get(article)) is not None and line.unit_price is not None
        ]
        return sum(priced, ZERO) if priced else None
