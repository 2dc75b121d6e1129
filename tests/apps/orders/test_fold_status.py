"""The order's status, overlays, money axis, promise and completion, sentence by sentence of CONTRACT.md."""

from datetime import UTC, datetime

import pytest

from apps.contracts.facts import StampedFact
from tests.apps.orders.folding import ZONES, folded, leg, shipment
from tests.builders import (
    EAST,
    allocated,
    cancelled,
    changed,
    delivered,
    failed,
    held,
    hold_released,
    in_transit,
    invoice,
    leg_said,
    placed,
    planned,
    posted,
    rejected,
    released,
    shipped,
    validated,
)

ORDER = placed(lines=[("1", "GLV", 40), ("2", "MSK", 10)], at="2026-03-02T08:00Z")
ALL = [("1", "GLV", 40), ("2", "MSK", 10)]
GLV, MSK = [("1", "GLV", 40)], [("2", "MSK", 10)]


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ([], "placed"),
        ([validated()], "validated"),
        ([allocated(lines=GLV)], "partially_allocated"),
        ([allocated(lines=[("1", "GLV", 1)])], "partially_allocated"),
        ([allocated(lines=ALL)], "allocated"),
        ([allocated(lines=ALL), released("L", GLV)], "partially_released"),
        ([released("L", GLV), released("M", MSK)], "released"),
        ([released("L", ALL), shipped("L", "S", [("1", "GLV", 1)])], "partially_shipped"),
        ([shipped("L", "S", ALL)], "shipped"),
        ([shipped("L", "S", GLV, final=True)], "partially_shipped"),
        ([shipped("L", "S", GLV), shipped("M", "S2", MSK), delivered("S2")], "partially_delivered"),
        ([shipped("L", "S", GLV), shipped("M", "S2", MSK), delivered("S2"), delivered("S")], "delivered"),
        # a leg that closed short leaves the order partially shipped until the rest ships elsewhere or is cancelled
        ([released("L", ALL), shipped("L", "S", [("1", "GLV", 30), ("2", "MSK", 10)], final=True)], "partially_shipped"),
        (
            [shipped("L", "S", [("1", "GLV", 30), ("2", "MSK", 10)], final=True), shipped("M", "S2", [("1", "GLV", 10)])],
            "shipped",
        ),
        ([shipped("L", "S", [("1", "GLV", 30), ("2", "MSK", 10)], final=True), cancelled(lines=[("1", None, 10)])], "shipped"),
        # the open basis never falls below what has shipped
        ([shipped("L", "S", GLV), cancelled()], "shipped"),
        ([shipped("L", "S", GLV), cancelled(), delivered("S")], "delivered"),
        ([shipped("L", "S", [("1", "GLV", 50), ("2", "MSK", 10)])], "shipped"),
        ([shipped("L", "S", [*ALL, ("MSX", 1)])], "shipped"),
        # a line that is cancelled is not open
        ([allocated(lines=GLV), cancelled(lines=[("2", None, None)])], "allocated"),
        ([allocated(lines=MSK), cancelled(lines=[("2", None, None)])], "placed"),
        ([cancelled()], "cancelled"),
        ([cancelled(lines=[("1", None, None)]), cancelled(lines=[("2", None, 10)])], "cancelled"),
        ([cancelled(lines=[("1", None, None)])], "placed"),
        ([allocated(lines=ALL), released("L", ALL), cancelled()], "cancelled"),
        ([rejected()], "rejected"),
        ([rejected(at="2026-03-02T09:00Z"), validated(at="2026-03-02T08:30Z")], "rejected"),
        ([rejected(at="2026-03-02T09:00Z"), validated(at="2026-03-02T09:30Z")], "validated"),
        ([rejected(), cancelled()], "cancelled"),
        ([rejected(), allocated(lines=ALL)], "rejected"),
        ([rejected(), shipped("L", "S", ALL)], "shipped"),
        ([released("L", ALL), leg_said("rejected", "L", at="2026-03-02T09:00Z")], "placed"),
    ],
)
def test_status_looks_at_the_furthest_that_any_open_line_has_reached(facts: list[StampedFact], status: str) -> None:
    assert folded(ORDER, *facts).status == status


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ([placed(lines=[])], "placed"),
        ([placed(lines=[]), validated(), shipped("L", "S", GLV, final=True), delivered("S")], "validated"),
        ([validated()], "validated"),
        ([rejected()], "rejected"),
        ([cancelled()], "cancelled"),
        ([placed(lines=[]), cancelled()], "cancelled"),
        ([changed(lines=ALL)], "placed"),
        ([held()], "heard"),
        ([allocated(lines=ALL)], "heard"),
        ([released("L", ALL), shipped("L", "S", ALL), delivered("S")], "heard"),
        ([cancelled(lines=[("1", None, 3)])], "heard"),
        ([], "heard"),
    ],
)
def test_without_known_lines_there_is_only_the_owners_word(facts: list[StampedFact], status: str) -> None:
    assert folded(*facts).status == status


