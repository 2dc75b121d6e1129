"""The fold under random stories: a function of the set of facts, whose quantities and statuses never contradict."""

import random
from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.contracts.facts import StampedFact
from apps.orders.fold import fold
from apps.orders.legs import CHAIN
from apps.orders.state import OrderState
from tests.apps.orders.folding import ZONES, amounts, folded, shipments
from tests.apps.orders.stories import consistent_stories, wild_stories
from tests.builders import placed, released
from tests.messages import by_name

ORDER_STATUSES = (
    "heard",
    "placed",
    "validated",
    "partially_allocated",
    "allocated",
    "partially_released",
    "released",
    "partially_shipped",
    "shipped",
    "partially_delivered",
    "delivered",
)
LEG_STATUSES = ("planned", "released", "acknowledged", "picked", "packed", "partially_shipped", "shipped", "delivered")
MONEY = {"none", "not_posted", "partially_posted", "posted", "partially_invoiced", "invoiced", "credited"}
seeds = st.integers(0, 2**32 - 1)


def shuffled(facts: Sequence[StampedFact], seed: int) -> list[StampedFact]:
    own = list(facts)
    random.Random(seed).shuffle(own)
    return own


def packed(state: OrderState) -> str:
    """To the byte: 10 and 10.0 are equal numbers and would be different rows."""
    return msgspec.json.format(msgspec.json.encode(state)).decode()


def moved(stamped: StampedFact, position: int) -> StampedFact:
    return msgspec.structs.replace(stamped, stamp=msgspec.structs.replace(stamped.stamp, position=position))


@settings(max_examples=200, deadline=None)
@given(wild_stories, seeds)
def test_any_permutation_and_duplication_gives_the_same_state(facts: list[StampedFact], seed: int) -> None:
    again = shuffled([*facts, *(msgspec.structs.replace(stamped) for stamped in facts[::2])], seed)
    assert packed(folded(*again)) == packed(folded(*facts))


@settings(max_examples=80, deadline=None)
@given(wild_stories, seeds)
def test_the_place_in_the_log_decides_nothing(facts: list[StampedFact], seed: int) -> None:
    places = shuffled(range(len(facts)), seed)
    elsewhere = folded(*(moved(stamped, place) for stamped, place in zip(facts, places, strict=True)))
    assert without_positions(elsewhere) == without_positions(folded(*facts))


def without_positions(state: OrderState) -> object:
    def strip(value: object) -> object:
        if isinstance(value, dict):
            return {name: strip(each) for name, each in value.items() if name != "position"}
        return [strip(each) for each in value] if isinstance(value, list | tuple) else value

    return strip(msgspec.to_builtins(by_name(state)))


@settings(max_examples=150, deadline=None)
@given(wild_stories)
def test_whatever_is_told_the_state_does_not_contradict_itself(facts: list[StampedFact]) -> None:
    state = folded(*facts)
    assert state.status in {*ORDER_STATUSES, "cancelled", "rejected"}
    assert state.money in MONEY
    assert (state.money == "none") is not any(each.shipped for each in shipments(state))
    assert len({each.line for each in state.lines}) == len(state.lines)
    for each in state.lines:
        assert 0 <= each.quantities.cancelled <= max(0, each.quantities.ordered)
    for leg in state.legs:
        assert leg.status in {*LEG_STATUSES, "rejected", "cancelled"}
        chain = [name for name in CHAIN if name in leg.milestones]
        assert chain == list(CHAIN[: len(chain)])
    assert state.is_closed == (state.status in {"cancelled", "rejected"})


@settings(max_examples=100, deadline=None)
@given(wild_stories)
def test_what_each_message_names_is_applied_or_listed(facts: list[StampedFact]) -> None:
    state = folded(*facts)
    waiting = {(each.source, each.message) for each in state.unapplied}
    legs, numbers = {leg.leg for leg in state.legs}, {each.shipment for each in shipments(state)}
    for stamped in facts:
        if (stamped.stamp.source, stamped.stamp.id) in waiting:
            continue
        # A dispatch that was corrected to another leg leaves the one that it first named.
        if stamped.name.startswith("leg.") and stamped.name != "leg.shipped":
            assert stamped.fact.leg in legs
        if stamped.name == "leg.shipped" or (stamped.name.startswith("shipment.") and stamped.fact.shipment):
            assert stamped.fact.shipment in numbers


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-9, 30), min_size=1, max_size=6))
def test_quantities_by_sku_alone_fill_the_lines_as_their_sum_does(quantities: list[int]) -> None:
    order = placed(lines=[("1", "GLV", 10), ("2", "GLV", 7), ("3", "GLV", 5)])
    facts = [released(f"L{number}", [("GLV", quantity)]) for number, quantity in enumerate(quantities)]
    total = sum(quantities)
    expected = {"1": min(total, 10), "2": min(max(total - 10, 0), 7), "3": max(total - 17, 0)}
    assert amounts(folded(order, *facts), "released") == expected


@settings(max_examples=80, deadline=None)
@given(consistent_stories(), seeds)
def test_in_whatever_order_a_story_is_heard_nothing_regresses(facts: list[StampedFact], seed: int) -> None:
    order_place, leg_places = 0, {}
    heard: list[StampedFact] = []
    for stamped in shuffled(facts, seed):
        heard.append(stamped)
        state = folded(*heard)
        assert ORDER_STATUSES.index(state.status) >= order_place
        order_place = ORDER_STATUSES.index(state.status)
        for leg in state.legs:
            place = LEG_STATUSES.index(leg.status)
            assert place >= leg_places.get(leg.leg, 0)
            leg_places[leg.leg] = place
    assert (state.status, {leg.status for leg in state.legs}, state.money) == ("delivered", {"delivered"}, "posted")
    assert (state.unapplied, state.loose_shipments) == ((), ())
    assert all(not leg.milestones[name].implied for leg in state.legs for name in CHAIN)
    for line in state.lines:
        own = line.quantities
        assert own.ordered == own.allocated == own.released == own.picked == own.shipped == own.delivered


REPEATED = {"order.placed", "leg.planned", "leg.released", "leg.picked", "leg.packed", "leg.shipped"}


@settings(max_examples=150, deadline=None)
@given(consistent_stories(), st.data())
def test_an_older_version_of_a_document_that_arrives_late_changes_nothing_but_when_we_last_heard(
    facts: list[StampedFact], data: st.DataObject
) -> None:
    told = data.draw(st.integers(1, len(facts)))
    before = facts[:told]
    document = data.draw(st.sampled_from([each for each in before if each.name in REPEATED]))
    older = msgspec.structs.replace(
        document,
        stamp=msgspec.structs.replace(
            document.stamp,
            id="older",
            occurred_at=document.stamp.occurred_at.replace(year=2025),
            heard_at=facts[-1].stamp.heard_at,
        ),
        fact=msgspec.structs.replace(document.fact, lines=()),
    )
    late = folded(*before, older)
    assert msgspec.structs.replace(late, last_heard_at=None) == msgspec.structs.replace(folded(*before), last_heard_at=None)


def test_an_order_without_facts_is_only_heard_of() -> None:
    empty = fold("SO-1", None, (), zones=ZONES, default_zone="UTC", default_currency="EUR")
    assert (empty.status, empty.money, empty.lines, empty.last_heard_at) == ("heard", "none", (), None)
    assert [(each.scheme, each.value, each.issuer) for each in empty.references] == [("order", "SO-1", None)]
