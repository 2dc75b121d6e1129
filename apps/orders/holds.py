"""The holds on an order: each stands until the latest word on it is its release."""

from apps.contracts.facts import OrderHeld, OrderHoldReleased, StampedFact
from apps.orders.ordering import first_moment, is_later, latest, moment_of
from apps.orders.state import HoldState
from apps.orders.story import Story


def holds_of(story: Story) -> tuple[HoldState, ...]:
    """One row per hold. A hold placed anew after its release stands again, since then."""
    told: dict[str, list[StampedFact]] = {}
    for stamped in story.named("order.held", "order.hold_released"):
        assert isinstance(stamped.fact, OrderHeld | OrderHoldReleased)
        told.setdefault(stamped.fact.hold, []).append(stamped)
    return tuple(_hold(name, told[name]) for name in sorted(told))


def _hold(name: str, facts: list[StampedFact]) -> HoldState:
    placed = [stamped for stamped in facts if stamped.name == "order.held"]
    releases = [stamped for stamped in facts if stamped.name == "order.hold_released"]
    stands = latest(facts).name == "order.held"
    release = latest(releases) if releases else None
    if stands and release:
        placed = [stamped for stamped in placed if is_later(stamped, release)] or placed
    word = latest(placed or facts).fact
    assert isinstance(word, OrderHeld | OrderHoldReleased)
    return HoldState(
        hold=name,
        placed=first_moment(placed),
        released=moment_of(release) if release and not stands else None,
        reason=word.reason,
        code=word.code,
    )
