"""A leg that left short is a case while the customer still waits for the rest, and nothing that is known will bring it."""

from apps.contracts.facts import StampedFact
from tests.apps.exceptions.judging import at, held, judged
from tests.builders import allocated, backordered, cancelled, placed, released, shipped

LINES = [("1", "GLV", 10), ("2", "THM", 4)]
SHORT = [("1", "GLV", 7), ("2", "THM", 4)]


def story(*more: StampedFact) -> list[StampedFact]:
    """All is released on one leg, and seven of ten leave."""
    return [
        placed(lines=LINES, at=at()),
        allocated(lines=LINES, at=at(0.5)),
        released("L-1", LINES, at(1)),
        shipped("L-1", "S-1", SHORT, at(5), final=True),
        *more,
    ]


def spans(*facts: StampedFact) -> list[list[tuple[str, str, str]]]:
    return held(judged(*facts).replayed, "SHORT_SHIP")


def test_it_opens_when_the_last_of_the_leg_has_left() -> None:
    assert spans(*story()) == [[("02 13:00", "", "")]]


def test_the_rest_on_another_leg_ends_it() -> None:
    assert spans(*story(released("L-2", [("1", "GLV", 3)], at(7)))) == [[("02 13:00", "02 15:00", "verified")]]


def test_a_part_of_the_rest_on_another_leg_does_not() -> None:
    assert spans(*story(released("L-2", [("1", "GLV", 2)], at(7)))) == [[("02 13:00", "", "")]]


def test_the_rest_cancelled_ends_it() -> None:
    cut = cancelled(lines=[("1", "GLV", 3)], at=at(7))
    assert spans(*story(cut)) == [[("02 13:00", "02 15:00", "obsolete")]]


def test_what_was_cancelled_before_it_left_is_not_owed() -> None:
    cut = cancelled(lines=[("1", "GLV", 3)], at=at(4))
    assert spans(*story(cut)) == []


def test_a_cancellation_of_other_goods_changes_nothing() -> None:
    cut = cancelled(lines=[("2", "THM", 1)], at=at(7))
    assert spans(*story(cut)) == [[("02 13:00", "", "")]]


def test_the_rest_in_a_second_dispatch_ends_it() -> None:
    facts = story(shipped("L-1", "S-2", [("1", "GLV", 3)], at(8)))
    assert spans(*facts) == [[("02 13:00", "02 16:00", "verified")]]


def test_what_no_leg_was_asked_for_no_leg_is_short_of() -> None:
    """Five of ten are allocated, and nobody says what becomes of the others, or said so before: of the leg's own five, three
    leave, and the customer gives up the two."""
    five = [("1", "GLV", 5), ("2", "THM", 4)]
    facts = [
        placed(lines=LINES, at=at()),
        allocated(lines=five, at=at(0.5)),
        released("L-1", five, at(1)),
        shipped("L-1", "S-1", [("1", "GLV", 3), ("2", "THM", 4)], at(5), final=True),
    ]
    assert spans(*facts) == [[("02 13:00", "", "")]]
    assert spans(*facts, cancelled(lines=[("1", "GLV", 2)], at=at(8))) == [[("02 13:00", "02 16:00", "obsolete")]]


def test_a_leg_that_was_asked_for_more_than_was_allocated_is_short_of_it() -> None:
    facts = [
        placed(lines=LINES, at=at()),
        allocated(lines=[("1", "GLV", 5), ("2", "THM", 4)], at=at(0.5)),
        released("L-1", LINES, at(1)),
        shipped("L-1", "S-1", SHORT, at(5), final=True),
    ]
    assert spans(*facts) == [[("02 13:00", "", "")]]


def test_what_waits_for_stock_is_planning_s() -> None:
    """Five of ten are backordered: of the leg's own five, three leave, and two are owed."""
    five = [("1", "GLV", 5), ("2", "THM", 4)]
    facts = [
        placed(lines=LINES, at=at()),
        allocated(lines=five, at=at(0.5)),
        backordered(lines=[("1", "GLV", 5)], at=at(0.6)),
        released("L-1", five, at(1)),
        shipped("L-1", "S-1", [("1", "GLV", 3), ("2", "THM", 4)], at(5), final=True),
    ]
    assert spans(*facts) == [[("02 13:00", "", "")]]
    assert spans(*facts, released("L-7", [("1", "GLV", 5)], at(9)), cancelled(lines=[("1", "GLV", 2)], at=at(8))) == [
        [("02 13:00", "02 16:00", "obsolete")]
    ]
