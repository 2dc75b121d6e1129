"""CONTRACT.md, State rules: documents, milestones, lines, the order's status, money and time, as the API shows them."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.world import CARRIER, ERP, LINES, NORTH, OMS, World, at, event, leg_of, placed, released, shipped, units

pytestmark = pytest.mark.e2e
ONE = [{"line": "1", "sku": "A", "quantity": 5}]


def test_a_whole_life(world: World, name: str) -> None:
    leg, shipment, tracking = f"{name}/1", f"{name}S", f"{name}T"
    steps = [
        (placed(name), "placed", None, "none"),
        (event("order.validated", ERP, "1 10:30", order=name), "validated", None, "none"),
        (event("order.allocated", ERP, "1 11:00", order=name, lines=LINES), "allocated", None, "none"),
        (released(name, leg, "1 12:00"), "released", "released", "none"),
        (event("leg.acknowledged", NORTH, "1 12:10", leg=leg), "released", "acknowledged", "none"),
        (event("leg.picked", NORTH, "1 12:20", leg=leg, lines=LINES), "released", "picked", "none"),
        (event("leg.packed", NORTH, "1 12:30", leg=leg), "released", "packed", "none"),
        (shipped(leg, shipment, "2 09:00", tracking=[tracking], carrier="UPS"), "shipped", "shipped", "not_posted"),
        (event("shipment.delivered", CARRIER, "3 15:00", tracking=tracking), "delivered", "delivered", "not_posted"),
        (event("shipment.posted", ERP, "3 16:00", shipment=shipment, posting=f"{name}P"), "delivered", "delivered", "posted"),
        (event("invoice.issued", ERP, "3 17:00", invoice=f"{name}I", order=name), "delivered", "delivered", "invoiced"),
        (event("invoice.held", ERP, "3 18:00", invoice=f"{name}I", reason="price"), "delivered", "delivered", "posted"),
        (event("invoice.released", ERP, "3 19:00", invoice=f"{name}I"), "delivered", "delivered", "invoiced"),
        (event("invoice.credited", ERP, "3 20:00", invoice=f"{name}I"), "delivered", "delivered", "credited"),
        (
            event("return.received", NORTH, "4 10:00", return_=f"{name}R", order=name, lines=ONE),
            "delivered",
            "delivered",
            "credited",
        ),
    ]
    for told, status, leg_status, money in steps:
        world.tell(told)
        shown = world.order(name)
        legs = [each["status"] for each in shown["legs"]]
        assert (shown["status"], legs, shown["money"]) == (status, [leg_status] if leg_status else [], money), told["type"]
    assert [
        units(shown, each) for each in ("ordered", "allocated", "released", "picked", "shipped", "delivered", "invoiced")
    ] == [{"1": 5, "2": 3}] * 7
    assert units(shown, "returned") == {"1": 5, "2": 0}
    milestones = leg_of(shown, leg)["milestones"]
    assert {each: moment["occurred_at"] for each, moment in milestones.items()} == {
        "planned": None,
        "released": at("1 12:00"),
        "acknowledged": at("1 12:10"),
        "picked": at("1 12:20"),
        "packed": at("1 12:30"),
        "shipped": at("2 09:00"),
        "delivered": at("3 15:00"),
    }
    assert [each for each, moment in milestones.items() if moment["implied"]] == ["planned"]
    for identifier in (name, leg, shipment, tracking, f"{name}P", f"{name}I", f"{name}R"):
        assert world.found(identifier) == [name], identifier


def test_a_shipment_sent_again_is_one_document_the_latest_in_force(world: World, name: str) -> None:
    leg, shipment = f"{name}/1", f"{name}S"
    world.tell(
        placed(name), released(name, leg, "1 12:00"), shipped(leg, shipment, "2 10:00"), shipped(leg, shipment, "2 10:00")
    )
    assert units(world.order(name), "shipped") == {"1": 5, "2": 3}
    world.tell(shipped(leg, shipment, "2 11:00", ONE), shipped(leg, shipment, "2 09:00", LINES[1:]))
    shown = world.order(name)
    assert (units(shown, "shipped"), leg_of(shown, leg)["shipments"][0]["shipped_at"]) == ({"1": 5, "2": 0}, at("2 11:00"))
    recorded = shipped(leg, shipment, "2 08:00", [{"line": "1", "sku": "A", "quantity": 2}])
    world.tell({**recorded, "recordedtime": at("3 10:00")})
    assert units(world.order(name), "shipped") == {"1": 2, "2": 0}


def test_a_sources_sequence_decides_before_its_times(world: World, name: str) -> None:
    leg, shipment = f"{name}/1", f"{name}S"
    older, newer = shipped(leg, shipment, "2 12:00"), shipped(leg, shipment, "2 11:00", ONE)
    world.tell(placed(name), released(name, leg, "1 12:00"), {**older, "sequence": "9"}, {**newer, "sequence": "10"})
    assert units(world.order(name), "shipped") == {"1": 5, "2": 0}


def test_releases_add_up_by_their_reference(world: World, name: str) -> None:
    def release(number: str, when: str, quantity: int) -> dict[str, object]:
        references = [{"scheme": "release", "value": name + number}]
        return released(name, f"{name}/1", when, [{"line": "1", "sku": "A", "quantity": quantity}], references=references)

    world.tell(placed(name), release("r1", "1 12:00", 2), release("r2", "1 11:00", 3), release("r1", "1 13:00", 1))
    shown = world.order(name)
    assert units(shown, "released") == {"1": 4, "2": 0}
    assert leg_of(shown, f"{name}/1")["milestones"]["released"]["occurred_at"] == at("1 11:00")


def test_allocations_add_up_and_negative_ones_undo(world: World, name: str) -> None:
    def allocate(when: str, quantity: int) -> dict[str, object]:
        return event("order.allocated", ERP, when, order=name, lines=[{"line": "1", "sku": "A", "quantity": quantity}])

    world.tell(placed(name), allocate("1 11:00", 3), allocate("1 12:00", 2))
    assert (world.order(name)["status"], units(world.order(name), "allocated")) == ("partially_allocated", {"1": 5, "2": 0})
    world.tell(allocate("1 13:00", -5))
    assert (world.order(name)["status"], units(world.order(name), "allocated")) == ("placed", {"1": 0, "2": 0})


def test_a_change_replaces_the_lines_and_absorbs_older_cancellations(world: World, name: str) -> None:
    def change(revision: int, when: str, quantity: int) -> dict[str, object]:
        lines = [{"line": "1", "sku": "A", "quantity": quantity}]
        return event("order.changed", OMS, when, order=name, revision=revision, lines=lines)

    def cancel(when: str, **data: object) -> dict[str, object]:
        return event("order.cancelled", OMS, when, order=name, **data)

    two = {"lines": [{"line": "1", "quantity": 2}]}
    world.tell(placed(name), change(2, "1 12:00", 7), change(1, "1 13:00", 9), cancel("1 11:00", **two))
    shown = world.order(name)
    assert (units(shown, "ordered"), units(shown, "cancelled")) == ({"1": 7}, {"1": 0})
    world.tell(cancel("1 14:00", **two))
    shown = world.order(name)
    assert (units(shown, "cancelled"), shown["overlays"], shown["status"]) == ({"1": 2}, ["partially_cancelled"], "placed")
    world.tell(cancel("1 15:00"))
    assert (world.order(name)["status"], world.order(name)["overlays"]) == ("cancelled", [])


def test_the_later_of_rejection_and_new_release_holds_and_shipping_beats_both(world: World, name: str) -> None:
    leg = f"{name}/1"
    steps = [
        (released(name, leg, "1 11:00"), "released", 5),
        (event("leg.rejected", NORTH, "1 12:00", leg=leg, reason="no stock"), "rejected", 0),
        (released(name, leg, "1 13:00"), "released", 5),
        (event("leg.rejected", NORTH, "1 12:30", leg=leg, reason="sent late"), "released", 5),
        (event("leg.cancelled", NORTH, "1 14:00", leg=leg), "cancelled", 0),
        (shipped(leg, f"{name}S", "1 13:30"), "shipped", 5),
    ]
    world.tell(placed(name))
    for told, status, quantity in steps:
        world.tell(told)
        shown = world.order(name)
        assert (leg_of(shown, leg)["status"], units(shown, "released")["1"]) == (status, quantity), told["type"]


def test_without_a_release_only_a_plan_or_final_says_that_a_leg_is_complete(world: World, name: str) -> None:
    leg, planned = f"{name}/1", f"{name}/2"
    world.tell(placed(name), shipped(leg, f"{name}S", "2 10:00", ONE, order=name))
    shown = leg_of(world.order(name), leg)
    assert shown["status"] == "partially_shipped"
    implied = {"occurred_at": None, "received_at": None, "implied": True}
    before = ("planned", "released", "acknowledged", "picked", "packed")
    assert {each: shown["milestones"][each] for each in before} == dict.fromkeys(before, implied)
    assert units(world.order(name), "released") == {"1": 0, "2": 0}
    plan = event(
        "leg.planned", "urn:e2e:middleware", "1 11:00", order=name, leg=planned, site="A", partner="p", lines=LINES[1:]
    )
    world.tell(shipped(leg, f"{name}S", "2 11:00", ONE, final=True), plan, shipped(planned, f"{name}S2", "2 10:00", LINES[1:]))
    assert [each["status"] for each in world.order(name)["legs"]] == ["shipped", "shipped"]


def test_a_leg_that_closed_short_leaves_the_order_partial_until_the_rest_is_cancelled(world: World, name: str) -> None:
    short = [{"line": "1", "sku": "A", "quantity": 3}, LINES[1]]
    world.tell(
        placed(name), released(name, f"{name}/1", "1 12:00"), shipped(f"{name}/1", f"{name}S", "2 10:00", short, final=True)
    )
    assert (world.order(name)["legs"][0]["status"], world.order(name)["status"]) == ("shipped", "partially_shipped")
    world.tell(event("order.cancelled", OMS, "3 10:00", order=name, lines=[{"line": "1", "quantity": 2}]))
    assert (world.order(name)["status"], world.order(name)["overlays"]) == ("shipped", ["partially_cancelled"])


def test_a_shipment_with_several_tracking_numbers_is_delivered_when_all_are(world: World, name: str) -> None:
    first, second = f"{name}T1", f"{name}T2"
    whole = shipped(f"{name}/1", f"{name}S", "2 10:00", tracking=[first, second])
    world.tell(
        placed(name),
        released(name, f"{name}/1", "1 12:00"),
        whole,
        event("shipment.delivered", CARRIER, "3 10:00", tracking=first),
    )
    assert (world.order(name)["status"], units(world.order(name), "delivered")) == ("shipped", {"1": 0, "2": 0})
    world.tell(event("shipment.delivered", CARRIER, "3 12:00", tracking=second))
    shown = world.order(name)
    assert (shown["status"], shown["legs"][0]["shipments"][0]["delivered_at"]) == ("delivered", at("3 12:00"))


def test_a_quantity_by_sku_fills_lines_in_their_order_and_the_rest_stays_on_the_last(world: World, name: str) -> None:
    lines = [{"line": number, "sku": "A", "quantity": quantity} for number, quantity in (("10", 4), ("9", 3), ("2", 1))]
    by_sku = [{"sku": "A", "quantity": 7}]
    world.tell(
        placed(name, lines=lines),
        released(name, f"{name}/1", "1 12:00", by_sku),
        shipped(f"{name}/1", f"{name}S", "2 10:00", by_sku),
    )
    shown = world.order(name)
    assert [(line["line"], line["released"], line["shipped"]) for line in shown["lines"]] == [
        ("2", 1, 1),
        ("9", 3, 3),
        ("10", 3, 3),
    ]
    world.tell(shipped(f"{name}/1", f"{name}S2", "2 11:00", [{"sku": "A", "quantity": 3}]))
    assert [(line["shipped"], line["flags"]) for line in world.order(name)["lines"]] == [(1, []), (3, []), (6, ["over_ship"])]


def test_extra_lines_and_other_units_are_kept_apart_and_flagged(world: World, name: str) -> None:
    lines = [{"line": "1", "sku": "A", "quantity": 5, "uom": "EA"}]
    sent = [{**lines[0], "quantity": 2}, {**lines[0], "quantity": 1, "uom": "CS"}, {"line": "77", "sku": "Q", "quantity": 2}]
    world.tell(
        placed(name, lines=lines),
        released(name, f"{name}/1", "1 12:00", lines),
        shipped(f"{name}/1", f"{name}S", "2 10:00", sent),
    )
    shown = world.order(name)
    assert [(line["line"], line["ordered"], line["shipped"], line["flags"]) for line in shown["lines"]] == [
        ("1", 5, 2, ["uom_mismatch"]),
        ("77", 0, 2, ["extra"]),
    ]
    assert shown["status"] == "partially_shipped"


def test_an_order_known_from_others_is_heard_until_it_is_placed(world: World, name: str) -> None:
    world.tell(released(name, f"{name}/1", "1 12:00"), shipped(f"{name}/1", f"{name}S", "2 10:00"))
    shown = world.order(name)
    assert (shown["status"], shown["issuer"], units(shown, "ordered"), units(shown, "shipped")) == (
        "heard",
        None,
        {"1": 0, "2": 0},
        {"1": 5, "2": 3},
    )
    world.tell(placed(name))
    assert (world.order(name)["status"], world.order(name)["issuer"]) == ("shipped", OMS)


def test_an_order_without_lines_stays_placed(world: World, name: str) -> None:
    world.tell(placed(name, lines=[]), released(name, f"{name}/1", "1 12:00"), shipped(f"{name}/1", f"{name}S", "2 10:00"))
    assert (world.order(name)["status"], world.order(name)["legs"][0]["status"]) == ("placed", "shipped")


def test_overlays(world: World, name: str) -> None:
    backorder = event("order.backordered", ERP, "1 11:00", order=name, lines=[{**LINES[1], "expected_date": "2026-02-01"}])
    held = event("order.held", OMS, "1 11:00", order=name, hold="credit")
    world.tell(
        event("order.hold_released", OMS, "1 12:00", order=name, hold="other"),
        held,
        backorder,
        placed(name, promised_date="2026-01-02"),
    )
    assert world.order(name)["overlays"] == ["on_hold", "backordered", "late"]
    freed = event("order.hold_released", OMS, "1 13:00", order=name, hold="credit")
    world.tell(freed, event("order.allocated", ERP, "1 14:00", order=name, lines=LINES))
    assert world.order(name)["overlays"] == ["late"]
    world.tell(released(name, f"{name}/1", "1 12:00"), shipped(f"{name}/1", f"{name}S", "2 10:00"))
    world.tell(event("shipment.delivered", CARRIER, "2 23:59", shipment=f"{name}S"))
    assert world.order(name)["overlays"] == []


def test_an_invoice_without_shipments_covers_what_left_up_to_its_time(world: World, name: str) -> None:
    leg, first, second = f"{name}/1", f"{name}S1", f"{name}S2"
    world.tell(
        placed(name),
        released(name, leg, "1 12:00"),
        shipped(leg, first, "2 10:00", ONE),
        shipped(leg, second, "2 12:00", LINES[1:]),
    )
    world.tell(event("shipment.posted", ERP, "2 13:00", shipment=first, posting=f"{name}P"))
    assert world.order(name)["money"] == "partially_posted"
    world.tell(event("invoice.issued", ERP, "2 11:00", invoice=f"{name}I1", order=name))
    shown = world.order(name)
    invoiced = [shipment["invoiced"] and shipment["invoiced"]["invoice"] for shipment in shown["legs"][0]["shipments"]]
    assert (shown["money"], invoiced, units(shown, "invoiced")) == ("partially_invoiced", [f"{name}I1", None], {"1": 5, "2": 0})
    world.tell(event("invoice.issued", ERP, "2 14:00", invoice=f"{name}I2", shipments=[second]))
    assert world.order(name)["money"] == "invoiced"


def test_a_claim_over_24_hours_ahead_is_shown_and_not_believed(world: World, name: str) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    near, far = ((now + timedelta(hours=hours)).isoformat().replace("+00:00", "Z") for hours in (23, 25))
    picked = {**event("leg.picked", NORTH, "1 10:00", leg=f"{name}/1"), "time": near}
    packed = {**event("leg.packed", NORTH, "1 10:00", leg=f"{name}/1"), "time": far}
    world.tell(placed(name), released(name, f"{name}/1", "1 12:00"), picked, packed)
    leg = leg_of(world.order(name), f"{name}/1")
    assert leg["status"] == "packed"
    assert [leg["milestones"][each]["occurred_at"] for each in ("picked", "packed")] == [near, None]
    (row,) = (row for row in world.get(f"orders/{name}/timeline").json["results"] if row["name"] == "leg.packed")
    assert (row["occurred_at"], row["claimed_at"], "future" in row["flags"]) == (None, far, True)
