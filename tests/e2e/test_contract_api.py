"""CONTRACT.md, API: shapes, entity tags, pages, odd identifiers and search, as a client sees them."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.world import (
    ERP,
    LINES,
    MIDDLEWARE,
    OMS,
    World,
    at,
    event,
    leg_of,
    placed,
    problem,
    refused,
    released,
    segment,
    shipped,
)

pytestmark = pytest.mark.e2e
CASE = {"id", "code", "state", "team", "assignee", "opened_at", "resolved_at", "value"}
ODD = [
    "a/b",
    "a b",
    "ünïcødé-订单",
    "timeline",
    "..",
    ".",
    "/",
    "//",
    "%2F",
    "a%2Fb",
    "50%",
    "a+b",
    "a?b#c",
    "a&b=c",
    "a:b",
    "👍",
    "<b>",
]


def test_an_order_document(world: World, name: str) -> None:
    leg, shipment, customer = f"{name}/1", f"{name}S", {"id": "C-7", "name": "Meridian"}
    lines = [{**LINES[0], "uom": "EA", "unit_price": "2.50"}, {**LINES[1], "unit_price": {"amount": 1, "currency": "EUR"}}]
    order = placed(name, lines=lines, customer=customer, region="EU", channel="web", currency="EUR", promised_date="2099-01-01")
    posting = event("shipment.posted", ERP, "2 11:00", shipment=shipment, posting=f"{name}P")
    world.tell(
        order, released(name, leg, "1 12:00", ship_by="2026-01-05"), shipped(leg, shipment, "2 10:00", carrier="UPS"), posting
    )
    shown = world.order(name)
    line = {"line": "1", "sku": "A", "uom": "EA", "ordered": 5, "cancelled": 0, "allocated": 0, "released": 5, "picked": 0}
    line |= {"shipped": 5, "delivered": 0, "returned": 0, "invoiced": 0}
    expected: dict[str, Any] = {
        "order": name,
        "issuer": OMS,
        "status": "shipped",
        "overlays": [],
        "money": "posted",
        "customer": customer,
        "region": "EU",
        "channel": "web",
        "value": {"amount": "15.5", "currency": "EUR"},
        "promised_date": "2099-01-01",
    }
    assert {key: shown[key] for key in expected} == expected
    assert {key: shown["lines"][0][key] for key in line} == line
    clocks = {clock["commitment"]: clock for clock in shown["clocks"]}
    sent_off = {"commitment": "ship", "subject": {"scheme": "leg", "value": leg, "issuer": MIDDLEWARE}, "basis": "happened"}
    times = {"started_at": at("1 12:00"), "due_at": "2026-01-05T23:59:59.999999Z", "stopped_at": at("2 10:00"), "state": "met"}
    assert {key: clocks["ship"][key] for key in (*sent_off, *times)} == sent_off | times
    assert clocks["post"]["state"] == "met"
    assert all(case.keys() >= CASE for case in shown["exceptions"])
    told = leg_of(shown, leg)
    assert {key: told[key] for key in ("partner", "site", "status", "ship_by")} == {
        "partner": "north",
        "site": "ATL",
        "status": "shipped",
        "ship_by": "2026-01-05",
    }
    heard = told["milestones"]["shipped"]["received_at"]
    assert told["milestones"]["shipped"] == {"occurred_at": at("2 10:00"), "received_at": heard, "implied": False}
    (sent,) = told["shipments"]
    expected = {"shipment": shipment, "carrier": "UPS", "tracking": [], "shipped_at": at("2 10:00"), "delivered_at": None}
    assert {key: sent[key] for key in expected} == expected
    assert (sent["posted"]["posting"], sent["posted"]["occurred_at"], sent["invoiced"]) == (f"{name}P", at("2 11:00"), None)
    assert {"scheme": "order", "value": name, "issuer": OMS} in shown["references"]
    assert {"scheme": "shipment", "value": shipment, "issuer": "urn:e2e:north-wms"} in shown["references"]


def test_a_row_of_the_list_and_of_the_timeline(world: World, name: str) -> None:
    told = placed(name, region=name, customer={"id": "C-7", "name": "Meridian"}, promised_date="2099-01-01")
    world.tell(told, released(name, f"{name}/1", "1 12:00"))
    (row,) = world.get(f"orders?region={segment(name)}").json["results"]
    expected = {
        "order": name,
        "status": "released",
        "overlays": [],
        "money": "none",
        "customer": {"id": "C-7", "name": "Meridian"},
        "region": name,
        "value": None,
        "promised_date": "2099-01-01",
        "placed_at": at("1 10:00"),
        "partners": ["north"],
    }
    assert {key: row[key] for key in expected} == expected
    assert row["open_exceptions"] in (0, 1), "one where this warehouse is known to acknowledge: this release is overdue"
    timeline = world.get(f"orders/{name}/timeline").json["results"]
    assert [(moment["name"], moment["occurred_at"], moment["flags"]) for moment in timeline] == [
        ("order.placed", at("1 10:00"), []),
        ("leg.planned", None, ["implied"]),
        ("leg.released", at("1 12:00"), []),
    ]
    assert timeline[0]["message"]["id"] == told["id"]
    assert {"received_at", "lane", "text"} <= set(timeline[0])


def test_a_message_is_found_by_its_id_byte_for_byte(world: World, name: str) -> None:
    told = placed(name)
    world.tell(told)
    message = world.get(f"messages/{told['id']}").json
    assert (message["state"], message["orders"], json.loads(message["body"])) == ("applied", [name], told)
    assert [row["id"] for row in world.get(f"messages?order={name}").json["results"]] == [told["id"]]


def test_entity_tags(world: World, name: str) -> None:
    told = placed(name)
    world.tell(told)
    for path in (f"orders/{name}", f"orders/{name}/timeline", f"messages/{told['id']}", "contracts/order.placed"):
        tag = world.get(path).headers["etag"]
        for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = world.get(path, If_None_Match=held)
            assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
        assert world.get(path, If_None_Match='"other"').status == 200
    tag = world.get(f"orders/{name}").headers["etag"]
    world.tell(event("order.validated", ERP, "1 11:00", order=name))
    assert world.get(f"orders/{name}", If_None_Match=tag).status == 200


def pages(world: World, path: str, direction: str) -> Iterator[Any]:
    """The answers from `path` on, following `next` or `previous`."""
    while path:
        answer = world.get(path)
        assert answer.status == 200, answer.body
        yield answer.json
        address = urlsplit(answer.json[direction] or "")
        path = f"{address.path.removeprefix('/api/v1/')}?{address.query}" if answer.json[direction] else ""


@pytest.mark.parametrize("size", [1, 4, 6, 12, 13])
def test_pages_there_and_back_are_the_whole(world: World, name: str, size: int) -> None:
    world.tell(*(placed(f"{name}{number}", region=name) for number in range(12)))
    listed = f"orders?region={segment(name)}&page_size="
    whole = [row["order"] for row in world.get(f"{listed}500").json["results"]]
    assert sorted(whole) == sorted(f"{name}{number}" for number in range(12))
    there = list(pages(world, f"{listed}{size}", "next"))
    assert [row["order"] for page in there for row in page["results"]] == whole
    assert (there[0]["previous"], there[-1]["next"], len(there)) == (None, None, -(-12 // size))
    address = urlsplit(there[-1]["previous"] or "")
    if address.query:
        back = list(pages(world, f"{address.path.removeprefix('/api/v1/')}?{address.query}", "previous"))
        assert [page["results"] for page in reversed(back)] == [page["results"] for page in there[:-1]]


@pytest.mark.parametrize(
    "query",
    ["page_size=0", "page_size=501", "page_size=x", "cursor=nonsense", "status=odd", "late=maybe", "surprise=1"],
)
def test_queries_that_are_wrong_are_refused(world: World, query: str) -> None:
    assert problem(world.get(f"orders?{query}")) == refused(400)


def test_odd_identifiers(world: World) -> None:
    world.tell(*(placed(odd) for odd in ODD), *(released(odd, f"{odd}/1", "1 12:00") for odd in ODD))
    for odd in ODD:
        path = segment(odd).replace(".", "%2E")
        assert (world.get(f"orders/{path}").status, world.order(odd)["order"]) == (200, odd)
        assert len(world.get(f"orders/{path}/timeline").json["results"]) == 3, odd
        assert len(world.get(f"messages?order={segment(odd)}").json["results"]) == 2, odd
        assert odd in world.found(odd)
        assert world.found(f"{odd}/1")[0] == odd


def test_search_takes_whatever_a_customer_has(world: World, name: str) -> None:
    references = [{"scheme": scheme, "value": f"{name}{scheme}"} for scheme in ("po", "customer_ref", "container", "route")]
    release = [{"scheme": "release", "value": f"{name}release"}]
    order = placed(name, customer={"id": f"{name}C", "name": f"Müller {name} & Söhne"}, references=references)
    world.tell(order, released(name, f"{name}/1", "1 12:00", references=release))
    texts = [f"{name}{scheme}" for scheme in ("po", "customer_ref", "container", "route", "release", "C", "/1")]
    for text in (name, name.lower(), f" {name} ", f"Müller {name} & Söhne", f"MÜLLER {name}", *texts):
        assert world.found(text) == [name], text
    for text in ("%", "_", "\\", "';--", "\x00", "x" * 5000):
        assert world.get(f"orders?search={segment(text)}").status in {200, 400}


@pytest.mark.parametrize(
    "path", ["orders/nobody", "orders/nobody/timeline", "messages/nobody", "contracts/nobody", "nothing", "orders/%00"]
)
def test_what_is_not_there_is_404(world: World, path: str) -> None:
    assert problem(world.get(path)) == refused(404)


@pytest.mark.parametrize(("method", "path"), [("POST", "orders"), ("DELETE", "orders/X"), ("PUT", "messages")])
def test_other_methods_are_405(world: World, method: str, path: str) -> None:
    assert problem(world.request(method, f"/api/v1/{path}", b"{}", {}, world.reader())) == refused(405)


def test_the_contracts_name_every_type(world: World) -> None:
    contracts = [contract for page in pages(world, "contracts?page_size=7", "next") for contract in page["results"]]
    assert len({contract["name"] for contract in contracts}) == len(contracts) == 40
    assert {contract["type"] for contract in contracts} >= {"distsync.order.placed.v1", "distsync.circuit.changed.v1"}
