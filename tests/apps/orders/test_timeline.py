"""The timeline: every fact once, in the order in which it happened, with what is odd about it."""

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.contracts.facts import FACTS, Customer, Money, StampedFact
from apps.orders.sentences import Cast, sentence
from apps.orders.state import LegState, Moment, OrderState
from apps.orders.timeline import TimelineRow, timeline
from tests import builders as b
from tests.builders import instant

NOW = instant("2026-03-09T12:00:00Z")


def at(hour: int, day: int = 2) -> str:
    return f"2026-03-{day:02}T{hour:02}:00:00Z"


def state(*legs: LegState, issuer: str | None = b.OMS, **fields: object) -> OrderState:
    return OrderState(**{"order": "SO-1", "issuer": issuer, "status": "placed", "money": "none", "legs": legs, **fields})


def leg(name: str = "L1", **fields: object) -> LegState:
    return LegState(**{"leg": name, "issuer": b.MIDDLEWARE, "status": "released", "partner": "west", **fields})


def told(moment: str, source: str = b.WEST) -> Moment:
    return Moment(occurred_at=instant(moment), received_at=instant(moment), claimed_at=instant(moment), source=source)


def rows(*facts: StampedFact, of: OrderState | None = None, now: datetime = NOW) -> tuple[TimelineRow, ...]:
    return timeline(of or state(leg()), facts, now=now)


def flags(*facts: StampedFact, of: OrderState | None = None) -> dict[str, tuple[str, ...]]:
    return {row.message: row.flags for row in rows(*facts, of=of) if row.message}


def test_a_row_has_both_times_and_leads_to_its_message() -> None:
    fact = b.shipped(
        "L1", "S1", [("GLV", 40)], at(15), heard=at(20), id="m1", position=7, carrier="UPS", tracking=["1Z9"], final=True
    )
    assert rows(fact) == (
        TimelineRow(
            lane="leg:L1",
            name="leg.shipped",
            text="west shipped 40 GLV on shipment S1, UPS 1Z9, the last of this leg.",
            occurred_at=instant(at(15)),
            received_at=instant(at(20)),
            claimed_at=instant(at(15)),
            source=b.WEST,
            message="m1",
            position=7,
        ),
    )


def test_rows_stand_by_claimed_time_then_id() -> None:
    facts = [
        b.validated(at=at(9), id="c"),
        b.placed(at=at(8), id="z"),
        b.leg_said("acknowledged", "L1", at(9), id="b", source="a-source"),
        b.leg_said("acknowledged", "L2", at(9), id="a", source="b-source"),
    ]
    assert [row.message for row in rows(*facts)] == ["z", "b", "a", "c"]


@pytest.mark.parametrize(
    ("fact", "lane"),
    [
        (b.placed(), "oms"),
        (b.changed(), "oms"),
        (b.cancelled(), "oms"),
        (b.validated(source=b.OMS), "oms"),
        (b.validated(source=b.ERP), "erp"),
        (b.held(source=b.ERP), "erp"),
        (b.allocated(), "erp"),
        (b.backordered(), "erp"),
        (b.planned("L1"), "middleware"),
        (b.released("L1"), "leg:L1"),
        (b.leg_said("picked", "L1"), "leg:L1"),
        (b.shipped("L1", "S1"), "leg:L1"),
        (b.in_transit("S1"), "carrier"),
        (b.delivered("S1"), "carrier"),
        (b.posted("S1"), "erp"),
        (b.posting_failed(), "erp"),
        (b.invoice("issued", "I1"), "erp"),
        (b.returned("authorized", "R1"), "oms"),
        (b.returned("received", "R1", source=b.WEST), "leg:L1"),
        (b.returned("received", "R1", source=b.EAST), "oms"),
        (b.returned("credited", "R1"), "erp"),
        (b.said("message.failed", source=b.MIDDLEWARE, message="M1", flow="940"), "middleware"),
    ],
)
def test_lanes(fact: StampedFact, lane: str) -> None:
    of = state(leg(milestones={"acknowledged": told(at(9))}))
    assert [row.lane for row in rows(fact, of=of) if row.message] == [lane]