def test_closed_is_what_is_cancelled_or_rejected_with_nothing_shipped() -> None:
    assert folded(ORDER, cancelled()).is_closed
    assert folded(ORDER, rejected()).is_closed
    assert not folded(ORDER, cancelled(), shipped("L", "S", GLV)).is_closed
    assert not folded(ORDER, rejected(), in_transit("S", leg="L")).is_closed


def test_a_whole_cancellation_does_not_unship() -> None:
    state = folded(ORDER, cancelled(), shipped("L", "S", [("1", "GLV", 4)]))
    quantities = state.lines[0].quantities
    assert (quantities.ordered, quantities.cancelled, quantities.shipped) == (40, 40, 4)
    assert (state.status, state.overlays, state.lines[0].flags) == ("shipped", ("partially_cancelled",), ("over_ship",))


def test_partially_cancelled_is_not_cancelled() -> None:
    part = cancelled(lines=[("1", None, 3)])
    assert folded(ORDER, part).overlays == ("partially_cancelled",)
    assert folded(ORDER, cancelled()).overlays == ()


def test_a_hold_stands_until_the_latest_word_on_it_is_its_release() -> None:
    placing = held(hold="credit", at="2026-03-02T09:00Z", reason="limit", code="C1")
    again = held(hold="credit", at="2026-03-02T09:30Z", reason="limit", code="C1")
    release = hold_released(hold="credit", at="2026-03-02T10:00Z")
    state = folded(ORDER, placing, again)
    assert (state.overlays, state.holds[0].placed.occurred_at.minute, state.holds[0].reason) == (("on_hold",), 0, "limit")
    state = folded(ORDER, placing, again, release)
    assert (state.overlays, state.holds[0].released.occurred_at.hour) == ((), 10)
    assert folded(ORDER, placing, hold_released(hold="fraud", at="2026-03-02T10:00Z")).overlays == ("on_hold",)
    anew = folded(ORDER, placing, release, held(hold="credit", at="2026-03-02T11:00Z"))
    assert (anew.overlays, anew.holds[0].placed.occurred_at.hour, anew.holds[0].released) == (("on_hold",), 11, None)
    early = folded(ORDER, release)
    assert (early.overlays, early.holds[0].placed) == ((), None)


ONE = shipped("L", "S1", GLV, at="2026-03-02T12:00Z")
OTHER = shipped("M", "S2", MSK, at="2026-03-02T14:00Z", source=EAST)
I1 = invoice("issued", "I1", at="2026-03-02T15:00Z", shipments=["S1"])
I2 = invoice("issued", "I2", at="2026-03-02T15:00Z", shipments=["S2"])


