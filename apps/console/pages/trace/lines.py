"""The quantities of an order line by line, with what is wrong about each in words. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from apps.console import words
from apps.console.access import Reader
from apps.orders.state import LineState

QUANTITIES = ("ordered", "cancelled", "allocated", "released", "picked", "shipped", "delivered", "returned", "invoiced")
ALWAYS_SHOWN = frozenset({"ordered", "released", "shipped", "delivered"})
HIDDEN_FROM_PARTNERS = frozenset({"cancelled", "allocated", "returned", "invoiced"})
LINE_FLAGS = {
    "extra": words.Chip("not ordered", "risk", "Told by others; the order itself does not have this line."),
    "uom_mismatch": words.Chip("other unit", "risk", "A quantity came in another unit of measure and is kept out of the sums."),
    "over_ship": words.Chip("shipped too much", "late", "More was shipped than is ordered and not cancelled."),
    "currency_mismatch": words.Chip("other currency", "risk", "A price came in another currency and is kept out of the value."),
}
BAR_WIDTH = 56


@dataclass(frozen=True, slots=True)
class ShownLine:
    """`cells` follow the columns; `done` is the width of the shipped bar, `part` true while it is not whole."""

    line: str
    sku: str
    description: str
    uom: str
    cells: tuple[tuple[str, str], ...]
    done: int
    is_part: bool
    flags: tuple[words.Chip, ...]


@dataclass(frozen=True, slots=True)
class LineTable:
    columns: tuple[str, ...]
    rows: tuple[ShownLine, ...]
    bar_column: str = "shipped"

    @property
    def has_notes(self) -> bool:
        return any(row.flags for row in self.rows)

    @property
    def has_units(self) -> bool:
        return any(row.uom for row in self.rows)


def line_table(lines: tuple[LineState, ...], reader: Reader) -> LineTable:
    """The lines with those quantities that the reader may see and that say something."""
    hidden = HIDDEN_FROM_PARTNERS if reader.partner is not None else frozenset()
    if not reader.sees_money:
        hidden |= {"invoiced"}
    columns = [
        name
        for name in QUANTITIES
        if name not in hidden and (name in ALWAYS_SHOWN or any(getattr(line.quantities, name) for line in lines))
    ]
    return LineTable(tuple(columns), tuple(_line(line, columns) for line in lines))


def _line(line: LineState, columns: list[str]) -> ShownLine:
    quantities = line.quantities
    basis = max(quantities.ordered - quantities.cancelled, quantities.shipped)
    share = min(Decimal(1), quantities.shipped / basis) if basis > 0 else Decimal(0)
    flags = [LINE_FLAGS.get(flag) or words.Chip(words.plain(flag).lower(), "risk") for flag in line.flags]
    if line.backordered:
        expected = f" until {line.expected_date}" if line.expected_date else ""
        flags.insert(0, words.Chip(f"backordered{expected}", "risk"))
    if 0 < quantities.ordered <= quantities.cancelled:
        flags.append(words.Chip("cancelled", "wait"))
    return ShownLine(
        line=line.line,
        sku=line.sku or "SKU not known",
        description=line.description or "",
        uom=line.uom or "",
        cells=tuple((name, words.quantity(getattr(quantities, name))) for name in columns),
        done=round(share * BAR_WIDTH),
        is_part=share < 1,
        flags=tuple(flags),
    )
