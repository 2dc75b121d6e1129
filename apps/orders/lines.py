"""The order's lines and how the quantities of later documents spread over them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Protocol

from apps.contracts.facts import Money, OrderLine
from apps.orders.state import LineState, PartLine, Quantities

ZERO: Final = Decimal(0)


class Named(Protocol):
    """A line as any later document names it."""

    @property
    def line(self) -> str | None: ...
    @property
    def sku(self) -> str | None: ...


class Quantity(Named, Protocol):
    """A line of any later document, with how much of it."""

    @property
    def uom(self) -> str | None: ...
    @property
    def quantity(self) -> Decimal: ...


@dataclass(slots=True, eq=False)
class Tally:
    """One line while its quantities are added up. `is_extra`: later documents name it, the order does not."""

    line: str
    sku: str | None
    uom: str | None = None
    description: str | None = None
    unit_price: Decimal | None = None
    is_extra: bool = False
    ordered: Decimal = ZERO
    cancelled: Decimal = ZERO
    allocated: Decimal = ZERO
    released: Decimal = ZERO
    picked: Decimal = ZERO
    shipped: Decimal = ZERO
    delivered: Decimal = ZERO
    returned: Decimal = ZERO
    invoiced: Decimal = ZERO
    backordered: bool = False
    expected_date: str | None = None
    flags: set[str] = field(default_factory=set)

    @property
    def wanted(self) -> Decimal:
        return self.ordered - self.cancelled

    @property
    def basis(self) -> Decimal:
        """The open basis: ordered - cancelled, never below shipped."""
        return max(self.ordered - self.cancelled, self.shipped)

    def takes(self, uom: str | None) -> bool:
        """True when a quantity in `uom` adds to this line's; a line without a unit adopts the first it meets."""
        if uom is None or uom == self.uom:
            return True
        if self.uom is None:
            self.uom = uom
            return True
        self.flags.add("uom_mismatch")
        return False


@dataclass(slots=True)
class Part:
    """What a document says of one line. `uom` is set, and nothing counted, where the units differ."""

    tally: Tally
    quantity: Decimal
    uom: str | None = None


def line_place(line: str) -> tuple[int, int, str]:
    """The sort key of a line id: numbers by value, before all other text."""
    if line.isascii() and line.isdigit() and len(line) < 40:
        return (0, int(line), line)
    return (1, 0, line)


def wanted_room(tally: Tally) -> Decimal:
    return tally.ordered - tally.cancelled


class Ledger:
    """The lines of the order, then those that only later documents name."""

    def __init__(self, lines: Sequence[OrderLine], currency: str) -> None:
        self.is_known = bool(lines)
        self.by_line: dict[str, Tally] = {}
        self._by_sku: dict[str, list[Tally]] = {}
        self._extra_by_sku: dict[str, list[Tally]] = {}
        for line in lines if len(lines) == 1 else sorted(lines, key=lambda line: line_place(line.line)):
            self._add_ordered(line, currency)

    def _add_ordered(self, line: OrderLine, currency: str) -> None:
        tally = self.by_line.get(line.line)
        if tally is None:
            tally = self.by_line[line.line] = Tally(line.line, line.sku, line.uom, line.description)
            self._by_sku.setdefault(line.sku, []).append(tally)
        elif not tally.takes(line.uom):
            return
        tally.ordered += line.quantity
        price = line.unit_price
        if isinstance(price, Money):
            if price.currency != currency:
                tally.flags.add("currency_mismatch")
                return
            price = price.amount
        tally.unit_price = price

    def introduce(self, documents: Iterable[Sequence[Named]]) -> None:
        """Makes the lines that documents name by id and the order does not, before any quantity given by SKU alone
        looks for a line."""
        for document in documents:
            for line in document:
                if line.line is None:
                    continue
                tally = self.by_line.get(line.line)
                if tally is None:
                    self._add_extra(line.line, line.sku)
                elif tally.sku is None and line.sku is not None:
                    tally.sku = line.sku
                    self._extra_by_sku.setdefault(line.sku, []).append(tally)

    def _add_extra(self, name: str, sku: str | None) -> Tally:
        tally = self.by_line[name] = Tally(name, sku, is_extra=True)
        if sku is not None:
            self._extra_by_sku.setdefault(sku, []).append(tally)
        return tally

    def candidates(self, line: str | None, sku: str | None) -> Sequence[Tally]:
        """The lines that may hold a quantity: the named one (introduced before), else all with the SKU; an extra one where
        there is none."""
        if line is not None:
            return (self.by_line[line],)
        name = sku or ""
        found = self._by_sku.get(name) or self._extra_by_sku.get(name)
        if found:
            return found
        # Nobody has given this line an id: the SKU stands for it, set apart where a line is already called so.
        while name in self.by_line:
            name = f"{name} (SKU)"
        return (self._add_extra(name, sku or ""),)

    def spread(
        self, documents: Sequence[Sequence[Quantity]], room: Callable[[Tally], Decimal] = wanted_room
    ) -> list[list[Part]]:
        """The parts of each document. What is given by SKU alone fills, after all that names its line, the lines with
        that SKU in order as far as `room` goes; the rest stays on the last."""
        parts: list[list[Part]] = []
        by_sku: list[tuple[list[Part], Quantity, list[Tally]]] = []
        taken: dict[str, Decimal] = {}
        for document in documents:
            mine: list[Part] = []
            parts.append(mine)
            for line in document:
                lines = self.candidates(line.line, line.sku)
                if len(lines) == 1:
                    tally = lines[0]
                    if tally.takes(line.uom):
                        mine.append(Part(tally, line.quantity))
                        taken[tally.line] = taken.get(tally.line, ZERO) + line.quantity
                    else:
                        mine.append(Part(tally, line.quantity, line.uom))
                else:
                    by_sku.append((mine, line, list(lines)))
        # One after the other gives each line what the sum would: what is taken back comes off the lines filled last.
        filled: dict[str, Decimal] = {}
        for mine, line, lines in by_sku:
            mine.extend(_fill(line, lines, room, taken, filled))
        return parts

    def tallies(self) -> list[Tally]:
        return sorted(self.by_line.values(), key=lambda tally: (tally.is_extra, line_place(tally.line)))


