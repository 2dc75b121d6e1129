"""`as_of=` over HTTP: exact answers of then, refusals that say what was expected, ETags, partners."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
import time_machine

from apps.accounts.roles import Role
from tests.apps.api.conftest import NOW, Caller, event, tell
from tests.apps.api.stories import ERP, MIDDLEWARE, OMS, POLARIS, two_legs, two_problems
from tests.apps.api.test_openapi import _schema_of
from tests.apps.api.test_orders import POST, SHIP

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]
THEN = "2026-05-13T15:00:00Z"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_an_order_is_answered_as_it_was_known(caller: Make) -> None:
    tell(*two_legs())
    ada = caller()
    then, now = ada.json(f"orders/SO-1?as_of={THEN}"), ada.json("orders/SO-1")
    assert (then["as_of"], now["as_of"]) == (THEN, None)
    assert (then["status"], then["money"], then["overlays"]) == ("released", "none", ["at_risk"])
    assert (now["status"], now["money"], now["overlays"]) == ("partially_shipped", "posted", ["late"])
    assert [leg["status"] for leg in then["legs"]] == ["released", "released"]
    assert [leg["shipments"] for leg in then["legs"]] == [[], []]
    assert [line["shipped"] for line in then["lines"]] == [0, 0]
    assert [each["scheme"] for each in then["references"]] == ["leg", "leg", "order"]
    assert then["milestones"].keys() == {"placed", "released"}


def test_the_instant_itself_is_included(caller: Make) -> None:
    tell(*two_legs())
    ada = caller()
    statuses = [
        ada.json(f"orders/SO-1?as_of={moment}")["status"]
        for moment in ("2026-05-13T15:00:00.499999Z", "2026-05-13T15:00:00.5Z", quote("2026-05-13T17:00:00.5+02:00"))
    ]
    assert statuses == ["released", "partially_shipped", "partially_shipped"]


def test_lateness_is_that_of_then(caller: Make) -> None:
    tell(*two_legs())
    ada = caller()
    overlays = [ada.json(f"orders/SO-1?as_of={at}")["overlays"] for at in ("2026-05-13T23:59:59Z", "2026-05-14T00:00:00Z")]
    assert overlays == [[], ["late"]]


def test_clocks_are_those_of_then(caller: Make) -> None:
    tell(*two_legs())
    ada = caller()
    running = SHIP | {"stopped_at": None, "stopped_heard_at": None}
    found = {
        at: [document["overlays"], [clock for clock in document["clocks"] if clock["state"] != "not_measured"]]
        for at, document in (
            (at, ada.json(f"orders/SO-1?as_of={at}"))
            for at in ("2026-05-12T09:30:00Z", "2026-05-13T11:59:59Z", THEN, "2026-05-13T15:00:00.5Z", "2026-05-14T11:00:00Z")
        )
    }
    assert list(found.values()) == [
        [[], []],
        [[], [running | {"state": "running"}]],
        [["at_risk"], [running | {"state": "at_risk"}]],
        [[], [SHIP, POST | {"stopped_at": None, "stopped_heard_at": None, "state": "running"}]],
        [["late"], [SHIP, POST]],
    ]


def test_exceptions_are_those_of_then_and_what_was_done_to_them_by_then(caller: Make) -> None:
    tell(*two_problems())
    ada = caller()
    now = {case["code"]: case for case in ada.json("orders/SO-1")["exceptions"]}
    assert now.keys() == {"LEG_PROBLEM", "POSTING_FAILED"}
    ada.act(f"exceptions/{now['LEG_PROBLEM']['id']}/claim")
    claimed = {case["code"]: case for case in ada.json("orders/SO-1")["exceptions"]}
    assert (claimed["LEG_PROBLEM"]["state"], claimed["LEG_PROBLEM"]["assignee"]) == ("in_progress", ada.user.username)
    assert claimed["POSTING_FAILED"] == now["POSTING_FAILED"]
    found = {
        at: ada.json(f"orders/SO-1?as_of={at}")["exceptions"] for at in ("2026-05-13T07:59:59Z", "2026-05-13T08:00:00Z", THEN)
    }
    assert list(found.values()) == [[], [now["LEG_PROBLEM"]], [now["LEG_PROBLEM"]]]


def test_a_list_of_exceptions_and_one_of_them_are_those_of_then(caller: Make) -> None:
    tell(*two_problems())
    rest = {"leg": "SO-1/2", "shipment": "P-1", "lines": [{"sku": "VAC", "quantity": 2.5}]}
    tell(event("leg.shipped", POLARIS, "s2", "2026-05-14T10:00:00Z", **rest, final=True))
    ada, polaris = caller(), caller(Role.PARTNER, partner="polaris")

    def found(somebody: Caller, query: str) -> list[tuple[str, str]]:
        return [(case["code"], case["state"]) for case in somebody.json(f"exceptions?sort=age&{query}")["results"]]

    assert found(ada, "as_of=2026-05-13T07:59:59Z") == []
    assert found(ada, f"as_of={THEN}") == found(polaris, f"as_of={THEN}") == [("LEG_PROBLEM", "new")]
    before, after = "as_of=2026-05-14T09:59:59Z", "as_of=2026-05-14T10:00:00Z"
    open_then = [("LEG_PROBLEM", "new"), ("SHIP_OVERDUE", "new"), ("POSTING_FAILED", "new")]
    assert found(ada, f"{before}&state=open") == open_then
    assert found(ada, f"{after}&code=LEG_PROBLEM") == [("LEG_PROBLEM", "resolved_verified")]
    answer = ada.json(f"exceptions?as_of={THEN}")
    assert (answer["as_of"], ada.json("exceptions")["as_of"]) == (THEN, None)
    path = f"exceptions/{answer['results'][0]['id']}"
    then, now = ada.json(f"{path}?as_of={THEN}"), ada.json(path)
    assert (then["state"], then["evidence"], [entry["kind"] for entry in then["history"]]) == ("new", None, ["opened"])
    assert (now["state"], [entry["kind"] for entry in now["history"]]) == ("resolved_verified", ["opened", "cleared"])
    assert (then["as_of"], now["as_of"], now["evidence"]["message"]) == (THEN, None, "s2")
    ada.problem(f"{path}?as_of=2026-05-13T07:59:59Z", 404)
    for template, told in (("/api/v1/exceptions", answer), ("/api/v1/exceptions/{exception}", then)):
        jsonschema_rs.validator_for(_schema_of(template, "200", "application/json")).validate(told)


def test_a_partner_is_told_its_own_clocks_and_exceptions_without_money(caller: Make) -> None:
    tell(*two_problems())
    north, polaris = caller(Role.PARTNER, partner="north"), caller(Role.PARTNER, partner="polaris")
    for moment in ("", f"?as_of={THEN}", "?as_of=2026-05-14T11:00:00Z"):
        mine, other = north.json(f"orders/SO-1{moment}"), polaris.json(f"orders/SO-1{moment}")
        assert [clock["measure"] for clock in mine["clocks"]] == ["acknowledge", "ship"], "posting is not its business"
        assert mine["exceptions"] == []
        assert {(clock["partner"], clock["state"]) for clock in other["clocks"]} == {("polaris", "not_measured")}
        assert [(case["code"], case["value"]) for case in other["exceptions"]] == [("LEG_PROBLEM", None)]
        assert ("at_risk" in mine["overlays"], "at_risk" in other["overlays"]) == (THEN in moment, False)
    rows = [each.json("orders")["results"][0]["open_exceptions"] for each in (caller(), north, polaris)]
    assert rows == [2, 0, 1]


def test_word_that_came_late_is_not_in_the_picture_of_before(caller: Make) -> None:
    tell(*two_legs())
    tell(event("order.held", OMS, "h", "2026-05-12T11:00:00Z", order="SO-1", hold="credit", reason="limit"), heard=THEN)
    ada = caller()
    holds = [len(ada.json(f"orders/SO-1?as_of={at}")["holds"]) for at in ("2026-05-13T14:59:59Z", THEN)]
    assert holds == [0, 1]


def test_a_timeline_as_of_then(caller: Make) -> None:
    tell(*two_legs())
    tell(event("leg.shipped", "urn:north", "s1-again", "2026-05-13T15:00:00.5Z", leg="SO-1/1", shipment="NS-SO-1", lines=[]))
    answer = caller().json(f"orders/SO-1/timeline?as_of={THEN}")
    assert (answer["as_of"], answer["next"], answer["previous"]) == (THEN, None, None)
    assert [(row["name"], row["flags"]) for row in answer["results"]] == [
        ("order.placed", []),
        ("leg.planned", ["implied"]),
        ("leg.planned", ["implied"]),
        ("leg.released", []),
        ("leg.released", []),
    ]
    assert caller().json("orders/SO-1/timeline")["as_of"] is None


def test_a_conflict_of_then(caller: Make) -> None:
    leg = {"leg": "L-1", "partner": "north", "site": "ATL", "lines": [{"sku": "GLV", "quantity": 1}]}
    tell(
        *two_legs(),
        event("leg.released", MIDDLEWARE, "r1", "2026-05-13T09:30:00Z", order="SO-1", **leg),
        event("leg.released", MIDDLEWARE, "r2", "2026-05-13T09:40:00Z", order="SO-2", **leg),
    )
    ada = caller()
    counts = [
        sum(each["code"] == "REFERENCE_CONFLICT" for each in ada.json(f"orders/SO-1?as_of={at}")["exceptions"])
        for at in ("2026-05-13T09:39:59Z", "2026-05-13T09:40:00Z")
    ]
    assert counts == [0, 1]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("yesterday", "`yesterday` is not an RFC 3339 time such as"),
        ("2026-05-12", "`2026-05-12` is a date where a time is needed"),
        ("2026-05-12T09:14:00", "`2026-05-12T09:14:00` has no zone"),
        ("2026-05-12T09:14:00+02:00", "Write the `+` of an offset as %2B"),
        ("2026-02-30T09:14:00Z", "is not a time that exists"),
        ("2026-05-14T12:00:00.000001Z", "2026-05-14T12:00:00.000001Z is still to come (now is 2026-05-14T12:00:00Z)"),
    ],
)
@pytest.mark.parametrize("path", ["orders/SO-1", "orders/SO-1/timeline", "exceptions", f"exceptions/{'0' * 32}"])
def test_a_value_that_is_no_past_moment_is_refused(caller: Make, path: str, value: str, why: str) -> None:
    problem = caller().problem(f"{path}?as_of={value}", 400)
    assert problem["type"] == "urn:distsync:problem:bad-parameter"
    assert problem["detail"].startswith("`as_of` is a past moment as an RFC 3339 time with its zone")
    assert why in problem["detail"]
    assert [error["parameter"] for error in problem["errors"]] == ["as_of"]


def test_this_instant_is_no_moment_to_come(caller: Make) -> None:
    tell(*two_legs())
    assert caller().json("orders/SO-1?as_of=2026-05-14T12:00:00Z")["status"] == "partially_shipped"


def test_before_the_first_word_there_was_no_order(caller: Make) -> None:
    tell(*two_legs())
    for path in ("orders/SO-1", "orders/SO-1/timeline"):
        problem = caller().problem(f"{path}?as_of=2026-05-12T09:13:59Z", 404)
        assert problem["detail"] == "Order SO-1 was not known yet at 2026-05-12T09:13:59Z."
    assert caller().problem("orders/SO-1?as_of=0001-01-01T00:00:00Z", 404)["status"] == 404


def test_the_etag_of_then_stays_whatever_is_heard_later(caller: Make) -> None:
    tell(*two_legs())
    ada = caller()
    path = f"orders/SO-1?as_of={THEN}"
    held = ada.get(path)["ETag"]
    assert held != ada.get("orders/SO-1")["ETag"]
    tell(event("invoice.issued", ERP, "i", "2026-05-14T08:00:00Z", invoice="INV-1", shipments=["NS-SO-1"]))
    answer = ada.get(path, **{"If-None-Match": held})
    assert (answer.status_code, answer["ETag"], answer["Cache-Control"]) == (304, held, "private, no-cache")
    tell(event("order.validated", OMS, "v", "2026-05-12T09:20:00Z", order="SO-1"))
    assert ada.get(path, **{"If-None-Match": held}).status_code == 200, "history was loaded"


def test_a_partner_is_answered_its_own_past(caller: Make) -> None:
    north, polaris = two_legs()[1:3]
    taken_over = event(
        "leg.released",
        MIDDLEWARE,
        "SO-1-r2-again",
        "2026-05-13T12:00:00Z",
        order="SO-1",
        leg="SO-1/2",
        site="ATL",
        partner="north",
        lines=[{"line": "2", "sku": "VAC", "quantity": 2.5}],
    )
    tell(two_legs()[0], north, polaris, taken_over)
    partner = caller(Role.PARTNER, partner="north")
    then, now = partner.json("orders/SO-1?as_of=2026-05-13T11:59:59Z"), partner.json("orders/SO-1")
    assert [leg["leg"] for leg in then["legs"]] == ["SO-1/1"], "the other leg was polaris' then"
    assert [leg["leg"] for leg in now["legs"]] == ["SO-1/1", "SO-1/2"]
    assert (then["customer"], then["money"], then["value"]) == (None, None, None)
    told = partner.json("orders/SO-1/timeline?as_of=2026-05-13T11:59:59Z")["results"]
    assert {row["lane"] for row in told} == {"leg:SO-1/1"}
    not_yet = partner.problem("orders/SO-1?as_of=2026-05-12T09:59:59Z", 404)
    assert not_yet["detail"] == "There is no such order, or none that you may see."
    caller(Role.PARTNER, partner="polaris").problem("orders/SO-1?as_of=2026-05-13T11:59:59Z", 404)


@pytest.mark.parametrize(
    ("path", "template"),
    [("orders/SO-1", "/api/v1/orders/{order}"), ("orders/SO-1/timeline", "/api/v1/orders/{order}/timeline")],
)
def test_the_answer_and_the_parameter_are_in_the_document(caller: Make, path: str, template: str) -> None:
    tell(*two_legs())
    answer: Any = caller().json(f"{path}?as_of={THEN}")
    schema = _schema_of(template, "200", "application/json")
    jsonschema_rs.validator_for(schema).validate(answer)
