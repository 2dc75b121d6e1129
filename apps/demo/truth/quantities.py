"""How much of each line is ordered, cancelled, allocated and so on, given what was heard."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields

from apps.demo.truth.hearing import in_force
from apps.demo.truth.seen import Seen
from apps.demo.world.network import Warehouse
from apps.demo.world.things import Amounts, Dispatch, Invoice, Leg, Word


@dataclass(slots=True)
class Row:
    """One line's quantities. `is_wanted`: the OMS has told of it."""

    line: str
    sku: str
    ordered: int = 0
    cancelled: int = 0
    allocated: int = 0
    released: int = 0
    picked: int = 0
    shipped: int = 0
    delivered: int = 0
    returned: int = 0
    invoiced: int = 0
    backordered: bool = False

    @property
    def basis(self) -> int:
        return max(self.ordered - self.cancelled, self.shipped)


QUANTITIES = tuple(each.name for each in fields(Row) if each.type in ("int", int))


@dataclass(slots=True)
class Sums:
    """The rows by line, each dispatch's part of them, each leg's ending."""

    is_known: bool
    cancels_whole: bool
    cancellations: list[Word] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)
    parts: dict[str, Amounts] = field(default_factory=dict)  # by shipment, those that have left


def ended(seen: Seen, leg: Leg) -> str:
    """`rejected` or `cancelled` where that is the last word on an unshipped leg; else empty."""
    if any(seen.has_left(leg, dispatch) for dispatch in leg.dispatches):
        return ""
    ends = [*seen.of_leg(leg, leg.rejected), *seen.of_leg(leg, leg.cancelled)]
    last = in_force([*ends, *seen.notes(leg.released)]) if ends else None
    return "" if last is None or last.word is leg.released else last.word.name.removeprefix("leg.")


def stands(seen: Seen, invoice: Invoice) -> bool:
    """Issued, and not held."""
    return bool(seen.notes(invoice.issued)) and not is_held(seen, invoice)


def is_held(seen: Seen, invoice: Invoice) -> bool:
    last = in_force([*seen.notes(invoice.held), *seen.notes(invoice.released)])
    return last is not None and last.word is invoice.held


def asked_of(seen: Seen, leg: Leg) -> Amounts:
    """What the leg should ship; empty while neither plan nor release is heard."""
    return leg.amounts if seen.notes(leg.released) or seen.notes(leg.planned) else {}


def add_up(seen: Seen) -> Sums:
    """All quantities of the order."""
    order = seen.order
    ordered = _ordered(seen)
    sums = Sums(bool(ordered), cancels_whole=False)
    for line, quantity in (ordered or dict.fromkeys(_named(seen), 0)).items():
        sums.rows[line] = Row(line, order.line(line).product.sku, quantity)
    _cancel(seen, sums)
    for word, amounts in order.allocations:
        for _ in seen.notes(word):
            _add(sums, "allocated", amounts)
    for leg in order.legs:
        if seen.notes(leg.released) and not ended(seen, leg):
            _add(sums, "released", leg.amounts)
    legs = sorted(order.legs, key=lambda leg: leg.number)
    picks = [(leg.warehouse, leg.picked[1]) for leg in legs if leg.picked and seen.of_leg(leg, leg.picked[0])]
    for part in _spread(seen, sums, picks):
        _add(sums, "picked", part)
    _ship(seen, sums)
    _bill(seen, sums)
    _mark_backorders(seen, sums)
    return sums


def _ordered(seen: Seen) -> Amounts:
    """As changed, else as placed; empty while the OMS has told of neither."""
    order = seen.order
    if order.changed and seen.notes(order.changed[0]):
        return order.changed[1]
    return {line.line: line.quantity for line in order.lines} if seen.notes(order.placed) else {}


def _named(seen: Seen) -> list[str]:
    """The lines that others name while the OMS has not told of the order."""
    order = seen.order
    words: list[tuple[bool, Iterable[str]]] = [
        *((bool(seen.notes(word)), amounts) for word, amounts in (*order.allocations, *order.backorders)),
        *((bool(seen.notes(word)), amounts or ()) for word, amounts in order.cancellations),
        *((True, asked_of(seen, leg)) for leg in order.legs),
        *((bool(leg.picked and seen.of_leg(leg, leg.picked[0])), leg.amounts) for leg in order.legs),
        *((bool(seen.shipped(leg, d)), d.amounts) for leg in order.legs for d in leg.dispatches),
        *((stands(seen, invoice), invoice.amounts) for invoice in order.invoices),
        *((any(seen.of_return(r, word) for word in (r.authorized, r.received, r.credited)), r.amounts) for r in order.returns),
    ]
    return sorted({line for is_heard, lines in words if is_heard for line in lines}, key=int)


