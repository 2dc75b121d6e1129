"""The order's own words in force: what was placed, changed, promised and cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from apps.contracts.facts import CancelLine, Money, OrderCancelled, OrderChanged, OrderLine, OrderPlaced, StampedFact
from apps.orders.ordering import is_later, latest
from apps.orders.story import Story

NEVER_REVISED: Final = -(2**63)


@dataclass(frozen=True, slots=True)
class Words:
    """`promise` is the fact whose promised_date holds; `cancellations` are those that no change has absorbed."""

    placed: OrderPlaced | None
    placed_fact: StampedFact | None
    changed_fact: StampedFact | None
    promise: OrderPlaced | OrderChanged | None
    lines: tuple[OrderLine, ...]
    currency: str
    cancellations: tuple[StampedFact, ...]

    @property
    def is_known(self) -> bool:
        """True when the order's owner has told of it."""
        return self.placed_fact is not None or self.changed_fact is not None

    @property
    def cancels_whole(self) -> bool:
        return any(not cancelled_lines(stamped) for stamped in self.cancellations)


def words_of(story: Story, default_currency: str) -> Words:
    """The order's own documents in force. `order.placed` sent again is one document: the latest holds."""
    told = story.told
    placed_fact = latest(told["order.placed"]) if "order.placed" in told else None
    placed = placed_fact.fact if placed_fact else None
    assert placed is None or isinstance(placed, OrderPlaced)
    changes = told.get("order.changed", ())
    changed_fact = _highest(changes)
    promise: OrderPlaced | OrderChanged | None = placed if placed and placed.promised_date else None
    lines = placed.lines if placed else ()
    if changed_fact is not None:
        assert isinstance(changed_fact.fact, OrderChanged)
        lines = changed_fact.fact.lines
        # A change of the lines alone leaves the promise of the change before it standing.
        promising = _highest([stamped for stamped in changes if _changed(stamped).promised_date])
        promise = _changed(promising) if promising else promise
    cancellations = told.get("order.cancelled", ())
    if changed_fact is not None:
        cancellations = [stamped for stamped in cancellations if is_later(stamped, changed_fact)]
    return Words(
        placed=placed,
        placed_fact=placed_fact,
        changed_fact=changed_fact,
        promise=promise,
        lines=lines,
        currency=(placed.currency if placed else None) or _common_currency(lines) or default_currency,
        cancellations=tuple(cancellations),
    )


def _changed(stamped: StampedFact) -> OrderChanged:
    assert isinstance(stamped.fact, OrderChanged)
    return stamped.fact


def _highest(changes: Sequence[StampedFact]) -> StampedFact | None:
    """The change in force: highest revision, then latest; one without a revision is below all that have one."""
    if not changes:
        return None
    revisions = [_revision(stamped) for stamped in changes]
    highest = max(revisions)
    return latest([stamped for stamped, revision in zip(changes, revisions, strict=True) if revision == highest])


def _revision(stamped: StampedFact) -> int:
    revision = _changed(stamped).revision
    return NEVER_REVISED if revision is None else revision


def _common_currency(lines: Sequence[OrderLine]) -> str | None:
    """The currency of an order that names none itself while all its prices name the same one."""
    prices = [line.unit_price for line in lines if line.unit_price is not None]
    currencies = {price.currency if isinstance(price, Money) else None for price in prices}
    return currencies.pop() if len(currencies) == 1 else None


def cancelled_lines(stamped: StampedFact) -> tuple[CancelLine, ...]:
    """Empty means all lines, as absent does: a cancellation that cancels nothing would say nothing."""
    assert isinstance(stamped.fact, OrderCancelled)
    return stamped.fact.lines or ()
