"""CONTRACT.md, Correlation: any chain in any order of arrival, never a wrong merge, and what waits is shown."""

import json
import random
from typing import Any

import pytest

from tests.e2e.world import (
    CARRIER,
    ERP,
    LINES,
    MIDDLEWARE,
    NORTH,
    OMS,
    SOUTH,
    Event,
    World,
    event,
    leg_of,
    placed,
    problem,
    refused,
    released,
    segment,
    shipped,
    units,
)

pytestmark = pytest.mark.e2e
OTHER_OMS, OTHER_MIDDLEWARE = "urn:e2e:shop", "urn:e2e:broker"


def conflicts(world: World, *orders: str) -> list[list[str]]:
    """What each order shows of them; its clocks may open other exceptions, depending on what others have sent."""
    codes = [[case["code"] for case in world.order(order)["exceptions"]] for order in orders]
    return [[code for code in own if code == "REFERENCE_CONFLICT"] for own in codes]


def test_a_chain_is_followed_from_its_far_end(world: World, name: str) -> None:
    leg, shipment, tracking = f"{name}/1", f"{name}S", f"{name}T"
    chain = [
        event("shipment.delivered", CARRIER, "3 10:00", tracking=tracking),
        event("invoice.issued", ERP, "3 11:00", invoice=f"{name}I", shipments=[shipment]),
        shipped(leg, shipment, "2 10:00", tracking=[tracking]),
    ]
    for told in chain:
        world.tell(told)
        assert world.fate(told) == ("unmatched", [])
    world.tell(released(name, leg, "1 12:00"))
    assert [world.fate(told) for told in chain] == [("applied", [name])] * 3
    world.tell(placed(name))
    assert (world.order(name)["status"], world.order(name)["money"]) == ("delivered", "invoiced")


def test_identifying_references_link_and_describing_ones_do_not(world: World, name: str) -> None:
    by_correlation = event("leg.acknowledged", NORTH, "1 13:00", leg=f"{name}/1", attributes={"correlationid": f"{name}C"})
    by_po = event("leg.picked", NORTH, "1 13:00", leg=f"{name}/2", references=[{"scheme": "po", "value": f"{name}PO"}])
    order = placed(name, references=[{"scheme": "po", "value": f"{name}PO"}])
    world.tell(by_correlation, by_po, {**order, "correlationid": f"{name}C"})
    assert [world.fate(by_correlation), world.fate(by_po)] == [("applied", [name]), ("unmatched", [])]
    assert world.found(f"{name}PO") == [name]


def test_a_number_of_two_issuers_asks_which(world: World, name: str) -> None:
    world.tell(placed(name), {**placed(name, lines=LINES[1:]), "source": OTHER_OMS})
    for path in (f"orders/{name}", f"orders/{name}/timeline", f"messages?order={name}"):
        answer = world.get(path)
        assert problem(answer) == refused(409)
        assert sorted(choice["order"] for choice in answer.json["errors"]) == sorted([f"{OMS}:{name}", f"{OTHER_OMS}:{name}"])
    shown = world.order(f"{OTHER_OMS}:{name}")
    assert (shown["order"], shown["issuer"], units(shown, "ordered")) == (name, OTHER_OMS, {"2": 3})
    unclear = released(name, f"{name}/1", "1 12:00")
    clear = released(name, f"{name}/2", "1 12:00", references=[{"scheme": "order", "value": name, "issuer": OMS}])
    world.tell(unclear, clear)
    assert [world.fate(unclear), world.fate(clear)] == [("ambiguous", []), ("applied", [f"{OMS}:{name}"])]


def test_two_claims_to_a_leg_are_a_conflict_on_both_and_withdraw_what_names_it_alone(world: World, name: str) -> None:
    first, second, leg = f"{name}a", f"{name}b", f"{name}/1"
    picked = event("leg.picked", NORTH, "1 12:30", leg=leg, lines=LINES)
    world.tell(placed(first), placed(second), released(first, leg, "1 12:00"), picked)
    assert (world.fate(picked), units(world.order(first), "picked")) == (("applied", [first]), {"1": 5, "2": 3})
    claim = released(second, leg, "1 13:00")
    named = event("leg.acknowledged", NORTH, "1 13:10", leg=leg, order=second)
    world.tell(claim, named)
    assert conflicts(world, first, second) == [["REFERENCE_CONFLICT"], ["REFERENCE_CONFLICT"]]
    assert [world.fate(each) for each in (picked, claim, named)] == [
        ("ambiguous", []),
        ("applied", [second]),
        ("applied", [second]),
    ]
    assert units(world.order(first), "picked") == {"1": 0, "2": 0}
    (case,) = (case for case in world.order(first)["exceptions"] if case["code"] == "REFERENCE_CONFLICT")
    assert {"id", "code", "state", "team", "assignee", "opened_at", "resolved_at", "value"} <= set(case)
    assert (case["subject"]["value"], case["orders"]) == (leg, [first, second])
    (row,) = world.get(f"orders?search={segment(first)}").json["results"]
    assert row["open_exceptions"] >= 1