def test_the_same_document_again_is_a_duplicate() -> None:
    lines = [("GLV", 40)]
    assert flags(
        b.shipped("L1", "S1", lines, at(10), id="1"),
        b.shipped("L1", "S1", lines, at(11), id="2"),
        b.leg_said("acknowledged", "L1", at(8), id="3"),
        b.leg_said("acknowledged", "L1", at(8), heard=at(12), id="4"),
    ) == {"1": (), "2": ("duplicate",), "3": (), "4": ("duplicate",)}


def test_what_adds_up_or_may_come_twice_is_no_duplicate() -> None:
    lines = [("1", "GLV", 5)]
    assert flags(
        b.allocated(lines=lines, at=at(8), id="1"),
        b.allocated(lines=lines, at=at(9), id="2"),
        b.in_transit("S1", at(10), id="3"),
        b.in_transit("S1", at(11), id="4"),
    ) == {"1": (), "2": (), "3": (), "4": ()}


def test_a_document_with_a_later_word_is_corrected() -> None:
    assert flags(
        b.shipped("L1", "S1", [("GLV", 40)], at(10), id="1"),
        b.shipped("L1", "S1", [("GLV", 39)], at(11), id="2"),
        b.shipped("L1", "S2", [("GLV", 1)], at(9), id="3"),
        b.leg_said("picked", "L1", at(8), lines=[("GLV", 40)], id="4"),
        b.invoice("issued", "I1", at(12), amount=b.number(5), id="5"),
        b.invoice("issued", "I1", at(13), amount=b.number(6), id="6"),
    ) == {"1": ("corrected",), "2": (), "3": (), "4": (), "5": ("corrected",), "6": ()}


def test_sequence_decides_which_word_is_later() -> None:
    assert flags(
        b.shipped("L1", "S1", [("GLV", 40)], at(10), id="1", sequence=2),
        b.shipped("L1", "S1", [("GLV", 39)], at(11), id="2", sequence=1),
    ) == {"1": (), "2": ("corrected",)}


def test_releases_of_one_leg_add_up_by_their_references() -> None:
    first = b.released("L1", [("GLV", 10)], at(8), id="1", refs=[("release", "RL-1")])
    second = b.released("L1", [("GLV", 5)], at(9), id="2", refs=[("release", "RL-2")])
    again = b.released("L1", [("GLV", 6)], at(10), id="3", refs=[("release", "RL-2")])
    assert flags(first, second, again) == {"1": (), "2": ("corrected",), "3": ()}


def test_what_happened_before_something_heard_already_is_out_of_order() -> None:
    assert flags(
        b.leg_said("picked", "L1", at(10), id="1"),
        b.leg_said("acknowledged", "L1", at(9), heard=at(11), id="2"),
        b.leg_said("acknowledged", "L2", at(9), heard=at(11), id="3"),
        b.leg_said("packed", "L1", at(11), heard=at(12), id="4"),
    ) == {"1": (), "2": ("out_of_order",), "3": (), "4": ()}


def test_what_is_heard_at_once_is_in_order() -> None:
    assert flags(
        b.leg_said("picked", "L1", at(10), heard=at(12), id="1"), b.leg_said("acknowledged", "L1", at(9), heard=at(12), id="2")
    ) == {"1": (), "2": ()}


def test_a_claim_far_in_the_future_is_kept_and_not_believed() -> None:
    future = b.leg_said("acknowledged", "L1", at(9, day=4), heard=at(8), id="1")
    near = b.leg_said("picked", "L1", at(8, day=3), heard=at(8), id="2")
    shown = {row.message: row for row in rows(future, near, b.leg_said("packed", "L1", at(9), id="3"))}
    assert (shown["1"].flags, shown["1"].occurred_at, shown["1"].claimed_at) == (("future",), None, instant(at(9, day=4)))
    assert (shown["2"].flags, shown["2"].occurred_at) == ((), instant(at(8, day=3)))
    assert shown["3"].flags == ("out_of_order",)


