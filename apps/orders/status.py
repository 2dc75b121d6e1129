"""The order's status, its overlays that do not depend on now, and when it was complete."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from apps.orders.identities import Shipment
from apps.orders.lines import Ledger, Tally
from apps.orders.ordering import happened_at, latest
from apps.orders.state import HoldState, LegState
from apps.orders.story import Story
from apps.orders.words import Words

STAGES: Final = ("delivered", "shipped", "released", "allocated")


def status_of(words: Words, story: Story, ledger: Ledger, *, anything_shipped: bool) -> str:
    """CONTRACT.md's word. Without known lines only placed, validated, rejected and cancelled; `heard` while nobody but
    other systems has told of the order."""
    if not anything_shipped:
        if is_all_cancelled(words, ledger):
            return "cancelled"
        if is_rejected(story):
            return "rejected"
    if ledger.is_known:
        open_lines = [tally for tally in ledger.by_line.values() if tally.basis > 0]
        for stage in STAGES:
            if any(getattr(tally, stage) > 0 for tally in open_lines):
                return stage if _is_whole(open_lines, stage) else f"partially_{stage}"
    if "order.validated" in story.told:
        return "validated"
    return "placed" if words.is_known else "heard"


def _is_whole(open_lines: Iterable[Tally], stage: str) -> bool:
    return all(getattr(tally, stage) >= tally.basis for tally in open_lines)


def is_all_cancelled(words: Words, ledger: Ledger) -> bool:
    """True when every line is cancelled: by one message or by several."""
    if not words.cancellations:
        return False
    ordered = [tally for tally in ledger.by_line.values() if not tally.is_extra]
    return words.cancels_whole or (bool(ordered) and all(tally.wanted <= 0 for tally in ordered))


def is_rejected(story: Story) -> bool:
    """The later of rejection and validation holds, as between a leg's rejection and its new release."""
    rejections = story.told.get("order.rejected", ())
    return bool(rejections) and latest([*rejections, *story.told.get("order.validated", ())]).name == "order.rejected"


def overlays_of(status: str, ledger: Ledger, holds: Iterable[HoldState]) -> tuple[str, ...]:
    """on_hold, backordered and partially_cancelled, as they apply."""
    lines = ledger.by_line.values()
    found = []
    if any(hold.placed and not hold.released for hold in holds):
        found.append("on_hold")
    if any(tally.backordered for tally in lines):
        found.append("backordered")
    if status != "cancelled" and any(tally.cancelled > 0 for tally in lines):
        found.append("partially_cancelled")
    return tuple(found)


def completed_at(ledger: Ledger, shipments: Iterable[Shipment], legs: Sequence[LegState]) -> datetime | None:
    """When the last of the open basis was delivered; None while it is not. While the order's own lines are not known,
    each of its legs must be delivered too, since nothing else says how much is to come."""
    open_lines = [tally for tally in ledger.by_line.values() if tally.basis > 0]
    if not _is_whole(open_lines, "delivered"):
        return None
    if not ledger.is_known and not (legs and all(leg.status == "delivered" for leg in legs)):
        return None
    instants = [happened_at(shipment.delivered) for shipment in shipments if shipment.delivered]
    return max((instant for instant in instants if instant), default=None)
