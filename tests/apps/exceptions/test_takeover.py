"""A refusal lasts until the goods are released again, here or elsewhere, or nobody wants them any more."""

from apps.contracts.facts import StampedFact
from tests.apps.exceptions.judging import at, held, judged
from tests.builders import EAST, WEST, allocated, cancelled, leg_said, placed, planned, released

LINES = [("1", "GLV", 17), ("2", "THM", 4)]
TO_EAST = {"site": "EAST-1", "partner": "east"}


def ordered() -> list[StampedFact]:
    return [placed(lines=LINES, at=at()), allocated(lines=LINES, at=at(0.5))]


def refused(hours: float = 2) -> StampedFact:
    return leg_said("rejected", "L-1", at(hours), source=WEST, order="SO-1")


def spans(*facts: StampedFact) -> list[list[tuple[str, str, str]]]:
    return held(judged(*facts).replayed, "LEG_REJECTED")


def test_another_leg_for_all_of_it_takes_over() -> None:
    again = released("L-4", LINES, at(3), **TO_EAST)
    assert spans(*ordered(), released("L-1", LINES, at(1)), refused(), again) == [[("02 10:00", "02 11:00", "verified")]]


def test_another_leg_for_a_part_of_it_does_not() -> None:
    again = released("L-4", LINES[:1], at(3), **TO_EAST)
    assert spans(*ordered(), released("L-1", LINES, at(1)), refused(), again) == [[("02 10:00", "", "")]]


def test_a_leg_of_which_nobody_has_told_is_taken_over_once_all_of_the_order_is_released() -> None:
    plan = planned("L-1", LINES, at(1), heard=at(5))
    again = released("L-4", LINES, at(3), **TO_EAST)
    assert spans(*ordered(), refused(), again, plan) == [[("02 10:00", "02 11:00", "verified")]]


def test_a_leg_of_which_nobody_has_told_stays_refused_while_some_of_the_order_waits() -> None:
    other = released("L-2", LINES[:1], at(3), **TO_EAST)
    assert spans(*ordered(), refused(), other) == [[("02 10:00", "", "")]]


def test_what_the_customer_has_cancelled_needs_nobody_to_take_it_over() -> None:
    cut = cancelled(lines=[("1", "GLV", None), ("2", "THM", None)], at=at(4))
    facts = [*ordered(), released("L-1", LINES, at(1)), refused(), cut]
    assert spans(*facts) == [[("02 10:00", "02 12:00", "obsolete")]]


def test_the_same_leg_released_again_ends_it() -> None:
    again = released("L-1", LINES, at(6))
    assert spans(*ordered(), released("L-1", LINES, at(1)), refused(), again) == [[("02 10:00", "02 14:00", "verified")]]


def test_a_word_of_another_partner_ends_nothing() -> None:
    taken = leg_said("acknowledged", "L-4", at(3), source=EAST, order="SO-1")
    assert spans(*ordered(), released("L-1", LINES, at(1)), refused(), taken) == [[("02 10:00", "", "")]]


def test_a_clock_that_runs_behind_refuses_nothing_before_it_was_released() -> None:
    """By the partner's clock it refused before the goods were allocated: they are no fresh ones for all that."""
    behind = leg_said("rejected", "L-1", at(0.25), source=WEST, order="SO-1", heard=at(2), recorded=at(2))
    again = released("L-4", LINES, at(3), **TO_EAST)
    assert spans(*ordered(), released("L-1", LINES, at(1)), behind) == [[("02 10:00", "", "")]]
    assert spans(*ordered(), released("L-1", LINES, at(1)), behind, again) == [[("02 10:00", "02 11:00", "verified")]]
