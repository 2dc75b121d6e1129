"""What an order's parts are worth, and how released, shipped and owed quantities compare. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from apps.contracts.facts import OrderAllocated
from apps.orders.ordering import moment_of
from apps.orders.state import LegState, LineState, OrderState, PartLine
from apps.sla.clocks import Subject
from apps.sla.hearings import Told, happened, is_told

ZERO = Decimal(0)
Article = tuple[str, str]  # SKU (else line) and unit
_UNDER_WAY: Final = frozenset({"planned", "released", "acknowledged", "picked", "packed", "partially_shipped"})


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

    def is_owed(self, amounts: dict[Article, Decimal], *, with_cancelled: bool = False) -> bool:
        """Whether some of these articles is missing: neither left, nor cancelled, nor still to come by other ways.
        `with_cancelled`: as if nothing had been cancelled."""
        lines = [line for line in self.state.lines if (line.sku or line.line, line.uom or "") in amounts]
        under_way = self._under_way()
        return any(_missing(line, under_way.get(line.line, ZERO), with_cancelled=with_cancelled) > 0 for line in lines)

    def is_released_elsewhere(self, leg: LegState, since: datetime, told: Told) -> bool:
        """Whether other legs have taken over all that the leg, refused at `since`, was asked for: as far as it is allocated and
        still wanted. What was allocated after the last release waits for its own legs. Of a line that only the leg tells of,
        as much as its own part."""
        parts: defaultdict[str, Decimal] = defaultdict(Decimal)
        for part in leg.lines:
            parts[part.line] += part.quantity
        lines = [line for line in self.state.lines if line.line in parts]
        return bool(lines) and all(
            line.quantities.released >= _to_release(line, parts[line.line]) - self._fresh(line.line, since, told)
            for line in lines
        )

    def _fresh(self, line: str, since: datetime, told: Told) -> Decimal:
        """What has been allocated of a line since then, and since the last release that stands."""
        releases = [leg.milestones.get("released") for leg in self.state.legs if _stands_for(leg, line)]
        since = max([since, *(happened(moment) for moment in releases if moment is not None and is_told(moment))])
        fresh = ZERO
        for stamped in told.get("order.allocated", ()):
            assert isinstance(stamped.fact, OrderAllocated)
            if happened(moment_of(stamped)) > since:
                fresh += sum((each.quantity for each in stamped.fact.lines if each.line == line), ZERO)
        return fresh

    def is_wanted(self, leg: LegState) -> bool:
        """False where the customer has cancelled all that the leg was asked for."""
        wanted = {part.line for part in leg.lines}
        lines = [line.quantities for line in self.state.lines if line.line in wanted]
        return not lines or any(q.ordered == 0 or q.cancelled < q.ordered for q in lines)

    def _under_way(self) -> dict[str, Decimal]:
        """What legs that are not complete have yet to ship, by line."""
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for leg in self.state.legs:
            if leg.status in _UNDER_WAY:
                for part in leg.lines:
                    found[part.line] += part.quantity
                for part in (part for shipment in leg.shipments for part in shipment.lines):
                    found[part.line] -= part.quantity
        return found

    def _articles(self, parts: Iterable[PartLine]) -> dict[Article, Decimal]:
        totals: defaultdict[Article, Decimal] = defaultdict(Decimal)
        for part in parts:
            totals[part.sku or part.line, part.uom or ""] += part.quantity
        return totals


def _stands_for(leg: LegState, line: str) -> bool:
    return leg.status not in {"rejected", "cancelled"} and any(part.line == line for part in leg.lines)


def owed(line: LineState) -> Decimal:
    """What of a line is still to be shipped: its open basis less what has left."""
    quantities = line.quantities
    return max(quantities.ordered - quantities.cancelled, quantities.shipped) - quantities.shipped


def _missing(line: LineState, under_way: Decimal, *, with_cancelled: bool) -> Decimal:
    """What is owed of a line and comes by no way that is known: not on a leg under way, not allocated for another one, not
    backordered. Below zero where more comes than is owed. What nobody has ordered yet was asked for by who released it."""
    quantities = line.quantities
    cancelled = ZERO if with_cancelled else quantities.cancelled
    ordered = max(quantities.released, quantities.allocated) if _is_extra(line) else quantities.ordered
    allocated = max(ZERO, quantities.allocated - quantities.released)
    waiting = max(ZERO, ordered - quantities.allocated) if line.backordered else ZERO
    return ordered - cancelled - quantities.shipped - max(ZERO, under_way) - allocated - waiting


def _is_extra(line: LineState) -> bool:
    """A line that is not the order's, or of which the order has not been heard."""
    return "extra" in line.flags or not line.quantities.ordered


def _to_release(line: LineState, part: Decimal) -> Decimal:
    quantities = line.quantities
    if _is_extra(line):
        return max(part, quantities.allocated)
    wanted = quantities.ordered - quantities.cancelled
    return min(wanted, quantities.allocated) if quantities.allocated > 0 else wanted
