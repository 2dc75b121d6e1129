"""Incidents over HTTP."""

from collections.abc import Callable, Iterator

import jsonschema_rs
import pytest
import time_machine

from apps.accounts.roles import Role
from apps.api.openapi import document
from apps.exceptions import measured
from tests.apps.api.conftest import NOW, Caller, event, tell
from tests.apps.api.stories import MIDDLEWARE, NORTH, OMS

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]
LINES = [{"line": "1", "sku": "GLV", "quantity": 40}]


@pytest.fixture(autouse=True)
def _outage() -> Iterator[None]:
    """North acknowledges one release and then no other."""
    measured.forget()
    with time_machine.travel(NOW, tick=False):
        for number in range(4):
            order, at = f"SO-{number}", f"2026-05-14T08:{number}0:00Z"
            priced = [{**LINES[0], "unit_price": 100}]
            tell(
                event("order.placed", OMS, f"{order}-p", at, order=order, lines=priced, currency="USD", region="EAST"),
                event(
                    "leg.released",
                    MIDDLEWARE,
                    f"{order}-r",
                    at,
                    order=order,
                    leg=f"{order}/1",
                    partner="north",
                    site="ATL",
                    lines=LINES,
                ),
            )
        tell(event("leg.acknowledged", NORTH, "a", "2026-05-14T08:05:00Z", leg="SO-0/1"))
        yield
    measured.forget()


def row(number: str, *, value: object) -> dict[str, object]:
    return {
        "id": number,
        "code": "ACK_OVERDUE",
        "title": "Not acknowledged",
        "partner": "north",
        "site": "ATL",
        "region": "EAST",
        "count": 3,
        "value": value,
        "first_opened_at": "2026-05-14T09:10:00Z",
        "last_opened_at": "2026-05-14T09:30:00Z",
        "team": "partner_operations",
        "severity": "high",
        "assignees": [],
        "evidence": [],
    }


def test_missing_acknowledgements_of_one_partner_are_one_row(caller: Make) -> None:
    ada = caller()
    found = ada.json("incidents")
    (number,) = [each["id"] for each in found["results"]]
    assert found == {
        "next": None,
        "previous": None,
        "results": [row(number, value={"amount": 12000, "currency": "USD"})],
    }
    assert ada.json(f"incidents/{number}") == found["results"][0]


def test_its_filters_narrow_it(caller: Make) -> None:
    ada = caller()
    counts = {
        query: len(ada.json(f"incidents?{query}")["results"])
        for query in (
            "team=finance",
            "team=partner_operations",
            "code=ACK_OVERDUE",
            "code=SHORT_SHIP",
            "partner=south",
            "region=EAST",
            "page_size=1",
        )
    }
    assert counts == {
        "team=finance": 0,
        "team=partner_operations": 1,
        "code=ACK_OVERDUE": 1,
        "code=SHORT_SHIP": 0,
        "partner=south": 0,
        "region=EAST": 1,
        "page_size=1": 1,
    }
    assert ada.problem("incidents?team=nobody", 400)["errors"][0]["parameter"] == "team"


def test_a_partners_user_sees_its_own_and_no_money(caller: Make) -> None:
    (found,) = caller(Role.PARTNER, partner="north").json("incidents")["results"]
    assert found == row(found["id"], value=None)
    south = caller(Role.PARTNER, partner="south")
    assert south.json("incidents")["results"] == []
    south.problem(f"incidents/{found['id']}", 404)


def test_one_that_is_none_is_not_found(caller: Make) -> None:
    caller().problem("incidents/ff", 404)


def test_its_answers_are_what_the_document_says(caller: Make) -> None:
    whole = document()
    ada = caller()
    listed = ada.json("incidents")
    for template, found in (
        ("/api/v1/incidents", listed),
        ("/api/v1/incidents/{incident}", ada.json(f"incidents/{listed['results'][0]['id']}")),
    ):
        schema = whole["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema_rs.validator_for({**schema, "components": whole["components"]}).validate(found)
