"""Adds up what the documents in force say of each line: allocated, released, picked, shipped and so on."""

from collections.abc import Sequence
from decimal import Decimal

from apps.contracts.facts import AllocationLine, BackorderLine, OrderAllocated, OrderBackordered, StampedFact
from apps.orders.identities import Shipment
from apps.orders.invoices import InvoiceWork
from apps.orders.legs import LegWork, asked_lines, picked_lines
from apps.orders.lines import Ledger, Part, Quantity, Tally, sums
from apps.orders.ordering import latest
from apps.orders.story import Story

Parts = dict[Shipment, list[Part]]


def add_up(ledger: Ledger, story: Story, legs: Sequence[LegWork], shipments: Sequence[Shipment]) -> Parts:
    """Allocated, released, picked, shipped and delivered of every line; the parts of each shipment.

    `legs` and `shipments` come in their canonical order, in which quantities given by SKU alone find their lines.
    """
    allocations = [_allocated(stamped) for stamped in story.told.get("order.allocated", ())]
    backorders = [_backordered(stamped) for stamped in story.told.get("order.backordered", ())]
    asked = [asked_lines(leg) for leg in legs]
    picks = [picked_lines(leg) for leg in legs]
    dispatched = [shipment.dispatch.lines if shipment.dispatch else () for shipment in shipments]
    ledger.introduce([*allocations, *backorders, *asked, *picks, *dispatched])
    for tally, quantity in _counted(ledger, allocations):
        tally.allocated += quantity
    _ask(ledger, legs, asked)
    for tally, quantity in _counted(ledger, picks):
        tally.picked += quantity
    parts = dict(zip(shipments, ledger.spread(dispatched), strict=True))
    for shipment, own in parts.items():
        for tally, quantity in sums(own):
            tally.shipped += quantity
            if shipment.delivered:
                tally.delivered += quantity
    for leg in legs:
        leg.sent = [part for shipment in leg.shipments for part in parts[shipment]]
    return parts


def _counted(ledger: Ledger, documents: Sequence[Sequence[Quantity]]) -> list[tuple[Tally, Decimal]]:
    return [pair for parts in ledger.spread(documents) for pair in sums(parts)] if any(documents) else []


def _ask(ledger: Ledger, legs: Sequence[LegWork], asked: Sequence[Sequence[Quantity]]) -> None:
    """An unshipped rejected or cancelled leg asks for nothing: it takes no room from the others and counts 0."""
    alive = [(leg, lines) for leg, lines in zip(legs, asked, strict=True) if not leg.ended]
    for (leg, _), parts in zip(alive, ledger.spread([lines for _, lines in alive]), strict=True):
        leg.asked = parts
        if leg.is_released:
            for tally, quantity in sums(parts):
                tally.released += quantity
    for leg, lines in zip(legs, asked, strict=True):
        if leg.ended:
            leg.asked = ledger.spread([lines])[0]


def _allocated(stamped: StampedFact) -> tuple[AllocationLine, ...]:
    assert isinstance(stamped.fact, OrderAllocated)
    return stamped.fact.lines


def _backordered(stamped: StampedFact) -> tuple[BackorderLine, ...]:
    assert isinstance(stamped.fact, OrderBackordered)
    return stamped.fact.lines


def mark_backorders(ledger: Ledger, story: Story) -> None:
    """A line is backordered while the latest word on it is a backorder, and some of it has yet to leave."""
    if "order.backordered" not in story.told:
        return
    words: dict[str, list[StampedFact]] = {}
    for stamped in story.named("order.allocated", "order.backordered"):
        for line in {line.line for line in stamped.fact.lines}:  # type: ignore[attr-defined]  # both have lines
            words.setdefault(line, []).append(stamped)
    for name, facts in words.items():
        last = latest(facts)
        if last.name != "order.backordered":
            continue
        own = [line for line in _backordered(last) if line.line == name]
        tally = ledger.by_line[name]
        tally.backordered = sum(line.quantity for line in own) > 0 and (not ledger.is_known or tally.basis > tally.shipped)
        if tally.backordered:
            tally.expected_date = next((line.expected_date for line in own if line.expected_date), None)


def add_invoiced(ledger: Ledger, works: Sequence[InvoiceWork], parts: Parts) -> None:
    """What invoices that count say of the lines; one that names no lines invoices those of the shipments it covers."""
    counting = [work for work in works if work.counts]
    documents = [work.lines for work in counting]
    ledger.introduce(documents)
    for tally, quantity in [pair for own in ledger.spread(documents, _basis_room) for pair in sums(own)]:
        tally.invoiced += quantity
    covered = dict.fromkeys(shipment for work in counting if not work.lines for shipment in work.covered)
    for shipment in covered:
        for tally, quantity in sums(parts.get(shipment, ())):
            tally.invoiced += quantity


def _basis_room(tally: Tally) -> Decimal:
    return tally.basis