@pytest.mark.parametrize(
    ("facts", "money"),
    [
        ([], "none"),
        ([I1], "none"),
        ([posted("S1")], "none"),
        ([ONE, OTHER], "not_posted"),
        ([ONE, OTHER, posted("S2")], "partially_posted"),
        ([ONE, OTHER, posted("S2"), posted("S1")], "posted"),
        ([ONE, OTHER, posted("S2"), posted("S1"), I1], "partially_invoiced"),
        ([ONE, OTHER, I1], "partially_invoiced"),
        ([ONE, OTHER, I1, I2], "invoiced"),
        ([ONE, OTHER, posted("S1"), I1, invoice("held", "I1", at="2026-03-02T16:00Z")], "partially_posted"),
        ([ONE, OTHER, I1, I2, invoice("held", "I2", at="2026-03-02T16:00Z")], "partially_invoiced"),
        ([ONE, OTHER, I1, I2, invoice("held", "I2"), invoice("released", "I2", at="2026-03-02T17:00Z")], "invoiced"),
        ([ONE, OTHER, I1, I2, invoice("released", "I2"), invoice("held", "I2", at="2026-03-02T17:00Z")], "partially_invoiced"),
        ([ONE, I1, invoice("credited", "I1")], "credited"),
        ([ONE, OTHER, I1, I2, invoice("credited", "I1")], "invoiced"),
        ([ONE, OTHER, I1, invoice("credited", "I1")], "partially_invoiced"),
        ([ONE, OTHER, I1, I2, invoice("credited", "I1"), invoice("credited", "I2")], "credited"),
        ([ONE, I1, invoice("credited", "I1"), invoice("issued", "I9", shipments=["S1"])], "invoiced"),
        ([ONE, invoice("credited", "I1"), invoice("released", "I1")], "not_posted"),
        # the latest of an invoice is in force, and only it
        ([ONE, OTHER, I1, invoice("issued", "I1", at="2026-03-02T16:00Z", shipments=["S1", "S2"])], "invoiced"),
        # without shipments[] it covers what occurred up to its own time
        ([ONE, OTHER, invoice("issued", "I3", at="2026-03-02T14:00Z")], "invoiced"),
        ([ONE, OTHER, invoice("issued", "I3", at="2026-03-02T13:59Z")], "partially_invoiced"),
        ([ONE, OTHER, invoice("issued", "I3", at="2026-03-02T11:59Z")], "not_posted"),
        # shipments of other orders on the same invoice are no shipments of this one
        ([ONE, invoice("issued", "I4", shipments=["S1", "S77"])], "invoiced"),
        ([ONE, invoice("issued", "I4", shipments=["S77"])], "not_posted"),
        # a shipment corrected to nothing owes no invoice
        ([ONE, I1, OTHER, shipped("M", "S2", [("2", "MSK", 0)], at="2026-03-02T18:00Z", source=EAST)], "invoiced"),
    ],
)
def test_money_axis(facts: list[StampedFact], money: str) -> None:
    assert folded(ORDER, *facts).money == money


def test_a_shipment_shows_the_invoice_that_counts() -> None:
    state = folded(ORDER, ONE, I1, invoice("held", "I1"), invoice("issued", "I5", at="2026-03-02T18:00Z", shipments=["S1"]))
    shown = shipment(state, "S1").invoiced
    assert (shown.invoice, shown.held, shown.moment.occurred_at.hour) == ("I5", False, 18)
    assert shipment(folded(ORDER, ONE, I1, invoice("held", "I1")), "S1").invoiced.held
    assert [(each.invoice, each.held, each.shipments) for each in state.invoices] == [
        ("I1", True, ("S1",)),
        ("I5", False, ("S1",)),
    ]


def test_the_first_posting_is_shown_a_posting_sent_again_as_its_latest() -> None:
    facts = [
        ORDER,
        ONE,
        posted("S1", "P-1", at="2026-03-02T13:00Z", amount=90),
        posted("S1", "P-1", at="2026-03-02T14:00Z", amount=100),
        posted("S1", "P-2", at="2026-03-02T15:00Z", amount=7),
    ]
    shown = shipment(folded(*facts), "S1").posted
    assert (shown.posting, shown.amount, shown.currency, shown.moment.occurred_at.hour) == ("P-1", 100, "EUR", 14)


PROMISE = {"lines": ALL, "promised_date": "2026-03-05"}


def last_instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("facts", "promised", "until"),
    [
        ([placed(**PROMISE)], "2026-03-05", "2026-03-05T23:59:59.999999+00:00"),
        ([placed(**PROMISE, zone="America/Sao_Paulo")], "2026-03-05", "2026-03-05T23:59:59.999999-03:00"),
        ([placed(**PROMISE), released("L", ALL)], "2026-03-05", "2026-03-05T23:59:59.999999-08:00"),
        ([placed(**PROMISE), released("L", GLV), planned("M", MSK)], "2026-03-05", "2026-03-05T23:59:59.999999-08:00"),
        (
            [placed(**PROMISE), released("L", GLV), planned("M", MSK, site="EAST-1")],
            "2026-03-05",
            "2026-03-05T23:59:59.999999+00:00",
        ),
        ([placed(**PROMISE), released("L", ALL, site="NOWHERE")], "2026-03-05", "2026-03-05T23:59:59.999999+00:00"),
        ([placed(**PROMISE), released("L", ALL), leg_said("picked", "X")], "2026-03-05", "2026-03-05T23:59:59.999999+00:00"),
        ([placed(**PROMISE), changed(lines=ALL)], "2026-03-05", "2026-03-05T23:59:59.999999+00:00"),
        (
            [
                placed(**PROMISE),
                changed(lines=ALL, revision=1, promised_date="2026-03-07T12:00:00Z"),
                changed(lines=ALL, revision=2),
            ],
            "2026-03-07T12:00:00Z",
            "2026-03-07T12:00:00+00:00",
        ),
        ([placed(**PROMISE, zone="Nowhere/At_All")], "2026-03-05", "2026-03-05T23:59:59.999999+00:00"),
    ],
)
def test_the_latest_promise_ends_in_its_own_zone(facts: list[StampedFact], promised: str, until: str) -> None:
    state = folded(*facts)
    assert (state.promised_date, state.promised_until) == (promised, last_instant(until))


