"""Orders over HTTP: exact documents, filters, pages, ETags, lateness by the moment of asking."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import time_machine

from tests.apps.api.conftest import NOW, Caller, event, tell
from tests.apps.api.stories import ERP, NORTH, OMS, two_legs

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def moment(at: str) -> dict[str, Any]:
    return {"occurred_at": at, "received_at": at, "implied": False}


IMPLIED = {"occurred_at": None, "received_at": None, "implied": True}
NONE_YET = {
    "cancelled": 0,
    "allocated": 0,
    "picked": 0,
    "delivered": 0,
    "returned": 0,
    "invoiced": 0,
    "backordered": False,
    "expected_date": None,
    "flags": [],
}


SHIP = {
    "commitment": "ship",
    "measure": "ship",
    "title": "On-time ship",
    "subject": {"scheme": "leg", "value": "SO-1/1", "issuer": "urn:mw"},
    "partner": "north",
    "site": "ATL",
    "basis": "happened",
    "started_at": "2026-05-12T10:00:00Z",
    "started_heard_at": "2026-05-12T10:00:00Z",
    "warns_at": "2026-05-13T12:00:00Z",
    "due_at": "2026-05-13T16:00:00Z",
    "stopped_at": "2026-05-13T15:00:00.500000Z",
    "stopped_heard_at": "2026-05-13T15:00:00.500000Z",
    "state": "met",
    "opens": "SHIP_OVERDUE",
}
POST = {
    "commitment": "post",
    "measure": "post",
    "title": "Posting",
    "subject": {"scheme": "shipment", "value": "NS-SO-1", "issuer": NORTH},
    "partner": "north",
    "site": "ATL",
    "basis": "happened",
    "started_at": "2026-05-13T15:00:00.500000Z",
    "started_heard_at": "2026-05-13T15:00:00.500000Z",
    "warns_at": "2026-05-14T09:00:00.500000Z",
    "due_at": "2026-05-14T15:00:00.500000Z",
    "stopped_at": "2026-05-13T18:00:00Z",
    "stopped_heard_at": "2026-05-13T18:00:00Z",
    "state": "met",
    "opens": "POSTING_OVERDUE",
}


def plain_order(number: str, at: str = "2026-05-14T09:00:00Z", source: str = OMS, **data: Any) -> dict[str, Any]:
    given = {"lines": [{"line": "1", "sku": "GLV", "quantity": 1}], **data}
    return event("order.placed", source, f"{source}-{number}", at, order=number, **given)


def numbers(answer: Any) -> list[str]:
    return [row["order"] for row in answer["results"]]


def test_a_row_of_the_list(caller: Make) -> None:
    tell(*two_legs())
    assert caller().json("orders") == {
        "next": None,
        "previous": None,
        "results": [
            {
                "order": "SO-1",
                "issuer": OMS,
                "handle": "SO-1",
                "status": "partially_shipped",
                "overlays": ["late"],
                "money": "posted",
                "customer": {"id": "C-7", "name": "Meridian Clinics"},
                "region": "EAST",
                "channel": "web",
                "value": {"amount": "4010.5", "currency": "USD"},
                "promised_date": "2026-05-13",
                "placed_at": "2026-05-12T09:14:00Z",
                "partners": ["north", "polaris"],
                "open_exceptions": 0,
            }
        ],
    }


def test_one_order_whole(caller: Make) -> None:
    tell(*two_legs())
    document = caller().json("orders/SO-1")
    released, shipped = moment("2026-05-12T10:00:00Z"), moment("2026-05-13T15:00:00.500000Z")
    gloves = {"line": "1", "sku": "GLV", "quantity": 40, "uom": "EA"}
    legs = document.pop("legs")
    others = [clock for clock in document["clocks"] if clock not in (SHIP, POST)]
    assert {clock["measure"] for clock in others} == {"acknowledge", "deliver", "invoice", "ship"}
    assert {clock["state"] for clock in others} == {"not_measured"}, "nobody has ever sent their stop"
    document["clocks"] = [SHIP, POST]
    assert document == {
        "order": "SO-1",
        "issuer": OMS,
        "handle": "SO-1",
        "status": "partially_shipped",
        "overlays": ["late"],
        "money": "posted",
        "customer": {"id": "C-7", "name": "Meridian Clinics"},
        "region": "EAST",
        "channel": "web",
        "priority": None,
        "value": {"amount": "4010.5", "currency": "USD"},
        "requested_date": None,
        "promised_date": "2026-05-13",
        "placed_at": "2026-05-12T09:14:00Z",
        "milestones": {"placed": moment("2026-05-12T09:14:00Z"), "released": released, "shipped": shipped},
        "lines": [
            {
                "line": "1",
                "sku": "GLV",
                "uom": "EA",
                "description": "Gloves",
                "ordered": 40,
                "released": 40,
                "shipped": 40,
                **NONE_YET,
            },
            {
                "line": "2",
                "sku": "VAC",
                "uom": None,
                "description": None,
                "ordered": "2.5",
                "released": "2.5",
                "shipped": 0,
                **NONE_YET,
            },
        ],
        "loose_shipments": [],
        "unapplied": [],
        "holds": [],
        "clocks": [SHIP, POST],
        "exceptions": [],
        "as_of": None,
        "references": [
            {"scheme": "leg", "value": "SO-1/1", "issuer": "urn:mw"},
            {"scheme": "leg", "value": "SO-1/2", "issuer": "urn:mw"},
            {"scheme": "order", "value": "SO-1", "issuer": OMS},
            {"scheme": "posting", "value": "45-1", "issuer": ERP},
            {"scheme": "shipment", "value": "NS-SO-1", "issuer": NORTH},
            {"scheme": "tracking", "value": "1Z999", "issuer": None},
        ],
    }
    assert legs == [
        {
            "leg": "SO-1/1",
            "partner": "north",
            "site": "ATL",
            "status": "shipped",
            "carrier": None,
            "service": None,
            "ship_by": "2026-05-13T16:00:00Z",
            "milestones": {
                "planned": IMPLIED,
                "released": released,
                "acknowledged": IMPLIED,
                "picked": IMPLIED,
                "packed": IMPLIED,
                "shipped": shipped,
            },
            "lines": [gloves],
            "shipments": [
                {
                    "shipment": "NS-SO-1",
                    "carrier": "UPS",
                    "service": None,
                    "tracking": ["1Z999"],
                    "packages": None,
                    "lines": [gloves],
                    "shipped_at": "2026-05-13T15:00:00.500000Z",
                    "delivered_at": None,
                    "shipped": shipped,
                    "in_transit": None,
                    "delivered": None,
                    "failed": None,
                    "failed_reason": None,
                    "posted": {
                        "posting": "45-1",
                        "occurred_at": "2026-05-13T18:00:00Z",
                        "received_at": "2026-05-13T18:00:00Z",
                    },
                    "invoiced": None,
                }
            ],
            "problems": [],
            "rejected_reason": None,
        },
        {
            "leg": "SO-1/2",
            "partner": "polaris",
            "site": "CHI",
            "status": "released",
            "carrier": None,
            "service": None,
            "ship_by": "2026-05-13",
            "milestones": {"planned": IMPLIED, "released": released},
            "lines": [{"line": "2", "sku": "VAC", "quantity": "2.5", "uom": None}],
            "shipments": [],
            "problems": [],
            "rejected_reason": None,
        },
    ]


def test_an_invoice_shows_on_its_shipment(caller: Make) -> None:
    tell(*two_legs(), event("invoice.issued", ERP, "i", "2026-05-14T08:00:00Z", invoice="INV-1", shipments=["NS-SO-1"]))
    document = caller().json("orders/SO-1")
    assert document["legs"][0]["shipments"][0]["invoiced"] == {
        "invoice": "INV-1",
        "occurred_at": "2026-05-14T08:00:00Z",
        "received_at": "2026-05-14T08:00:00Z",
        "held": False,
        "credited": False,
    }
    assert document["money"] == "invoiced"


def test_two_orders_that_claim_one_leg_both_show_the_conflict(caller: Make) -> None:
    leg = {"leg": "L-1", "partner": "north", "site": "ATL", "lines": [{"sku": "GLV", "quantity": 1}]}
    tell(
        plain_order("SO-1", currency="USD"),
        plain_order("SO-2"),
        event("leg.released", "urn:mw", "r1", "2026-05-14T09:30:00Z", order="SO-1", **leg),
        event("leg.released", "urn:mw", "r2", "2026-05-14T09:40:00Z", order="SO-2", **leg),
    )
    ada = caller()
    first, second = (ada.json(f"orders/{number}")["exceptions"] for number in ("SO-1", "SO-2"))
    assert first == [
        {
            "id": first[0]["id"],
            "code": "REFERENCE_CONFLICT",
            "title": "Reference claimed twice",
            "state": "new",
            "severity": "medium",
            "team": "integration",
            "assignee": None,
            "subject": {"scheme": "leg", "value": "L-1", "issuer": "urn:mw"},
            "partner": None,
            "site": None,
            "value": None,
            "reason": "claimed by SO-1, SO-2",
            "opened_at": "2026-05-14T09:40:00Z",
            "due_at": None,
            "resolved_at": None,
            "snoozed_until": None,
            "next_cut_off": None,
            "late_word": False,
            "incident": first[0]["incident"],
            "comments": 0,
            "version": 0,
            "orders": ["SO-1", "SO-2"],
        }
    ]
    assert (second[0]["subject"], second[0]["orders"]) == (first[0]["subject"], first[0]["orders"])
    assert second[0]["id"] != first[0]["id"], "each order has its own case, which somebody closes"
    assert ada.json(f"exceptions/{first[0]['id']}")["order"] == "SO-1"
    assert [row["open_exceptions"] for row in ada.json("orders")["results"]] == [1, 1]


def test_an_etag_answers_304_until_something_changes(caller: Make) -> None:
    tell(*two_legs())
    ada = caller()
    for path in ("orders/SO-1", "orders/SO-1/timeline"):
        tag = ada.get(path).headers["ETag"]
        for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            unchanged = ada.get(path, **{"If-None-Match": held})
            assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", tag)
        assert ada.get(path, **{"If-None-Match": '"other"'}).status_code == 200
    tag = ada.get("orders/SO-1").headers["ETag"]
    tell(event("order.held", OMS, "h", "2026-05-14T11:00:00Z", order="SO-1", hold="credit", reason="limit"))
    assert ada.get("orders/SO-1", **{"If-None-Match": tag}).status_code == 200


def test_a_number_that_two_issuers_use_asks_which(caller: Make) -> None:
    tell(plain_order("SO-1"), plain_order("SO-1", source="urn:shop"))
    ada = caller()
    problem = ada.problem("orders/SO-1", 409)
    assert problem["errors"] == [{"order": "urn:oms:SO-1"}, {"order": "urn:shop:SO-1"}]
    assert ada.json("orders/urn:shop:SO-1")["issuer"] == "urn:shop"
    assert {row["handle"] for row in ada.json("orders")["results"]} == {"urn:oms:SO-1", "urn:shop:SO-1"}


@pytest.mark.parametrize("number", ["A/B", "A B", "Ä-1", "50%", "A%2FB", "x?y#z", "a/timeline"])
def test_any_printable_number_finds_its_order(caller: Make, number: str) -> None:
    tell(plain_order(number))
    ada = caller()
    path = f"orders/{quote(number, safe='')}"
    raw = {"RAW_URI": f"/api/v1/{path}"}
    answer = ada.client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {ada.token}"}, **raw)
    assert (answer.status_code, answer.json().get("order")) == (200, number)


def test_a_trailing_slash_is_tolerated(caller: Make) -> None:
    tell(*two_legs())
    ada = caller()
    assert ada.json("orders/") == ada.json("orders")
    assert ada.json("orders/SO-1/") == ada.json("orders/SO-1")


def test_an_unknown_order_is_not_found(caller: Make) -> None:
    assert caller().problem("orders/SO-9", 404) == {
        "type": "urn:distsync:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "No order SO-9 is known here, or you may not see it.",
        "instance": "/api/v1/orders/SO-9",
    }


@pytest.mark.parametrize(
    "path", ["orders/%00", "orders/a%00b/timeline", "messages/%00", "contracts/%00", "orders/%FF%FE", "messages/%EF%BF%BD"]
)
def test_a_name_that_nothing_can_have_is_not_found(caller: Make, path: str) -> None:
    assert caller().problem(path, 404)["title"] == "Not found"


def test_a_single_resource_takes_no_parameters(caller: Make) -> None:
    assert caller().problem("messages/SO-1-placed?page_size=5", 400)["errors"][0]["allowed"] == []


def test_an_order_takes_a_moment_alone(caller: Make) -> None:
    for path in ("orders/SO-1", "orders/SO-1/timeline"):
        assert caller().problem(f"{path}?page_size=5", 400)["errors"][0]["allowed"] == ["as_of"]


def test_the_timeline_tells_each_fact_once(caller: Make) -> None:
    tell(*two_legs())
    rows = caller().json("orders/SO-1/timeline")["results"]
    assert [(row["lane"], row["name"], row["flags"]) for row in rows] == [
        ("oms", "order.placed", []),
        ("leg:SO-1/1", "leg.planned", ["implied"]),
        ("leg:SO-1/2", "leg.planned", ["implied"]),
        ("leg:SO-1/1", "leg.released", []),
        ("leg:SO-1/2", "leg.released", []),
        ("leg:SO-1/1", "leg.acknowledged", ["implied"]),
        ("leg:SO-1/1", "leg.picked", ["implied"]),
        ("leg:SO-1/1", "leg.packed", ["implied"]),
        ("leg:SO-1/1", "leg.shipped", []),
        ("erp", "shipment.posted", []),
    ]
    shipped = rows[8]
    key = shipped["message"].pop("key")
    assert shipped == {
        "occurred_at": "2026-05-13T15:00:00.500000Z",
        "received_at": "2026-05-13T15:00:00.500000Z",
        "claimed_at": "2026-05-13T15:00:00.500000Z",
        "lane": "leg:SO-1/1",
        "name": "leg.shipped",
        "text": "north shipped 40 GLV on shipment NS-SO-1, UPS 1Z999, the last of this leg.",
        "message": {"source": NORTH, "id": "SO-1-s1"},
        "flags": [],
    }
    assert caller().json(f"messages/{key}")["id"] == "SO-1-s1"