def test_namesakes_of_two_warehouses_stay_apart(world: World, name: str) -> None:
    first, second, shipment = f"{name}a", f"{name}b", f"{name}S"
    world.tell(placed(first), placed(second), released(first, f"{name}/1", "1 12:00"), released(second, f"{name}/2", "1 12:00"))
    world.tell(
        shipped(f"{name}/1", shipment, "2 10:00", tracking=[f"{name}T1"]),
        shipped(f"{name}/2", shipment, "2 10:00", tracking=[f"{name}T2"], source=SOUTH),
    )
    assert conflicts(world, first, second) == [[], []]
    alone = event("shipment.in_transit", CARRIER, "3 09:00", shipment=shipment)
    by_tracking = event("shipment.delivered", CARRIER, "3 10:00", shipment=shipment, tracking=f"{name}T2")
    issuer = [{"scheme": "shipment", "value": shipment, "issuer": NORTH}]
    by_issuer = event("shipment.posted", ERP, "3 11:00", shipment=shipment, posting=f"{name}P", references=issuer)
    world.tell(alone, by_tracking, by_issuer)
    assert [world.fate(each) for each in (alone, by_tracking, by_issuer)] == [
        ("ambiguous", []),
        ("applied", [second]),
        ("applied", [first]),
    ]
    assert [(world.order(order)["status"], world.order(order)["money"]) for order in (first, second)] == [
        ("shipped", "posted"),
        ("delivered", "not_posted"),
    ]


def test_a_legs_number_of_two_issuers_waits_for_more(world: World, name: str) -> None:
    first, second, leg = f"{name}a", f"{name}b", f"{name}/1"
    world.tell(
        placed(first),
        placed(second),
        released(first, leg, "1 12:00"),
        released(second, leg, "1 12:00", source=OTHER_MIDDLEWARE),
    )
    alone, named = (
        event("leg.acknowledged", NORTH, "1 13:00", leg=leg),
        event("leg.picked", NORTH, "1 13:00", leg=leg, order=second),
    )
    reference = [{"scheme": "leg", "value": leg, "issuer": MIDDLEWARE}]
    issued = event("leg.packed", NORTH, "1 13:00", leg=leg, references=reference)
    world.tell(alone, named, issued)
    assert [world.fate(each) for each in (alone, named, issued)] == [
        ("ambiguous", []),
        ("applied", [second]),
        ("applied", [first]),
    ]
    assert [leg_of(world.order(order), leg)["status"] for order in (first, second)] == ["packed", "picked"]


def test_a_tracking_number_and_an_invoice_may_cover_two_orders(world: World, name: str) -> None:
    first, second, tracking = f"{name}a", f"{name}b", f"{name}T"
    for order in (first, second):
        world.tell(
            placed(order),
            released(order, f"{order}/1", "1 12:00"),
            shipped(f"{order}/1", f"{order}S", "2 10:00", tracking=[tracking]),
        )
    invoice = event("invoice.issued", ERP, "3 10:00", invoice=f"{name}I", shipments=[f"{first}S", f"{second}S"])
    world.tell(invoice, event("shipment.delivered", CARRIER, "3 11:00", tracking=tracking, shipment=f"{first}S"))
    assert conflicts(world, first, second) == [[], []]
    assert world.fate(invoice) == ("applied", [first, second])
    assert [(world.order(order)["status"], world.order(order)["money"]) for order in (first, second)] == [
        ("delivered", "invoiced"),
        ("shipped", "invoiced"),
    ]


def story(order: str) -> list[Event]:
    leg, shipment = f"{order}/1", f"{order}S"
    return [
        placed(order),
        event("order.allocated", ERP, "1 11:00", order=order, lines=LINES),
        released(order, leg, "1 12:00"),
        event("leg.acknowledged", NORTH, "1 12:10", leg=leg),
        shipped(leg, shipment, "2 10:00", LINES[:1], tracking=[f"{order}T"]),
        shipped(leg, f"{shipment}2", "2 12:00", [{"sku": "B", "quantity": 2}]),
        event("shipment.delivered", CARRIER, "3 10:00", tracking=f"{order}T"),
        event("shipment.posted", ERP, "3 11:00", shipment=shipment, posting=f"{order}P"),
        event("invoice.issued", ERP, "2 11:00", invoice=f"{order}I", order=order),
        event("order.held", OMS, "1 13:00", order=order, hold="h"),
        event("order.hold_released", OMS, "1 14:00", order=order, hold="h"),
        event("return.received", NORTH, "5 10:00", return_=f"{order}R", order=order, lines=LINES[:1]),
        event("order.cancelled", OMS, "1 20:00", order=order, lines=[{"line": "2", "quantity": 1}]),
    ]


def picture(world: World, order: str) -> Any:
    """What is shown of the order, without its own name and without when things were heard."""
    shown = world.order(order)
    parts = {part: shown[part] for part in ("status", "overlays", "money", "lines", "legs", "references")}
    news = [case for case in shown["exceptions"] if case["due_at"] is None]  # the others wait for clocks
    parts["exceptions"] = sorted([case["code"], case["subject"]["value"], case["state"]] for case in news)
    text = json.dumps(parts).replace(order, "ORDER")
    return json.loads(text, object_hook=lambda each: {key: value for key, value in each.items() if key != "received_at"})


def test_any_order_of_arrival_gives_the_same_picture(world: World, name: str) -> None:
    orders = [f"{name}p{number}." for number in range(8)]
    stories = [story(order) for order in orders]
    for seed, events in enumerate(stories[1:]):
        random.Random(seed).shuffle(events)
    for start in range(0, len(stories[0]), 3):
        world.tell(*(told for events in stories for told in events[start : start + 3]))
    first = picture(world, orders[0])
    assert (first["status"], first["money"], first["overlays"]) == (
        "partially_delivered",
        "partially_invoiced",
        ["partially_cancelled"],
    )
    assert [picture(world, order) for order in orders[1:]] == [first] * 7
