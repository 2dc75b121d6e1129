"""Milestones and leg status, sentence by sentence of CONTRACT.md's State rules."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.contracts.facts import StampedFact
from tests.apps.orders.folding import claimed, folded, leg, shipment
from tests.builders import (
    EAST,
    cancelled,
    delivered,
    failed,
    in_transit,
    leg_said,
    placed,
    planned,
    posted,
    released,
    shipped,
)

TEN = [("1", "GLV", 10)]
ORDER = placed(lines=TEN, at="2026-03-02T08:00Z")
RELEASE = released("L", TEN, at="2026-03-02T09:00Z")


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-02T{time}:00").replace(tzinfo=UTC)


def test_a_milestone_shows_when_it_happened_and_when_we_heard() -> None:
    state = folded(ORDER, released("L", TEN, at="2026-03-02T09:00Z", heard="2026-03-02T09:30Z", id="r-1", position=7))
    moment = leg(state, "L").milestones["released"]
    assert (moment.occurred_at, moment.received_at, moment.claimed_at) == (at("09:00"), at("09:30"), at("09:00"))
    assert (moment.source, moment.message, moment.position, moment.implied) == ("mw", "r-1", 7, False)


def test_the_first_evidence_is_that_of_the_earliest_occurring() -> None:
    state = folded(
        RELEASE,
        leg_said("acknowledged", "L", at="2026-03-02T09:20Z", heard="2026-03-02T09:21Z"),
        leg_said("acknowledged", "L", at="2026-03-02T09:10Z", heard="2026-03-02T11:00Z"),
    )
    moment = leg(state, "L").milestones["acknowledged"]
    assert (moment.occurred_at, moment.received_at) == (at("09:10"), at("11:00"))


def test_a_document_sent_again_is_one_document_the_latest_in_force() -> None:
    state = folded(
        RELEASE,
        shipped("L", "S", [("1", "GLV", 4)], at="2026-03-02T12:00Z"),
        shipped("L", "S", [("1", "GLV", 10)], at="2026-03-02T13:00Z"),
        leg_said("picked", "L", at="2026-03-02T10:00Z", lines=[("1", "GLV", 4)]),
        leg_said("picked", "L", at="2026-03-02T11:00Z", lines=[("1", "GLV", 10)]),
        leg_said("packed", "L", at="2026-03-02T10:30Z"),
        leg_said("packed", "L", at="2026-03-02T11:30Z"),
    )
    assert claimed(leg(state, "L").milestones) == {
        "planned": "implied",
        "released": "09:00",
        "acknowledged": "implied",
        "picked": "11:00",
        "packed": "11:30",
        "shipped": "13:00",
    }


def test_the_first_of_several_shipments_and_deliveries_gives_the_leg_its_milestone() -> None:
    state = folded(
        RELEASE,
        shipped("L", "S2", [("1", "GLV", 4)], at="2026-03-02T13:00Z"),
        shipped("L", "S1", [("1", "GLV", 6)], at="2026-03-02T12:00Z"),
        delivered("S2", at="2026-03-02T18:00Z"),
        delivered("S1", at="2026-03-02T19:00Z"),
    )
    shown = leg(state, "L")
    assert (claimed(shown.milestones)["shipped"], claimed(shown.milestones)["delivered"]) == ("12:00", "18:00")
    assert [each.shipment for each in shown.shipments] == ["S1", "S2"]
    assert claimed(state.milestones) == {"released": "09:00", "shipped": "12:00", "delivered": "18:00"}


def test_a_claim_more_than_a_day_ahead_is_shown_and_not_believed() -> None:
    on_the_edge = leg_said("acknowledged", "L", at="2026-03-03T09:30Z", heard="2026-03-02T09:30Z")
    assert leg(folded(RELEASE, on_the_edge), "L").milestones["acknowledged"].occurred_at == at("09:30") + timedelta(days=1)
    beyond = leg_said("acknowledged", "L", at="2026-03-03T09:30:00.000001Z", heard="2026-03-02T09:30Z")
    moment = leg(folded(RELEASE, beyond), "L").milestones["acknowledged"]
    assert (moment.occurred_at, moment.received_at) == (None, at("09:30"))
    assert moment.claimed_at == datetime(2026, 3, 3, 9, 30, 0, 1, UTC)
    assert not moment.implied


def test_a_believed_claim_is_first_evidence_before_one_that_is_not() -> None:
    state = folded(
        leg_said("acknowledged", "L", at="2026-03-04T09:00Z", heard="2026-03-02T09:00Z"),
        leg_said("acknowledged", "L", at="2026-03-05T09:00Z", heard="2026-03-05T09:00Z"),
    )
    moment = leg(state, "L", None).milestones["acknowledged"]
    assert moment.occurred_at == datetime(2026, 3, 5, 9, tzinfo=UTC)


def test_clock_skew_is_left_as_claimed() -> None:
    state = folded(
        RELEASE,
        shipped("L", "S", TEN, at="2026-03-02T07:00Z", heard="2026-03-02T12:00Z"),
        delivered("S", at="2026-03-02T06:00Z", heard="2026-03-02T13:00Z"),
    )
    shown = claimed(leg(state, "L").milestones)
    assert (shown["released"], shown["shipped"], shown["delivered"]) == ("09:00", "07:00", "06:00")
    assert leg(state, "L").status == "delivered"


def test_later_evidence_implies_the_earlier_milestones_and_no_quantities() -> None:
    state = folded(ORDER, shipped("L", "S", [("1", "GLV", 4)], at="2026-03-02T12:00Z", final=True))
    shown = leg(state, "L", None)
    assert claimed(shown.milestones) == {
        **dict.fromkeys(("planned", "released", "acknowledged", "picked", "packed"), "implied"),
        "shipped": "12:00",
    }
    quantities = state.lines[0].quantities
    assert (quantities.released, quantities.picked, quantities.shipped) == (0, 0, 4)


@pytest.mark.parametrize("word", [in_transit, failed, delivered])
def test_what_a_carrier_says_implies_that_the_shipment_left(word: type) -> None:
    state = folded(RELEASE, word("S", at="2026-03-02T12:00Z", leg="L"))
    shown = leg(state, "L")
    assert shown.status == "partially_shipped"
    assert shown.milestones["shipped"].implied
    assert shipment(state, "S", None).shipped.implied
    assert state.money == "not_posted"


def test_a_posting_alone_implies_no_dispatch() -> None:
    state = folded(ORDER, RELEASE, posted("S", at="2026-03-02T12:00Z", order="SO-1"))
    assert (state.money, state.status, leg(state, "L").status) == ("none", "released", "released")
    assert shipment(state, "S", None).posted.posting == "P-1"
    assert [each.shipment for each in state.loose_shipments] == ["S"]


PLAN = planned("L", TEN, at="2026-03-02T08:30Z")
FOUR, SIX = [("1", "GLV", 4)], [("1", "GLV", 6)]


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ([PLAN], "planned"),
        ([PLAN, RELEASE], "released"),
        ([leg_said("acknowledged", "L")], "acknowledged"),
        ([leg_said("picked", "L"), leg_said("acknowledged", "L")], "picked"),
        ([leg_said("packed", "L"), RELEASE], "packed"),
        ([leg_said("problem", "L", code="short_pick")], "planned"),
        ([RELEASE, shipped("L", "S", FOUR)], "partially_shipped"),
        ([RELEASE, shipped("L", "S", FOUR, final=True)], "shipped"),
        ([RELEASE, shipped("L", "S", FOUR), shipped("L", "S2", SIX)], "shipped"),
        ([RELEASE, shipped("L", "S", [("1", "GLV", 11)])], "shipped"),
        # with a release the plan does not count, without one it does; with neither only `final` completes
        ([planned("L", FOUR), RELEASE, shipped("L", "S", FOUR)], "partially_shipped"),
        ([PLAN, shipped("L", "S", TEN)], "shipped"),
        ([PLAN, shipped("L", "S", FOUR)], "partially_shipped"),
        ([released("L", []), PLAN, shipped("L", "S", FOUR)], "partially_shipped"),
        ([shipped("L", "S", TEN)], "partially_shipped"),
        ([shipped("L", "S", TEN, final=True)], "shipped"),
        ([shipped("L", "S", TEN, final=True), delivered("S")], "delivered"),
        ([RELEASE, shipped("L", "S", FOUR), delivered("S")], "partially_shipped"),
        ([RELEASE, shipped("L", "S", FOUR), shipped("L", "S2", SIX), delivered("S")], "shipped"),
        ([RELEASE, shipped("L", "S", FOUR), shipped("L", "S2", SIX), delivered("S"), delivered("S2")], "delivered"),
        ([RELEASE, shipped("L", "S", TEN), failed("S")], "shipped"),
        # a shipment corrected to nothing never left
        (
            [
                RELEASE,
                shipped("L", "S", TEN, at="2026-03-02T12:00Z"),
                shipped("L", "S", [("1", "GLV", 0)], at="2026-03-02T13:00Z"),
            ],
            "released",
        ),
        # one shipment without lines left, with quantities that nobody knows
        ([RELEASE, shipped("L", "S", [])], "partially_shipped"),
    ],
)
def test_leg_status_tests_completeness(facts: list[StampedFact], status: str) -> None:
    (only,) = folded(ORDER, *facts).legs
    assert only.status == status


REJECTION = leg_said("rejected", "L", at="2026-03-02T10:00Z", reason="no stock")
CANCELLATION = leg_said("cancelled", "L", at="2026-03-02T11:00Z")


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ([REJECTION], "rejected"),
        ([RELEASE, REJECTION], "rejected"),
        ([released("L", TEN, at="2026-03-02T10:30Z"), REJECTION], "released"),
        ([RELEASE, released("L", TEN, at="2026-03-02T10:30Z"), REJECTION, leg_said("acknowledged", "L")], "acknowledged"),
        ([RELEASE, CANCELLATION], "cancelled"),
        ([RELEASE, REJECTION, CANCELLATION], "cancelled"),
        ([RELEASE, leg_said("rejected", "L", at="2026-03-02T12:00Z"), CANCELLATION], "rejected"),
        ([released("L", TEN, at="2026-03-02T12:00Z"), CANCELLATION], "released"),
        ([RELEASE, REJECTION, shipped("L", "S", TEN, at="2026-03-02T08:00Z")], "shipped"),
        ([RELEASE, CANCELLATION, shipped("L", "S", FOUR, at="2026-03-02T08:00Z")], "partially_shipped"),
        ([RELEASE, REJECTION, leg_said("picked", "L", at="2026-03-02T12:00Z")], "rejected"),
    ],
)
def test_shipping_beats_rejection_and_cancellation_else_the_later_word_holds(facts: list[StampedFact], status: str) -> None:
    assert folded(ORDER, *facts).legs[0].status == status


def test_an_unshipped_rejected_or_cancelled_leg_counts_nothing_as_released() -> None:
    other = released("M", [("1", "GLV", 3)], at="2026-03-02T10:30Z")
    assert folded(ORDER, RELEASE, REJECTION, other).lines[0].quantities.released == 3
    assert folded(ORDER, RELEASE, CANCELLATION, other).lines[0].quantities.released == 3
    left = folded(ORDER, RELEASE, REJECTION, other, shipped("L", "S", FOUR))
    assert left.lines[0].quantities.released == 13


def test_an_ended_leg_still_shows_what_was_asked_of_it_and_why_it_ended() -> None:
    shown = leg(folded(ORDER, RELEASE, REJECTION), "L")
    assert [(each.line, each.quantity) for each in shown.lines] == [("1", 10)]
    assert shown.rejected_reason == "no stock"
    assert claimed(shown.milestones) == {"planned": "implied", "released": "09:00", "rejected": "10:00"}


def test_a_shipment_with_several_tracking_numbers_is_delivered_when_all_are() -> None:
    facts = [RELEASE, shipped("L", "S", TEN, at="2026-03-02T12:00Z", tracking=["T1", "T2"])]
    facts.append(delivered(tracking="T1", at="2026-03-02T15:00Z"))
    assert leg(folded(*facts), "L").status == "shipped"
    facts.append(delivered("S", tracking="T1", at="2026-03-02T15:30Z"))
    assert leg(folded(*facts), "L").status == "shipped"
    both = folded(*facts, delivered(tracking="T2", at="2026-03-02T14:00Z"))
    assert (leg(both, "L").status, shipment(both, "S").delivered.occurred_at) == ("delivered", at("15:00"))
    whole = folded(*facts, delivered("S", at="2026-03-02T16:00Z"))
    assert (leg(whole, "L").status, shipment(whole, "S").delivered.occurred_at) == ("delivered", at("16:00"))


def test_problems_and_failures_are_kept_with_their_reasons() -> None:
    state = folded(
        RELEASE,
        leg_said("problem", "L", at="2026-03-02T10:00Z", source=EAST, code="damaged", reason="wet"),
        leg_said("problem", "L", at="2026-03-02T09:30Z", code="hold"),
        shipped("L", "S", TEN, at="2026-03-02T12:00Z"),
        failed("S", at="2026-03-02T17:00Z", reason="closed"),
    )
    assert [(each.code, each.reason) for each in leg(state, "L").problems] == [("hold", None), ("damaged", "wet")]
    assert shipment(state, "S").failed_reason == "closed"
    assert shipment(state, "S").failed.occurred_at == at("17:00")


def test_the_orders_milestone_cancelled_is_of_the_whole_order() -> None:
    part = cancelled(at="2026-03-02T09:00Z", lines=[("1", None, 4)])
    rest = cancelled(at="2026-03-02T10:00Z", lines=[("1", None, 6)])
    assert claimed(folded(ORDER, part).milestones) == {"placed": "08:00"}
    assert claimed(folded(ORDER, part, rest).milestones) == {"placed": "08:00", "cancelled": "10:00"}
    assert claimed(folded(ORDER, part, cancelled(at="2026-03-02T09:30Z")).milestones)["cancelled"] == "09:30"


def test_the_orders_first_evidence_is_a_believed_one_where_there_is_any() -> None:
    state = folded(
        shipped("L", "S1", FOUR, at="2026-03-04T09:00Z", heard="2026-03-02T09:00Z"),
        shipped("M", "S2", SIX, at="2026-03-05T09:00Z"),
    )
    assert state.milestones["shipped"].occurred_at == datetime(2026, 3, 5, 9, tzinfo=UTC)
