"""What an order tells of the stop milestones that are sent, besides its clocks."""

import random

from hypothesis import given
from hypothesis import strategies as st

from apps.contracts.facts import StampedFact
from apps.sla.sent import sent_besides
from tests.apps.exceptions.judging import at, judged
from tests.builders import allocated, delivered, leg_said, placed, released, shipped

LINES = [("1", "GLV", 10)]
PLACED, RELEASED = placed(lines=LINES, at=at()), released("L-1", LINES, at(1))
LEFT = shipped("L-1", "S-1", LINES, at(5), final=True)


def sent(*facts: StampedFact) -> set[tuple[str, str]]:
    found = judged(*facts)
    return set(sent_besides(found.state, found.facts, found.clocks))


def test_a_departure_that_nobody_promised_tells_that_the_partner_reports_departures() -> None:
    assert sent(PLACED, RELEASED) == {("release", "")}
    assert sent(PLACED, RELEASED, LEFT) == {("release", ""), ("ship", "west")}
    assert sent(PLACED, RELEASED, shipped("L-1", "S-1", [("1", "GLV", 3)], at(5))) == {("release", ""), ("ship", "west")}


def test_what_a_clock_says_is_not_said_twice() -> None:
    promised = released("L-1", LINES, at(1), ship_by=at(9).isoformat())
    assert sent(PLACED, allocated(lines=LINES, at=at(0.5)), promised, LEFT) == {("allocate", "")}
    assert sent(PLACED, RELEASED, leg_said("acknowledged", "L-1", at(2))) == {("release", "")}


def test_what_is_implied_was_not_sent_and_whose_leg_it_is_must_be_known() -> None:
    assert sent(PLACED, RELEASED, LEFT, delivered("S-1", at(9))) == {("release", ""), ("ship", "west"), ("deliver", "")}
    assert sent(PLACED, LEFT) == set()


@given(st.randoms(use_true_random=False))
def test_in_whatever_order_it_is_told(chance: random.Random) -> None:
    facts = [PLACED, RELEASED, LEFT, leg_said("cancelled", "L-2", at(3)), released("L-2", LINES, at(2), partner="east")]
    chance.shuffle(facts)
    assert sent(*facts) == {("release", ""), ("ship", "west"), ("confirm_cancellation", "east")}