def _fill(
    line: Quantity,
    lines: list[Tally],
    room: Callable[[Tally], Decimal],
    taken: dict[str, Decimal],
    filled: dict[str, Decimal],
) -> list[Part]:
    fitting = [tally for tally in lines if line.uom is None or tally.uom in (None, line.uom)]
    if not fitting:
        lines[-1].takes(line.uom)
        return [Part(lines[-1], line.quantity, line.uom)]
    left = line.quantity
    parts: list[Part] = []

    def put(tally: Tally, quantity: Decimal) -> None:
        tally.takes(line.uom)
        parts.append(Part(tally, quantity))
        taken[tally.line] = taken.get(tally.line, ZERO) + quantity
        filled[tally.line] = filled.get(tally.line, ZERO) + quantity

    for tally in fitting if left >= 0 else reversed(fitting):
        if left >= 0:
            step = min(left, max(ZERO, room(tally) - taken.get(tally.line, ZERO)))
        else:
            step = -min(-left, max(ZERO, filled.get(tally.line, ZERO)))
        if step:
            put(tally, step)
            left -= step
    if left or not parts:
        put(fitting[-1] if left >= 0 else fitting[0], left)
    return parts


def sums(parts: Iterable[Part]) -> list[tuple[Tally, Decimal]]:
    """What counts, by line."""
    return [(part.tally, part.quantity) for part in parts if part.uom is None]


def part_lines(parts: Sequence[Part]) -> tuple[PartLine, ...]:
    """The parts as shown: one row per line and unit, in the order of lines."""
    merged: dict[tuple[str, str | None], Part] = {}
    for part in parts:
        known = merged.get((part.tally.line, part.uom))
        merged[part.tally.line, part.uom] = Part(part.tally, known.quantity + part.quantity, part.uom) if known else part
    rows = [PartLine(p.tally.line, p.tally.sku, p.quantity, p.uom or p.tally.uom) for p in merged.values()]
    if len(rows) > 1:
        rows.sort(key=lambda row: (line_place(row.line), row.uom or ""))
    return tuple(rows)


def line_state(tally: Tally, *, order_is_known: bool) -> LineState:
    """The line as shown."""
    flags = set(tally.flags)
    if order_is_known:
        if tally.is_extra:
            flags.add("extra")
        elif tally.shipped > tally.wanted:
            flags.add("over_ship")
    return LineState(
        line=tally.line,
        sku=tally.sku,
        quantities=Quantities(
            tally.ordered,
            tally.cancelled,
            tally.allocated,
            tally.released,
            tally.picked,
            tally.shipped,
            tally.delivered,
            tally.returned,
            tally.invoiced,
        ),
        uom=tally.uom,
        description=tally.description,
        unit_price=tally.unit_price,
        backordered=tally.backordered,
        expected_date=tally.expected_date,
        flags=tuple(sorted(flags)) if flags else (),
    )