def test_implied_milestones_stand_before_their_evidence() -> None:
    implied = Moment(implied=True)
    worked = leg(milestones={"released": told(at(8)), "acknowledged": implied, "picked": implied, "shipped": told(at(10))})
    facts = [b.released("L1", at=at(8)), b.shipped("L1", "S1", at=at(10)), b.validated(at=at(9))]
    shown = rows(*facts, of=state(worked))
    assert [row.name for row in shown] == ["leg.released", "order.validated", "leg.acknowledged", "leg.picked", "leg.shipped"]
    assert shown[2] == TimelineRow(
        lane="leg:L1",
        name="leg.acknowledged",
        text="west must have acknowledged leg L1: a later step was told, this one was not.",
        flags=("implied",),
    )


def test_what_is_owed_stands_at_its_due_time() -> None:
    owing = state(
        leg(ship_by="2026-03-08", ship_by_at=instant(at(0, day=9))),
        leg("L2", status="shipped", ship_by="2026-03-08", ship_by_at=instant(at(0, day=9))),
        promised_date="2026-03-10",
        promised_until=instant(at(0, day=11)),
    )
    assert [(row.lane, row.name, row.text, row.due_at, row.flags) for row in rows(of=owing)] == [
        ("leg:L1", "leg.shipped", "west is to ship leg L1 by 2026-03-08.", instant(at(0, day=9)), ("expected", "overdue")),
        ("carrier", "shipment.delivered", "The whole order is promised for 2026-03-10.", instant(at(0, day=11)), ("expected",)),
    ]


