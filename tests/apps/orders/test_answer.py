"""What to tell the customer, sentence by sentence. Stories are folded from facts, as the page has them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from apps.contracts.facts import Customer, Money, OrderLine, OrderPlaced, StampedFact
from apps.orders.answer import Answer, what_to_tell
from apps.orders.fold import fold
from apps.orders.state import ConflictState, OrderState
from tests import builders as b
from tests.builders import instant, number

# A Thursday; New York is four hours behind.
NOW = instant("2026-05-14T18:00:00Z")
NEW_YORK = ZoneInfo("America/New_York")
CHICAGO = {"partner": "Polaris", "site": "Chicago"}
ATLANTA = {"partner": "NorthStar", "site": "Atlanta"}
VACCINE, GLOVES = [("2", "VAC", 12)], [("1", "GLV", 40)]
NEXT = "Next update by 17:00 today."


def may(day: int, hour: int = 12) -> str:
    return f"2026-05-{day:02}T{hour:02}:00:00Z"


def order(promised: str | None = "2026-05-20", **more: object) -> StampedFact:
    lines = (
        OrderLine(line="1", sku="GLV", quantity=number(40), description="nitrile gloves"),
        OrderLine(line="2", sku="VAC", quantity=number(12), unit_price=Money(number(99), "USD")),
    )
    fact = OrderPlaced(order="SO-1", lines=lines, promised_date=promised, customer=Customer(id="C-7", name="Meridian"), **more)
    return StampedFact("order.placed", b.said("order.validated", source=b.OMS, at=may(12, 13), order="SO-1").stamp, fact)


def north(at: int = 12, **more: object) -> StampedFact:
    return b.released("L1", GLOVES, may(at), **{**ATLANTA, "ship_by": "2026-05-15T16:00:00Z", **more})


def polaris(at: int = 13, **more: object) -> StampedFact:
    return b.released("L2", VACCINE, may(at), **{**CHICAGO, "ship_by": "2026-05-15", **more})


def left(leg: str = "L1", shipment: str = "S1", lines: object = GLOVES, at: int = 14, **more: object) -> StampedFact:
    return b.shipped(leg, shipment, lines, may(at), **{"carrier": "UPS", "tracking": [f"1Z{shipment}"], "final": True, **more})  # type: ignore[arg-type]


def fold_of(*facts: StampedFact, **more: object) -> OrderState:
    return fold("SO-1", b.OMS, facts, **{"zones": {}, "default_zone": "UTC", "default_currency": "USD", **more})  # type: ignore[arg-type]


def answer(*facts: StampedFact, now: datetime = NOW, **more: object) -> Answer:
    return what_to_tell(fold_of(*facts, **more), now=now, zone=NEW_YORK)


def test_placed_only() -> None:
    assert answer(order()) == Answer(
        "on_time",
        (
            "We received the order on 12 May.",
            "It has not been given to a warehouse yet.",
            "It is promised for 20 May.",
        ),
    )


def test_both_legs_are_being_prepared() -> None:
    assert answer(order(), north(), polaris()) == Answer(
        "on_time",
        (
            "NorthStar in Atlanta is preparing 40 nitrile gloves, to leave by 12:00 tomorrow.",
            "Polaris in Chicago is preparing 12 VAC, to leave by tomorrow.",
            "It is promised for 20 May.",
        ),
    )


def test_a_planned_leg() -> None:
    assert answer(order(promised=None), b.planned("L1", GLOVES, may(13), **ATLANTA)).sentences == (
        "NorthStar in Atlanta is to ship 40 nitrile gloves.",
    )


def test_partly_shipped_and_the_rest_overdue() -> None:
    late = polaris(ship_by="2026-05-14T16:00:00Z")
    assert answer(order(promised="2026-05-15"), north(), late, left()) == Answer(
        "at_risk",
        (
            "NorthStar in Atlanta shipped 40 nitrile gloves today (UPS 1ZS1).",
            "Polaris in Chicago still has 12 VAC, asked for yesterday, and should have shipped by 12:00 today.",
            "It is promised for tomorrow, and that is at risk.",
            "Our partner operations team works on it.",
            NEXT,
        ),
    )


def test_late_with_part_delivered() -> None:
    facts = [order(promised="2026-05-12"), north(), polaris(), left(at=12), b.delivered("S1", may(13))]
    assert answer(*facts) == Answer(
        "late",
        (
            "40 nitrile gloves arrived yesterday (UPS 1ZS1).",
            "Polaris in Chicago is preparing 12 VAC, to leave by tomorrow.",
            "It was promised for 12 May and is 2 days late.",
            "Our customer service team works on it.",
            NEXT,
        ),
    )


def test_on_the_way() -> None:
    seen = b.in_transit("S1", may(14, 17))
    facts = [order(), north(), left(at=13), seen]
    assert answer(*facts).sentences[0] == (
        "NorthStar in Atlanta shipped 40 nitrile gloves yesterday (UPS 1ZS1), last seen on the way today."
    )


def everything(*days: int) -> list[StampedFact]:
    first, second = days
    return [
        order(promised="2026-05-12"),
        north(),
        polaris(),
        left(at=12),
        left("L2", "S2", VACCINE, 12, source=b.EAST),
        b.delivered("S1", may(first)),
        b.delivered("S2", may(second)),
    ]


def test_all_delivered_in_time() -> None:
    assert answer(*everything(12, 12)) == Answer("delivered", ("Everything was delivered, the last part on 12 May.",))


def test_delivered_late() -> None:
    assert answer(*everything(12, 14)) == Answer(
        "delivered",
        (
            "Everything was delivered, the last part today.",
            "That was 2 days later than promised (for 12 May).",
        ),
    )


def test_one_parcel_delivered_and_a_return_on_its_way() -> None:
    facts = [
        b.placed(lines=[("1", "GLV", 40)], at=may(11)),
        north(),
        left(at=12),
        b.delivered("S1", may(13)),
        b.returned("authorized", "R1", may(14), lines=[("1", "GLV", 1)]),
    ]
    assert answer(*facts).sentences == (
        "Everything was delivered yesterday.",
        "Return R1 was agreed today and has not arrived yet.",
    )
    assert answer(*facts, b.returned("received", "R1", may(14, 15))).sentences[1] == "Return R1 has arrived today."


def test_on_hold() -> None:
    held = b.held(hold="credit", at=may(13), reason="over the credit limit", code="FIN-7")
    assert answer(order(), held) == Answer(
        "at_risk",
        (
            "The order was put on hold yesterday and goes on when the hold ends.",
            "We received the order on 12 May.",
            "It is promised for 20 May, and that is at risk.",
            "Our finance team works on it.",
            NEXT,
        ),
    )


def test_backordered() -> None:
    facts = [order(), north(), left(), b.backordered(lines=[("2", "VAC", 12, "2026-05-18")], at=may(13))]
    assert answer(*facts) == Answer(
        "at_risk",
        (
            "NorthStar in Atlanta shipped 40 nitrile gloves today (UPS 1ZS1).",
            "We wait for stock of 12 VAC, expected 18 May.",
            "It is promised for 20 May, and that is at risk.",
            "Our planning team works on it.",
            NEXT,
        ),
    )


def test_shipped_short() -> None:
    facts = [b.placed(lines=[("1", "GLV", 40)], at=may(12)), north(), left(lines=[("1", "GLV", 35)])]
    assert answer(*facts) == Answer(
        "at_risk",
        (
            "NorthStar in Atlanta shipped 35 GLV today (UPS 1ZS1).",
            "Left out so far: 5 GLV.",
            "Our customer service team works on it.",
            NEXT,
        ),
    )


def test_a_leg_that_shipped_a_part_still_has_the_rest() -> None:
    facts = [b.placed(lines=[("1", "GLV", 40)], at=may(12)), north(), left(lines=[("1", "GLV", 35)], final=False)]
    assert answer(*facts) == Answer(
        "on_time",
        (
            "NorthStar in Atlanta shipped 35 GLV today (UPS 1ZS1).",
            "NorthStar in Atlanta is preparing 5 GLV, to leave by 12:00 tomorrow.",
        ),
    )


def test_cancelled() -> None:
    assert answer(order(), north(), b.cancelled(at=may(13), reason="fraud suspected")) == Answer(
        "cancelled", ("The order was cancelled yesterday.", "Nothing was shipped, and nothing will be.")
    )


def test_rejected() -> None:
    assert answer(order(), b.rejected(at=may(13), reason="credit")) == Answer(
        "cancelled", ("The order could not be accepted yesterday.", "Nothing was shipped, and nothing will be.")
    )


def test_a_leg_that_the_warehouse_refused() -> None:
    facts = [order(), north(), b.leg_said("rejected", "L1", may(13), reason="no capacity, ask Bob")]
    assert answer(*facts).sentences == (
        "We received the order on 12 May.",
        "NorthStar in Atlanta cannot ship 40 nitrile gloves: it has to come from elsewhere.",
        "It is promised for 20 May, and that is at risk.",
        "Our partner operations team works on it.",
        NEXT,
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("short_pick", "NorthStar in Atlanta reported a problem yesterday: not everything was on the shelf."),
        ("damaged", "NorthStar in Atlanta reported a problem yesterday: something was damaged."),
        ("address", "NorthStar in Atlanta reported a problem yesterday: the address needs to be checked."),
        ("hold", "NorthStar in Atlanta reported a problem yesterday: it is being held back."),
        ("other", "NorthStar in Atlanta reported a problem yesterday."),
    ],
)
def test_a_problem_at_the_warehouse(code: str, sentence: str) -> None:
    told = answer(order(), north(), b.leg_said("problem", "L1", may(13), code=code, reason="see ticket 4711"))
    assert (told.tone, told.sentences[1]) == ("at_risk", sentence)


def test_a_failed_delivery_until_it_is_seen_again() -> None:
    facts = [order(), north(), left(at=12), b.failed("S1", may(13), reason="gate code")]
    told = answer(*facts)
    assert (told.tone, told.sentences[0]) == ("at_risk", "40 nitrile gloves could not be delivered yesterday (UPS 1ZS1).")
    again = answer(*facts, b.in_transit("S1", may(14)))
    assert again.sentences[0] == (
        "NorthStar in Atlanta shipped 40 nitrile gloves on 12 May (UPS 1ZS1), last seen on the way today."
    )


def test_heard_only() -> None:
    assert answer(north()) == Answer(
        "unknown",
        (
            "The order itself has not reached us yet: this is what others have told us of it.",
            "NorthStar in Atlanta is preparing 40 GLV, to leave by 12:00 tomorrow.",
            "Our integration team works on it.",
            NEXT,
        ),
    )


def test_a_conflict_never_names_the_other_order() -> None:
    conflict = ConflictState("leg", "L1", "mw", ("SO-1", "SO-77"))
    told = answer(order(), conflicts=(conflict,))
    assert told == Answer(
        "unknown",
        (
            "One of its numbers is in use twice, so a part of this may belong elsewhere.",
            "We received the order on 12 May.",
            "It has not been given to a warehouse yet.",
            "It is promised for 20 May, and that is at risk.",
            "Our integration team works on it.",
            NEXT,
        ),
    )


def test_several_teams() -> None:
    facts = [order(promised=None), b.held(at=may(13)), north(ship_by="2026-05-13T16:00:00Z")]
    assert answer(*facts).sentences[-2:] == ("Our finance and partner operations teams work on it.", NEXT)


@pytest.mark.parametrize(
    ("now", "when"),
    [
        ("2026-05-14T18:59:00Z", "by 17:00 today"),
        ("2026-05-14T19:00:00Z", "by 12:00 tomorrow"),
        ("2026-05-15T19:00:00Z", "by 12:00 on Monday 18 May"),
        ("2026-05-16T14:00:00Z", "by 12:00 on Monday 18 May"),
        ("2026-05-17T14:00:00Z", "by 12:00 tomorrow"),
    ],
)
def test_the_next_update_comes_while_somebody_works(now: str, when: str) -> None:
    told = answer(order(), b.held(at=may(13)), now=instant(now))
    assert told.sentences[-1] == f"Next update {when}."


@pytest.mark.parametrize(
    ("promised", "sentence"),
    [
        ("2026-05-14", "It is promised for today."),
        ("2026-05-15", "It is promised for tomorrow."),
        ("2026-05-14T21:30:00Z", "It is promised for 17:30 today."),
        ("2026-05-15T21:30:00Z", "It is promised for 17:30 tomorrow."),
        ("2026-06-01T04:00:00Z", "It is promised for 00:00 on 1 June."),
        ("2027-01-02", "It is promised for 2 January 2027."),
    ],
)
def test_promises_are_said_in_the_readers_zone(promised: str, sentence: str) -> None:
    assert answer(order(promised=promised)).sentences[-1] == sentence


def test_a_day_is_the_readers_day() -> None:
    late_evening = instant("2026-05-15T03:00:00Z")
    assert answer(order(), north(), left(at=14), now=late_evening).sentences[0] == (
        "NorthStar in Atlanta shipped 40 nitrile gloves today (UPS 1ZS1)."
    )


def test_a_time_that_is_not_believed_is_told_by_when_we_heard() -> None:
    shipped = b.shipped("L1", "S1", GLOVES, may(28), heard=may(14), final=True)
    assert answer(order(), north(), shipped).sentences[0] == "NorthStar in Atlanta shipped 40 nitrile gloves today."


def test_nothing_internal_is_ever_said() -> None:
    facts = [
        order(promised="2026-05-12"),
        north(ship_by="2026-05-13T16:00:00Z"),
        polaris(),
        left("L2", "S2", VACCINE, 13, source=b.EAST),
        b.failed("S2", may(14), reason="secret-reason"),
        b.held(at=may(13), reason="secret-hold", code="secret-code"),
        b.leg_said("problem", "L1", may(13), code="other", reason="secret-problem"),
        b.posting_failed(may(14), shipment="S2", order="SO-1", message="secret-posting"),
        b.posted("S2", "45-1", may(14), amount=number(1188)),
    ]
    text = answer(*facts).text
    for word in ("secret", "99", "1188", "1,188", "USD", "45-1", "Meridian", "C-7", "L1", "L2", "leg", "posting", "3PL"):
        assert word not in text, word