@pytest.mark.parametrize(
    ("release", "until"),
    [
        (released("L", ALL, ship_by="2026-03-05"), "2026-03-05T23:59:59.999999-08:00"),
        (released("L", ALL, ship_by="2026-03-05", zone="Europe/Berlin"), "2026-03-05T23:59:59.999999+01:00"),
        (released("L", ALL, ship_by="2026-03-05", site="NOWHERE"), "2026-03-05T23:59:59.999999+00:00"),
        (released("L", ALL, ship_by="2026-03-05T17:00:00-05:00"), "2026-03-05T17:00:00-05:00"),
        (released("L", ALL, ship_by="2026-03-08"), "2026-03-08T23:59:59.999999-07:00"),  # the day when clocks go forward
    ],
)
def test_ship_by_ends_in_the_zone_of_the_message_else_of_the_site(release: StampedFact, until: str) -> None:
    shown = leg(folded(release), "L")
    assert (shown.ship_by, shown.ship_by_at) == (release.fact.ship_by, last_instant(until))


def test_the_orders_own_words_come_from_the_placing_in_force() -> None:
    old = placed(lines=ALL, at="2026-03-02T08:00Z", region="west", channel="web", priority="low", requested_date="2026-03-04")
    new = placed(lines=ALL, at="2026-03-02T09:00Z", region="east", channel="edi")
    state = folded(new, old)
    assert (state.region, state.channel, state.priority, state.requested_date) == ("east", "edi", None, None)
    assert state.milestones["placed"].occurred_at.hour == 9


def test_completed_is_when_the_last_of_the_open_basis_was_delivered() -> None:
    facts = [
        ORDER,
        shipped("L", "S1", GLV, at="2026-03-02T12:00Z"),
        shipped("M", "S2", MSK, at="2026-03-02T12:00Z"),
        delivered("S1", at="2026-03-04T12:00Z"),
    ]
    assert folded(*facts).completed_at is None
    arrived = delivered("S2", at="2026-03-03T12:00Z")
    assert folded(*facts, arrived).completed_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert folded(ORDER).completed_at is None
    assert folded(ORDER, cancelled()).completed_at is None
    cut = [ORDER, shipped("L", "S1", GLV, at="2026-03-02T12:00Z"), cancelled(lines=[("2", None, None)], at="2026-03-09T12:00Z")]
    assert folded(*cut, delivered("S1", at="2026-03-04T12:00Z")).completed_at == datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_completion_at_a_time_that_is_not_believed_is_when_it_was_heard() -> None:
    state = folded(ORDER, shipped("L", "S", ALL), delivered("S", at="2026-05-01T12:00Z", heard="2026-03-04T12:00Z"))
    assert (state.status, state.completed_at) == ("delivered", datetime(2026, 3, 4, 12, tzinfo=UTC))


def test_an_order_whose_lines_are_not_known_is_complete_when_all_its_legs_are_delivered() -> None:
    facts = [
        placed(lines=[]),
        released("L", GLV),
        shipped("L", "S", [("1", "GLV", 30)]),
        delivered("S", at="2026-03-04T12:00Z"),
    ]
    assert folded(*facts).completed_at is None
    rest = [shipped("L", "S2", [("1", "GLV", 10)]), delivered("S2", at="2026-03-05T12:00Z")]
    assert folded(*facts, *rest).completed_at == datetime(2026, 3, 5, 12, tzinfo=UTC)


def test_last_heard_is_the_latest_that_reached_us() -> None:
    state = folded(placed(lines=ALL, heard="2026-03-09T08:00Z"), failed("S", heard="2026-03-03T08:00Z", leg="L"), zones=ZONES)
    assert state.last_heard_at == datetime(2026, 3, 9, 8, tzinfo=UTC)
