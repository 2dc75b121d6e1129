"""Takes the cancellations in force off the order's lines."""

from collections.abc import Sequence
from decimal import Decimal

from apps.contracts.facts import CancelLine
from apps.orders.lines import ZERO, Ledger, Tally
from apps.orders.words import Words, cancelled_lines


def cancel(ledger: Ledger, words: Words) -> None:
    """Each message is a document of its own; together they add up, never beyond what is ordered."""
    if not words.cancellations:
        return
    named = [line for stamped in words.cancellations for line in cancelled_lines(stamped)]
    ledger.introduce([named])
    by_sku = [pair for line in named if (pair := (line, ledger.candidates(line.line, line.sku))) and not _apply(*pair)]
    for line, tallies in by_sku:
        _fill(line, tallies)
    for tally in ledger.by_line.values():
        tally.cancelled = tally.ordered if words.cancels_whole else max(ZERO, min(tally.cancelled, tally.ordered))


def _apply(line: CancelLine, tallies: Sequence[Tally]) -> bool:
    """Cancels what names its line, or the whole of all lines with a SKU; False for a quantity that must find its lines
    once these are known."""
    if line.quantity is None:
        for tally in tallies:
            tally.cancelled += tally.ordered
    elif len(tallies) > 1:
        return False
    elif tallies[0].takes(line.uom):
        tallies[0].cancelled += line.quantity
    return True


def _fill(line: CancelLine, tallies: Sequence[Tally]) -> None:
    left = line.quantity or Decimal(0)
    for tally in tallies:
        step = min(left, max(ZERO, tally.wanted))
        if step > 0 and tally.takes(line.uom):
            tally.cancelled += step
            left -= step