@pytest.mark.parametrize("fields", [{"is_closed": True}, {"completed_at": NOW}])
def test_nothing_is_owed_of_an_order_that_is_done(fields: dict[str, object]) -> None:
    owing = state(leg(ship_by="2026-03-08", ship_by_at=NOW), promised_date="2026-03-08", promised_until=NOW, **fields)
    assert rows(of=owing) == ()


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_rows(hours: list[int], shuffle: random.Random) -> None:
    lines = [("GLV", 40)]
    facts = [
        b.shipped("L1", f"S{hour % 2}", lines, at(hour), heard=at(hour) if hour % 3 else at(23), id=f"m{number}")
        for number, hour in enumerate(hours)
    ]
    shuffled = [*facts, facts[0]]
    shuffle.shuffle(shuffled)
    assert rows(*shuffled) == rows(*facts)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (
            b.placed(
                lines=[("1", "GLV", 40), ("2", "SYR", "2.50")],
                customer=Customer(name="Meridian"),
                promised_date="2026-03-05",
            ),
            "Meridian ordered 40 GLV and 2.5 SYR, promised for 2026-03-05.",
        ),
        (b.placed(), "The customer placed an order whose lines are not known yet."),
        (
            b.placed(lines=[(str(number), f"SKU-{number}", 1000) for number in range(6)]),
            "The customer ordered 1,000 SKU-0, 1,000 SKU-1, 1,000 SKU-2 and 3 more lines.",
        ),
        (b.validated(), "The order was checked and accepted."),
        (b.rejected(reason="No such customer."), "The order was rejected: No such customer."),
        (b.changed(lines=[("1", "GLV", 1)], revision=3), "The order was changed to 1 GLV (revision 3)."),
        (b.cancelled(reason="by phone"), "The whole order was cancelled: by phone."),
        (b.cancelled(lines=[("1", None, None), (None, "GLV", 2)]), "Cancelled: all of line 1 and 2 of GLV."),
        (b.held(hold="credit", reason="limit"), "The order was put on hold credit: limit."),
        (b.hold_released(hold="credit"), "Hold credit was released."),
        (b.allocated(lines=[("1", "GLV", 5)]), "5 GLV allocated."),
        (
            b.allocated(lines=[("1", "GLV", 5), ("2", "SYR", -2)]),
            "5 GLV allocated and the allocation of 2 SYR taken back.",
        ),
        (b.backordered(lines=[("1", "GLV", 5, "2026-03-09")]), "On backorder: 5 GLV, expected 2026-03-09."),
        (b.planned("L1", [("GLV", 5)]), "Leg L1 was planned: west ships 5 GLV from WEST-1."),
        (
            b.released("L1", [("GLV", 5)], ship_by="2026-03-03"),
            "5 GLV released to west at WEST-1 as leg L1, to ship by 2026-03-03.",
        ),
        (
            b.released("L1", [("GLV", 5)], ship_by="2026-03-03T16:00:29+01:00"),
            "5 GLV released to west at WEST-1 as leg L1, to ship by 2026-03-03 15:00 UTC.",
        ),
        (b.leg_said("acknowledged", "L1"), "west acknowledged leg L1."),
        (b.leg_said("acknowledged", "L9"), "The warehouse acknowledged leg L9."),
        (b.leg_said("rejected", "L1"), "west refused leg L1: no stock."),
        (b.leg_said("picked", "L1"), "west picked leg L1."),
        (b.leg_said("packed", "L1", lines=[("GLV", 5)], packages=1), "west packed 5 GLV into 1 package."),
        (
            b.shipped("L1", "S1", [("GLV", 5)], packages=2, tracking=["A", "B"]),
            "west shipped 5 GLV on shipment S1, A and B, 2 packages.",
        ),
        (
            b.leg_said("problem", "L1", code="damaged", reason="wet", lines=[("GLV", 1)]),
            "west reports a problem with leg L1, damaged (1 GLV): wet.",
        ),
        (b.leg_said("cancelled", "L1"), "west cancelled leg L1."),
        (b.in_transit("S1", location="Denver"), "Shipment S1 is on its way, seen at Denver."),
        (b.delivered(tracking="1Z9", signed_by="Ann"), "Parcel 1Z9 was delivered, signed by Ann."),
        (b.failed("S1", reason="nobody home"), "Shipment S1 could not be delivered: nobody home."),
        (b.posted("S1", "P1", amount=Money(b.number("1200.5"), "USD")), "Shipment S1 was posted as P1, 1,200.5 USD."),
        (
            b.posting_failed(shipment="S1", attempt=2),
            "Posting (shipment) of shipment S1 failed, attempt 2: E1, period closed.",
        ),
        (b.invoice("issued", "I1", shipments=["S1", "S2"]), "Invoice I1 was issued for shipment S1 and S2."),
        (b.invoice("held", "I1", reason="price"), "Invoice I1 was held: price."),
        (b.invoice("released", "I1"), "Invoice I1 was released."),
        (b.invoice("credited", "I1", amount=b.number(10)), "Invoice I1 was credited, 10."),
        (b.returned("authorized", "R1", lines=[("GLV", 1)]), "Return R1 of 1 GLV was authorized."),
        (b.returned("received", "R1", condition="opened"), "Return R1 was received in condition opened."),
        (b.returned("credited", "R1"), "Return R1 was credited."),
        (
            b.said("message.dead_lettered", source="mw", message="M1", flow="940", partner="west", attempt=5, error="timeout"),
            "Message M1 of flow 940 for west was given up and lies among the dead letters (attempt 5): timeout.",
        ),
    ],
)
def test_sentences(fact: StampedFact, text: str) -> None:
    assert sentence(fact.fact, Cast.of(state(leg()))) == text


def test_every_fact_that_can_belong_to_an_order_has_a_sentence_of_its_own() -> None:
    without = {name for name, kind in FACTS.items() if sentence.dispatch(kind) is sentence.dispatch(object)}
    expected = {name for name in FACTS if name.split(".")[0] in {"inventory", "transfer", "queue", "circuit"}}
    assert without == expected


def test_times_are_kept_to_the_microsecond() -> None:
    moment = instant(at(8)) + timedelta(microseconds=1)
    assert rows(b.placed(at=moment, refs=[("po", "P")]))[0].occurred_at == moment
