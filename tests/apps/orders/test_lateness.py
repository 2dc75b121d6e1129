"""Late, overdue and shipped late: what depends on now, to the microsecond."""

from datetime import UTC, datetime

import pytest

from apps.contracts.facts import StampedFact
from apps.orders.lateness import is_late, is_late_row, leg_is_overdue, shipped_late
from tests.apps.orders.folding import folded, leg
from tests.builders import cancelled, delivered, leg_said, placed, rejected, released, shipped

TEN = [("1", "GLV", 10)]
PLACED = placed(lines=TEN, promised_date="2026-03-05")
SHIPPED = shipped("L", "S", TEN, at="2026-03-03T12:00Z")


def time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "now", "late"),
    [
        ([PLACED], "2026-03-05T23:59:59.999999", False),
        ([PLACED], "2026-03-06T00:00:00", True),
        ([PLACED, SHIPPED], "2026-03-06T00:00:00", True),
        ([PLACED, SHIPPED, delivered("S", at="2026-03-05T23:59:59Z")], "2026-05-01T00:00:00", False),
        ([PLACED, SHIPPED, delivered("S", at="2026-03-06T00:00:00Z")], "2026-03-05T00:00:00", True),
        ([placed(lines=TEN, promised_date="2026-03-05T12:00:00Z")], "2026-03-05T12:00:00", False),
        ([placed(lines=TEN, promised_date="2026-03-05T12:00:00Z")], "2026-03-05T12:00:00.000001", True),
        ([PLACED, cancelled()], "2026-05-01T00:00:00", False),
        ([PLACED, rejected()], "2026-05-01T00:00:00", False),
        ([PLACED, cancelled(), SHIPPED], "2026-05-01T00:00:00", True),
        ([placed(lines=TEN)], "2026-05-01T00:00:00", False),
        # delivered in time but for a part: late until the rest is there or cancelled
        ([PLACED, shipped("L", "S", [("1", "GLV", 4)]), delivered("S")], "2026-03-06T00:00:00", True),
        (
            [PLACED, shipped("L", "S", [("1", "GLV", 4)]), delivered("S"), cancelled(lines=[("1", None, 6)])],
            "2026-03-06T00:00:00",
            False,
        ),
    ],
)
def test_late_is_a_promise_passed_or_kept_too_late(facts: list[StampedFact], now: str, late: bool) -> None:
    state = folded(*facts)
    assert is_late(state, time(now)) is late
    assert is_late_row(state, time(now)) is late


RELEASED = released("L", TEN, ship_by="2026-03-03T12:00:00Z")


@pytest.mark.parametrize(
    ("facts", "now", "overdue"),
    [
        ([RELEASED], "2026-03-03T12:00:00", False),
        ([RELEASED], "2026-03-03T12:00:01", True),
        ([RELEASED, shipped("L", "S", [("1", "GLV", 4)])], "2026-03-03T12:00:01", True),
        ([RELEASED, shipped("L", "S", [("1", "GLV", 4)], final=True)], "2026-03-03T12:00:01", False),
        ([RELEASED, shipped("L", "S", TEN), delivered("S")], "2026-03-03T12:00:01", False),
        ([RELEASED, leg_said("rejected", "L", at="2026-03-02T09:00Z")], "2026-03-03T12:00:01", False),
        ([RELEASED, leg_said("cancelled", "L", at="2026-03-02T09:00Z")], "2026-03-03T12:00:01", False),
        ([released("L", TEN)], "2027-03-03T12:00:01", False),
    ],
)
def test_a_leg_is_overdue_while_something_of_it_should_have_left(facts: list[StampedFact], now: str, overdue: bool) -> None:
    assert leg_is_overdue(leg(folded(*facts), "L"), time(now)) is overdue


@pytest.mark.parametrize(
    ("facts", "late"),
    [
        ([RELEASED], False),
        ([RELEASED, shipped("L", "S", TEN, at="2026-03-03T12:00:00Z")], False),
        ([RELEASED, shipped("L", "S", TEN, at="2026-03-03T12:00:01Z")], True),
        ([RELEASED, shipped("L", "S", TEN, at="2026-03-03T11:00Z"), shipped("L", "S2", TEN, at="2026-03-04T11:00Z")], True),
        ([RELEASED, delivered("S", leg="L", at="2026-03-09T11:00Z")], False),
        ([released("L", TEN), shipped("L", "S", TEN, at="2026-03-03T12:00:01Z")], False),
    ],
)
def test_shipped_late_is_something_that_left_after_its_ship_by(facts: list[StampedFact], late: bool) -> None:
    assert shipped_late(leg(folded(*facts), "L")) is late