def _cancel(seen: Seen, sums: Sums) -> None:
    """A cancellation older than the change is absorbed by it."""
    order = seen.order
    change = in_force(seen.notes(order.changed[0])) if order.changed else None
    for word, amounts in order.cancellations:
        notes = [note for note in seen.notes(word) if change is None or note.recency > change.recency]
        if not notes:
            continue
        sums.cancellations.append(word)
        sums.cancels_whole |= amounts is None
        _add(sums, "cancelled", amounts or {})
    for row in sums.rows.values():
        row.cancelled = row.ordered if sums.cancels_whole else min(row.cancelled, row.ordered)


def _ship(seen: Seen, sums: Sums) -> None:
    left: list[tuple[Leg, Dispatch]] = []
    for leg in seen.order.legs:
        left += [(leg, dispatch) for dispatch in leg.dispatches if seen.shipped(leg, dispatch)]
    left.sort(key=_leaving(seen))
    parts = _spread(seen, sums, [(leg.warehouse, dispatch.amounts) for leg, dispatch in left])
    for (leg, dispatch), part in zip(left, parts, strict=True):
        sums.parts[dispatch.shipment] = part
        _add(sums, "shipped", part)
        if seen.delivered(leg, dispatch):
            _add(sums, "delivered", part)


def _bill(seen: Seen, sums: Sums) -> None:
    """What invoices that stand name; what has come back, by the warehouse's or by the ERP's word."""
    for invoice in seen.order.invoices:
        if stands(seen, invoice):
            _add(sums, "invoiced", invoice.amounts)
    for returned in seen.order.returns:
        if seen.of_return(returned, returned.received) or seen.notes(returned.credited):
            _add(sums, "returned", returned.amounts)


def _leaving(seen: Seen) -> Callable[[tuple[Leg, Dispatch]], tuple[object, ...]]:
    def place(pair: tuple[Leg, Dispatch]) -> tuple[object, ...]:
        note = seen.shipped(*pair)
        assert note is not None
        return note.place

    return place


def _spread(seen: Seen, sums: Sums, documents: Sequence[tuple[Warehouse, Amounts]]) -> list[Amounts]:
    """What is told by SKU alone fills the lines with that SKU in order, after all that names its line; what no line can
    hold stays on the last."""
    taken: Amounts = {}
    for warehouse, amounts in documents:
        if warehouse.names_lines:
            _pour(taken, amounts)
    return [amounts if warehouse.names_lines else _fill(seen, sums, amounts, taken) for warehouse, amounts in documents]


def _fill(seen: Seen, sums: Sums, amounts: Amounts, taken: Amounts) -> Amounts:
    by_sku: Amounts = {}
    for line, quantity in amounts.items():
        sku = seen.order.line(line).product.sku
        by_sku[sku] = by_sku.get(sku, 0) + quantity
    part: Amounts = {}
    for sku, quantity in by_sku.items():
        lines = [row for row in sums.rows.values() if row.sku == sku]
        if not lines:
            lines = [sums.rows.setdefault(sku, Row(sku, sku))]
        left = quantity
        for row in lines:
            room = left if len(lines) == 1 else max(0, row.ordered - row.cancelled - taken.get(row.line, 0))
            step = min(left, room)
            if row is lines[-1]:
                step = left
            if step:
                _pour(part, {row.line: step})
                _pour(taken, {row.line: step})
                left -= step
    return part


def _pour(into: Amounts, amounts: Amounts) -> None:
    for line, quantity in amounts.items():
        into[line] = into.get(line, 0) + quantity


def _add(sums: Sums, what: str, amounts: Amounts) -> None:
    for line, quantity in amounts.items():
        row = sums.rows[line]
        setattr(row, what, getattr(row, what) + quantity)


def _mark_backorders(seen: Seen, sums: Sums) -> None:
    """While the latest word on a line is a backorder, and some of the line has yet to leave."""
    order = seen.order
    words = [(note, amounts, False) for word, amounts in order.allocations for note in seen.notes(word)]
    words += [(note, amounts, True) for word, amounts in order.backorders for note in seen.notes(word)]
    for row in sums.rows.values():
        about = [(note.recency, is_backorder) for note, amounts, is_backorder in words if row.line in amounts]
        is_last = bool(about) and max(about)[1]
        row.backordered = is_last and (not sums.is_known or row.basis > row.shipped)
