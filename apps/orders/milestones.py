"""The order's own milestones: the first evidence of each, its legs' and shipments' included."""

from collections.abc import Iterable, Sequence

from apps.orders.identities import Shipment
from apps.orders.legs import moment_place
from apps.orders.lines import Ledger
from apps.orders.ordering import evidence_place, first_moment, moment_of
from apps.orders.state import LegState, Moment
from apps.orders.status import is_all_cancelled
from apps.orders.story import Story
from apps.orders.words import Words, cancelled_lines


def order_milestones(
    words: Words, story: Story, ledger: Ledger, legs: Sequence[LegState], shipments: Sequence[Shipment]
) -> dict[str, Moment]:
    """Those that are told, in the order of an order's life."""
    told = story.told
    found = {
        "placed": moment_of(words.placed_fact) if words.placed_fact else None,
        "validated": first_moment(told.get("order.validated", ())),
        "rejected": first_moment(told.get("order.rejected", ())),
        "changed": moment_of(words.changed_fact) if words.changed_fact else None,
        "cancelled": _cancelled(words, ledger),
        "allocated": first_moment(told.get("order.allocated", ())),
        "released": _first(leg.milestones.get("released") for leg in legs),
        "shipped": _first(shipment.shipped for shipment in shipments),
        "delivered": _first(shipment.delivered for shipment in shipments),
    }
    return {name: moment for name, moment in found.items() if moment}


def _first(moments: Iterable[Moment | None]) -> Moment | None:
    return min((moment for moment in moments if moment), key=moment_place, default=None)


def _cancelled(words: Words, ledger: Ledger) -> Moment | None:
    """When the whole order was cancelled: by the first message that cancels all, else by the last of those that do so
    together. A part cancelled is no milestone of the order."""
    whole = [stamped for stamped in words.cancellations if not cancelled_lines(stamped)]
    if whole:
        return first_moment(whole)
    return moment_of(max(words.cancellations, key=evidence_place)) if is_all_cancelled(words, ledger) else None
