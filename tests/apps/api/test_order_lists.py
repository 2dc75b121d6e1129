"""Lists of orders over HTTP: filters, pages, and lateness by the moment of asking."""

from datetime import timedelta

import pytest
import time_machine

from tests.apps.api.conftest import NOW, tell
from tests.apps.api.stories import two_legs
from tests.apps.api.test_orders import Make, _at_noon, numbers, plain_order

__all__ = ["_at_noon"]
pytestmark = pytest.mark.django_db


def test_lateness_depends_on_when_one_asks(caller: Make) -> None:
    tell(plain_order("SO-1", promised_date="2026-05-14"))
    ada = caller()
    assert ada.json("orders/SO-1")["overlays"] == []
    assert numbers(ada.json("orders?late=true")) == []
    with time_machine.travel(NOW + timedelta(hours=12, seconds=1), tick=False):
        assert ada.json("orders/SO-1")["overlays"] == ["late"]
        assert numbers(ada.json("orders?late=true")) == ["SO-1"]
        assert numbers(ada.json("orders?overlay=late")) == ["SO-1"]
        assert numbers(ada.json("orders?late=false")) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["SO-1", "SO-2"]),
        ("search=SO-2", ["SO-2"]),
        ("search=1Z999", ["SO-1"]),
        ("search=meridian", ["SO-1"]),
        ("status=placed", ["SO-2"]),
        ("status=delivered", []),
        ("partner=north", ["SO-1"]),
        ("region=WEST", ["SO-2"]),
        ("money=posted", ["SO-1"]),
        ("late=true", ["SO-1"]),
        ("late=false", ["SO-2"]),
        ("overlay=on_hold", []),
        ("status=&late=&search=", ["SO-1", "SO-2"]),
    ],
)
def test_filters(caller: Make, query: str, found: list[str]) -> None:
    tell(*two_legs(), plain_order("SO-2", "2026-05-11T09:00:00Z", region="WEST"))
    assert numbers(caller().json(f"orders?{query}")) == found


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("page_size=0", "page_size"),
        ("page_size=501", "page_size"),
        ("page_size=ten", "page_size"),
        ("page_size=%D9%A1", "page_size"),
        ("status=lost", "status"),
        ("late=perhaps", "late"),
        ("overlay=soon", "overlay"),
        ("money=plenty", "money"),
        ("as_of=2026-05-01T00:00:00Z", "as_of"),
        ("status=placed&status=heard", "status"),
        ("search=%00", "search"),
    ],
)
def test_a_parameter_that_cannot_be_meant_is_named(caller: Make, query: str, parameter: str) -> None:
    problem = caller().problem(f"orders?{query}", 400)
    assert (problem["type"], problem["errors"][0]["parameter"]) == ("urn:distsync:problem:bad-parameter", parameter)


def test_the_allowed_values_are_listed(caller: Make) -> None:
    problem = caller().problem("orders?overlay=soon", 400)
    allowed = ["on_hold", "backordered", "late", "at_risk", "partially_cancelled"]
    sentence = "`overlay` cannot be `soon`: use on_hold, backordered, late, at_risk, partially_cancelled."
    assert problem == {
        "type": "urn:distsync:problem:bad-parameter",
        "title": "Bad query parameter",
        "status": 400,
        "detail": sentence,
        "instance": "/api/v1/orders",
        "errors": [{"parameter": "overlay", "detail": sentence, "allowed": allowed}],
    }


@pytest.mark.parametrize("cursor", ["x", "AAAA", "WyJhIl0", "W3RydWUsIngiLCJ5Il0", "W3RydWVd"])
def test_a_foreign_cursor_is_refused(caller: Make, cursor: str) -> None:
    ada = caller()
    for path in ("orders", "messages", "contracts", "partners"):
        assert ada.problem(f"{path}?cursor={cursor}", 400)["title"] == "Unreadable"


def test_pages_lead_to_each_other(caller: Make) -> None:
    tell(*(plain_order(f"SO-{number}", f"2026-05-14T09:0{number}:00Z", region="EAST") for number in range(5)))
    ada = caller()
    first = ada.json("orders?page_size=2&region=EAST")
    assert (numbers(first), first["previous"]) == (["SO-4", "SO-3"], None)
    assert first["next"].startswith("http://testserver/api/v1/orders?page_size=2&region=EAST&cursor=")
    second = ada.json(first["next"].partition("/api/v1/")[2])
    third = ada.json(second["next"].partition("/api/v1/")[2])
    assert (numbers(second), numbers(third), third["next"]) == (["SO-2", "SO-1"], ["SO-0"], None)
    assert numbers(ada.json(second["previous"].partition("/api/v1/")[2])) == ["SO-4", "SO-3"]
