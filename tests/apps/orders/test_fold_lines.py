"""Lines and quantities, sentence by sentence of CONTRACT.md's State rules."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.contracts.facts import Money, StampedFact
from tests.apps.orders.folding import amounts, folded, leg, line, parts, shipment
from tests.builders import (
    EAST,
    allocated,
    backordered,
    cancelled,
    changed,
    delivered,
    invoice,
    leg_said,
    placed,
    planned,
    released,
    returned,
    shipped,
)

TWO = [("1", "GLV", 40), ("2", "GLV", 20)]


def test_line_ids_compare_as_text_and_order_numerically() -> None:
    state = folded(placed(lines=[("10", "A", 1), ("2", "B", 1), ("b", "C", 1), ("02", "D", 1), ("a", "E", 1)]))
    assert [each.line for each in state.lines] == ["02", "2", "10", "a", "b"]


@pytest.mark.parametrize(
    ("quantities", "filled"),
    [
        ([30], {"1": 30, "2": 0}),
        ([50], {"1": 40, "2": 10}),
        ([25, 25], {"1": 40, "2": 10}),
        ([65], {"1": 40, "2": 25}),
        ([30, -10], {"1": 20, "2": 0}),
        ([50, -20], {"1": 30, "2": 0}),
        ([-20, 70], {"1": 40, "2": 10}),
    ],
)
def test_sku_alone_is_summed_and_fills_the_lines_in_order(quantities: list[int], filled: dict[str, int]) -> None:
    facts = [released(f"L{index}", [("GLV", quantity)]) for index, quantity in enumerate(quantities)]
    assert amounts(folded(placed(lines=TWO), *facts), "released") == filled


def test_sku_alone_fills_what_named_lines_leave_whatever_came_first() -> None:
    facts = [
        shipped("L", "S1", [("GLV", 20)], at="2026-03-02T09:00Z"),
        shipped("L", "S2", [("1", "GLV", 30)], at="2026-03-02T10:00Z"),
    ]
    state = folded(placed(lines=TWO), *facts)
    assert amounts(state, "shipped") == {"1": 40, "2": 10}
    assert parts(shipment(state, "S1").lines) == [("1", 10), ("2", 10)]
    assert parts(shipment(state, "S2").lines) == [("1", 30)]


def test_what_no_line_can_hold_stays_on_the_last_as_over_ship() -> None:
    state = folded(placed(lines=TWO), shipped("L", "S", [("GLV", 65)]))
    assert amounts(state, "shipped") == {"1": 40, "2": 25}
    assert [each.flags for each in state.lines] == [(), ("over_ship",)]


def test_sku_alone_passes_by_what_is_cancelled() -> None:
    state = folded(
        placed(lines=TWO), cancelled(lines=[("1", None, 30)], at="2026-03-02T09:00Z"), shipped("L", "S", [("GLV", 25)])
    )
    assert amounts(state, "shipped") == {"1": 10, "2": 15}


def test_an_unknown_line_or_sku_becomes_an_extra_line_after_the_orders_own() -> None:
    state = folded(placed(lines=[("5", "GLV", 40)]), shipped("L", "S", [("1", "GLV", 3), ("MSK", 2), ("5", "GLV", 40)]))
    assert [(each.line, each.sku, each.quantities.shipped, each.flags) for each in state.lines] == [
        ("5", "GLV", 40, ()),
        ("1", "GLV", 3, ("extra",)),
        ("MSK", "MSK", 2, ("extra",)),
    ]


def test_an_extra_line_by_sku_keeps_clear_of_a_line_called_so() -> None:
    state = folded(placed(lines=[("MSK", "GLV", 1)]), shipped("L", "S", [("MSK", 2)]))
    assert [(each.line, each.sku, each.quantities.shipped) for each in state.lines] == [
        ("MSK", "GLV", 0),
        ("MSK (SKU)", "MSK", 2),
    ]


def test_sku_alone_never_goes_to_an_extra_line_while_the_order_has_the_sku() -> None:
    state = folded(placed(lines=[("1", "GLV", 10)]), shipped("L", "S", [("9", "GLV", 1), ("GLV", 12)]))
    assert amounts(state, "shipped") == {"1": 12, "9": 1}


def test_another_unit_is_kept_out_of_the_sum_and_flagged() -> None:
    order = placed(lines=[("1", "GLV", 40, None, "EA"), ("2", "MSK", 5, None, "EA")])
    state = folded(order, shipped("L", "S", [("1", "GLV", 2, "CS"), ("1", "GLV", 10, "EA"), ("2", "MSK", 5)]))
    assert amounts(state, "shipped") == {"1": 10, "2": 5}
    assert [each.flags for each in state.lines] == [("uom_mismatch",), ()]
    assert [(each.line, each.quantity, each.uom) for each in shipment(state, "S").lines] == [
        ("1", 2, "CS"),
        ("1", 10, "EA"),
        ("2", 5, "EA"),
    ]


def test_a_leg_released_and_shipped_in_the_same_other_unit_is_complete() -> None:
    order = placed(lines=[("1", "GLV", 40, None, "EA")])
    facts = [released("L", [("1", "GLV", 2, "CS")]), shipped("L", "S", [("1", "GLV", 2, "CS")])]
    assert leg(folded(order, *facts), "L").status == "shipped"
    facts[1] = shipped("L", "S", [("1", "GLV", 40, "EA")])
    assert leg(folded(order, *facts), "L").status == "partially_shipped"


def test_a_line_without_a_unit_adopts_the_first_that_it_meets() -> None:
    state = folded(
        placed(lines=[("1", "GLV", 40)]), released("L", [("1", "GLV", 40, "EA")]), shipped("L", "S", [("1", "GLV", 4, "CS")])
    )
    assert (line(state, "1").uom, amounts(state, "released"), amounts(state, "shipped")) == ("EA", {"1": 40}, {"1": 0})


def test_sku_alone_in_another_unit_finds_the_line_that_has_this_unit() -> None:
    order = placed(lines=[("1", "GLV", 40, None, "EA"), ("2", "GLV", 2, None, "CS")])
    assert amounts(folded(order, shipped("L", "S", [(None, "GLV", 2, "CS")])), "shipped") == {"1": 0, "2": 2}
    neither = folded(order, shipped("L", "S", [(None, "GLV", 2, "BX")]))
    assert (amounts(neither, "shipped"), [each.flags for each in neither.lines]) == ({"1": 0, "2": 0}, [(), ("uom_mismatch",)])


def test_only_allocations_add_up_and_a_negative_one_undoes() -> None:
    facts: list[StampedFact] = [placed(lines=TWO), allocated(lines=[("1", "GLV", 30)]), allocated(lines=[("1", "GLV", 30)])]
    assert amounts(folded(*facts), "allocated") == {"1": 60, "2": 0}
    facts.append(allocated(lines=[("1", "GLV", -60)]))
    state = folded(*facts)
    assert (amounts(state, "allocated"), state.status) == ({"1": 0, "2": 0}, "placed")


def test_releases_are_one_document_per_leg_or_per_release_reference() -> None:
    again = [
        released("L", [("1", "GLV", 40)], at="2026-03-02T09:00Z"),
        released("L", [("1", "GLV", 30)], at="2026-03-02T10:00Z"),
    ]
    assert amounts(folded(placed(lines=TWO), *again), "released") == {"1": 30, "2": 0}
    several = [
        released("L", [("1", "GLV", 10)], at="2026-03-02T09:00Z", refs=[("release", "R1")]),
        released("L", [("1", "GLV", 25)], at="2026-03-02T10:00Z", refs=[("release", "R1")]),
        released("L", [("2", "GLV", 5)], at="2026-03-02T11:00Z", refs=[("release", "R2")]),
        released("L", [("2", "GLV", 1)], at="2026-03-02T08:30Z"),
    ]
    state = folded(placed(lines=TWO), *several)
    assert amounts(state, "released") == {"1": 25, "2": 6}
    assert leg(state, "L").milestones["released"].occurred_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def test_a_change_replaces_the_lines_by_highest_revision_then_latest() -> None:
    order = placed(lines=TWO, at="2026-03-02T20:00Z")
    first = changed(lines=[("1", "GLV", 35)], at="2026-03-02T10:00Z", revision=2)
    late_lower = changed(lines=[("1", "GLV", 1)], at="2026-03-02T12:00Z", revision=1)
    without = changed(lines=[("1", "GLV", 2)], at="2026-03-02T13:00Z")
    assert amounts(folded(order, first, late_lower, without), "ordered") == {"1": 35}
    again = changed(lines=[("1", "GLV", 36), ("3", "MSK", 1)], at="2026-03-02T11:00Z", revision=2)
    assert amounts(folded(order, first, late_lower, again), "ordered") == {"1": 36, "3": 1}
    assert amounts(folded(order, without), "ordered") == {"1": 2}


def test_a_cancellation_older_than_the_change_is_absorbed_by_it() -> None:
    order = placed(lines=TWO)
    older = cancelled(lines=[("1", None, 10)], at="2026-03-02T09:00Z")
    change = changed(lines=[("1", "GLV", 30)], at="2026-03-02T10:00Z")
    newer = cancelled(lines=[("1", None, 5)], at="2026-03-02T11:00Z")
    state = folded(order, older, change, newer)
    assert (amounts(state, "ordered"), amounts(state, "cancelled")) == ({"1": 30}, {"1": 5})
    whole = cancelled(at="2026-03-02T09:30Z")
    assert folded(order, whole, change).status == "placed"
    by_number = cancelled(at="2026-03-02T09:30Z", sequence=9)
    assert folded(order, by_number, changed(lines=TWO, at="2026-03-02T10:00Z", sequence=8)).status == "cancelled"


@pytest.mark.parametrize(
    ("cuts", "left"),
    [
        ([[("1", "GLV", 10)], [("1", None, 5)]], {"1": 15, "2": 0}),
        ([[("1", None, 30)], [("1", None, 30)]], {"1": 40, "2": 0}),
        ([[("2", None, None)]], {"1": 0, "2": 20}),
        ([[(None, "GLV", None)]], {"1": 40, "2": 20}),
        ([[(None, "GLV", 45)]], {"1": 40, "2": 5}),
        ([[(None, "GLV", 30)], [("1", None, 30)]], {"1": 40, "2": 20}),
        ([[(None, "GLV", 99)]], {"1": 40, "2": 20}),
        ([None], {"1": 40, "2": 20}),
        ([[]], {"1": 40, "2": 20}),
        ([[("1", None, -5)]], {"1": 0, "2": 0}),
    ],
)
def test_cancelled_quantities_add_up_never_beyond_the_ordered(cuts: list, left: dict[str, int]) -> None:
    facts = [cancelled(lines=cut, at=f"2026-03-02T09:0{index}Z") for index, cut in enumerate(cuts)]
    assert amounts(folded(placed(lines=TWO), *facts), "cancelled") == left


def test_picked_is_what_the_pick_in_force_names_and_nothing_else() -> None:
    facts = [placed(lines=TWO), leg_said("packed", "L", lines=[("1", "GLV", 40)])]
    assert amounts(folded(*facts), "picked") == {"1": 0, "2": 0}
    assert amounts(folded(*facts, leg_said("picked", "L")), "picked") == {"1": 0, "2": 0}
    picks = [leg_said("picked", "L", lines=[("GLV", 41)]), leg_said("picked", "M", lines=[("2", None, 2)], source=EAST)]
    assert amounts(folded(*facts, *picks), "picked") == {"1": 40, "2": 3}


def test_delivered_is_the_lines_of_delivered_shipments() -> None:
    facts = [
        placed(lines=TWO),
        shipped("L", "S1", [("GLV", 30)], at="2026-03-02T09:00Z"),
        shipped("L", "S2", [("GLV", 30)], at="2026-03-02T10:00Z"),
        delivered("S2"),
    ]
    assert amounts(folded(*facts), "delivered") == {"1": 10, "2": 20}


def test_plans_are_shown_on_the_leg_and_release_nothing() -> None:
    state = folded(placed(lines=TWO), planned("L", [("GLV", 50)]))
    assert parts(leg(state, "L").lines) == [("1", 40), ("2", 10)]
    assert amounts(state, "released") == {"1": 0, "2": 0}


def test_returned_is_what_came_back_as_the_latest_of_each_return_says() -> None:
    facts = [
        placed(lines=TWO),
        shipped("L", "S", [("2", "GLV", 20)]),
        returned("authorized", "R1", lines=[("GLV", 5)], reason="torn"),
    ]
    assert amounts(folded(*facts), "returned") == {"1": 0, "2": 0}
    received = returned("received", "R1", source=EAST, lines=[("GLV", 4)], at="2026-03-02T10:00Z")
    assert amounts(folded(*facts, received), "returned") == {"1": 0, "2": 4}
    corrected = returned("received", "R1", source=EAST, lines=[("GLV", 3)], at="2026-03-02T11:00Z")
    state = folded(*facts, received, corrected)
    assert amounts(state, "returned") == {"1": 0, "2": 3}
    (only,) = state.returns
    assert (only.return_id, only.issuer, only.reason, parts(only.lines)) == ("R1", "oms", "torn", [("2", 3)])
    assert (only.received.occurred_at.hour, only.credited) == (11, None)
    unspecified = returned("received", "R2", source=EAST)
    assert amounts(folded(*facts, unspecified, returned("authorized", "R2", lines=[("1", "GLV", 1)])), "returned") == {
        "1": 1,
        "2": 0,
    }


def test_invoiced_is_what_invoices_that_count_say_or_the_shipments_they_cover() -> None:
    facts = [placed(lines=TWO), shipped("L", "S1", [("1", "GLV", 40)]), shipped("L", "S2", [("2", "GLV", 20)])]
    told = invoice("issued", "I1", shipments=["S1"], lines=[("1", "GLV", 38)])
    assert amounts(folded(*facts, told), "invoiced") == {"1": 38, "2": 0}
    covering = invoice("issued", "I2", shipments=["S2"])
    assert amounts(folded(*facts, told, covering), "invoiced") == {"1": 38, "2": 20}
    assert amounts(folded(*facts, told, covering, invoice("held", "I2")), "invoiced") == {"1": 38, "2": 0}
    again = invoice("issued", "I1", shipments=["S1"], lines=[("1", "GLV", 40)], at="2026-03-02T09:00Z")
    assert amounts(folded(*facts, told, again), "invoiced") == {"1": 40, "2": 0}


def test_a_line_is_backordered_while_the_latest_word_on_it_is_a_backorder() -> None:
    order = placed(lines=[("1", "GLV", 40), ("2", "MSK", 5)])
    short = backordered(lines=[("1", "GLV", 10, "2026-04-01")], at="2026-03-02T10:00Z")
    state = folded(order, allocated(lines=[("1", "GLV", 30), ("2", "MSK", 5)], at="2026-03-02T09:00Z"), short)
    assert (line(state, "1").backordered, line(state, "1").expected_date, state.overlays) == (
        True,
        "2026-04-01",
        ("backordered",),
    )
    assert not line(state, "2").backordered
    other = allocated(lines=[("2", "MSK", 1)], at="2026-03-02T11:00Z")
    assert folded(order, short, other).overlays == ("backordered",)
    later = allocated(lines=[("1", "GLV", 10)], at="2026-03-02T11:00Z")
    assert folded(order, short, later).overlays == ()
    assert folded(order, short, backordered(lines=[("1", "GLV", 0)], at="2026-03-02T11:00Z")).overlays == ()
    assert folded(order, short, shipped("L", "S", [("1", "GLV", 39)])).overlays == ("backordered",)
    assert folded(order, short, shipped("L", "S", [("1", "GLV", 40)])).overlays == ()
    assert "backordered" not in folded(order, short, cancelled(lines=[("1", None, None)])).overlays


def test_lines_of_an_order_that_nobody_placed_are_as_heard() -> None:
    state = folded(
        allocated(lines=[("2", "MSK", 5), ("1", "GLV", 30)]),
        released("L", [("MSK", 4), ("XYZ", 1)]),
        shipped("L", "S", [("1", "GLV", 30), ("MSK", 4)]),
    )
    assert [(each.line, each.sku, each.flags) for each in state.lines] == [
        ("1", "GLV", ()),
        ("2", "MSK", ()),
        ("XYZ", "XYZ", ()),
    ]
    assert amounts(state, "ordered") == {"1": 0, "2": 0, "XYZ": 0}
    assert amounts(state, "released") == {"1": 0, "2": 4, "XYZ": 1}
    assert amounts(state, "shipped") == {"1": 30, "2": 4, "XYZ": 0}


def test_a_line_heard_without_its_sku_learns_it() -> None:
    state = folded(released("L", [("1", None, 4)]), shipped("L", "S", [("1", "GLV", 2)]), shipped("L", "S2", [("GLV", 2)]))
    assert [(each.line, each.sku, each.quantities.shipped) for each in state.lines] == [("1", "GLV", 4)]


def test_value_is_unit_price_times_what_is_not_cancelled_in_the_orders_currency() -> None:
    lines = [("1", "GLV", 40, "2.50"), ("2", "MSK", 10, Money(Decimal("9.00"), "USD")), ("3", "GWN", 5)]
    order = placed(lines=lines, currency="USD")
    state = folded(
        order, cancelled(lines=[("1", None, 4)]), shipped("L", "S", [("1", "GLV", 10), ("2", "MSK", 1), ("3", "GWN", 5)])
    )
    assert (state.currency, state.value, shipment(state, "S").value) == ("USD", Decimal(180), Decimal(34))
    foreign = folded(placed(lines=lines, currency="EUR"))
    assert (foreign.value, line(foreign, "2").unit_price, line(foreign, "2").flags) == (
        Decimal(100),
        None,
        ("currency_mismatch",),
    )


def test_an_order_without_prices_has_no_value() -> None:
    state = folded(placed(lines=TWO), shipped("L", "S", [("1", "GLV", 10)]))
    assert (state.value, shipment(state, "S").value) == (None, None)


def test_currency_is_the_orders_else_the_one_of_all_its_prices_else_the_deployments() -> None:
    yen = Money(Decimal(5), "JPY")
    assert folded(placed(lines=[("1", "GLV", 1, yen)], currency="USD")).currency == "USD"
    assert folded(placed(lines=[("1", "GLV", 1, yen), ("2", "MSK", 1)])).currency == "JPY"
    assert folded(placed(lines=[("1", "GLV", 1, yen), ("2", "MSK", 1, 3)])).currency == "EUR"
    assert folded(placed(lines=[("1", "GLV", 1, yen), ("2", "MSK", 1, Money(Decimal(1), "USD"))])).currency == "EUR"


def test_a_part_shows_one_row_per_line_in_the_order_of_lines() -> None:
    rows = [("10", "A", 1), ("2", "B", 1), ("10", "A", 2)]
    state = folded(placed(lines=[("2", "B", 5), ("10", "A", 5)]), shipped("L", "S", rows))
    assert parts(shipment(state, "S").lines) == [("2", 1), ("10", 3)]


def test_a_message_that_is_handed_over_twice_counts_once_as_it_was_first_heard() -> None:
    first = allocated(lines=[("1", "GLV", 4)], id="a-1", heard="2026-03-02T09:00Z")
    again = allocated(lines=[("1", "GLV", 9)], id="a-1", heard="2026-03-02T10:00Z")
    assert amounts(folded(placed(lines=TWO), again, first), "allocated") == {"1": 4, "2": 0}
    assert amounts(folded(placed(lines=TWO), first, again), "allocated") == {"1": 4, "2": 0}
