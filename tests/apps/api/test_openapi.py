"""The OpenAPI document: valid, complete, and true of what is answered."""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import jsonschema_rs
import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from openapi_spec_validator import validate

from apps.api.openapi import document
from apps.api.urls import urlpatterns
from apps.api.vocabulary import MESSAGE_STATES
from apps.pipeline.queries import STATES
from tests.apps.acts.acting import perform
from tests.apps.acts.builders import claim, put
from tests.apps.api.conftest import NOW, Caller, event, tell
from tests.apps.api.stories import ERP, OMS, two_legs

Make = Callable[..., Caller]


def test_it_is_valid_openapi() -> None:
    validate(document())


def test_it_is_made_without_a_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_it_is_open_to_everybody(client: Client) -> None:
    answer = client.get("/api/v1/schema")
    assert (answer.status_code, answer.json()["openapi"], answer.json()) == (200, "3.1.1", document())


def test_it_lists_every_endpoint_once_and_without_a_slash() -> None:
    named = [str(pattern.pattern) for pattern in urlpatterns if pattern.name and pattern.name != "schema"]
    expected = {f"/api/v1/{route.replace('<identifier:', '{').replace('>', '}')}" for route in named}
    assert set(document()["paths"]) == expected


def test_message_states_are_those_of_the_pipeline() -> None:
    assert set(MESSAGE_STATES) == set(STATES)


@pytest.mark.django_db
class TestAnswers:
    @pytest.fixture(autouse=True)
    def _story(self) -> Iterator[None]:
        with time_machine.travel(NOW, tick=False):
            tell(*two_legs())
            tell(
                event("order.held", OMS, "h", "2026-05-14T11:00:00Z", order="SO-1", hold="credit", reason="limit"),
                event("invoice.issued", ERP, "i", "2026-05-14T08:00:00Z", invoice="INV-1", shipments=["NS-SO-1"]),
                event("leg.problem", "urn:polaris", "pr", "2026-05-14T08:00:00Z", leg="SO-1/2", code="damaged", reason="wet"),
            )
            perform(claim(order="SO-1", until=NOW, version=1), put("calendar", "ATL", {"zone": "UTC"}))
            yield

    @pytest.mark.parametrize(
        ("path", "template"),
        [
            ("orders", "/api/v1/orders"),
            ("orders?page_size=1&status=heard", "/api/v1/orders"),
            ("orders/SO-1", "/api/v1/orders/{order}"),
            ("orders/SO-1/timeline", "/api/v1/orders/{order}/timeline"),
            ("messages", "/api/v1/messages"),
            ("messages/SO-1-placed", "/api/v1/messages/{message}"),
            ("contracts", "/api/v1/contracts"),
            ("contracts/leg.shipped", "/api/v1/contracts/{name}"),
            ("partners", "/api/v1/partners"),
            ("audit", "/api/v1/audit"),
        ],
    )
    def test_an_answer_is_what_the_document_says(self, caller: Make, path: str, template: str) -> None:
        answer = caller().json(path)
        schema = _schema_of(template, "200", "application/json")
        jsonschema_rs.validator_for(schema).validate(answer)

    def test_no_answer_holds_a_key_that_the_document_does_not_name(self, caller: Make) -> None:
        ada = caller()
        for path, template in (
            ("orders", "/api/v1/orders"),
            ("orders/SO-1", "/api/v1/orders/{order}"),
            ("audit", "/api/v1/audit"),
        ):
            _compare(ada.json(path), _schema_of(template, "200", "application/json"), path)

    def test_a_problem_is_what_the_document_says(self, caller: Make) -> None:
        problem = caller().problem("orders?late=maybe", 400)
        schema = _schema_of("/api/v1/orders", "400", "application/problem+json")
        jsonschema_rs.validator_for(schema).validate(problem)


def _schema_of(template: str, status: str, media_type: str) -> dict[str, Any]:
    whole = document()
    schema: dict[str, Any] = whole["paths"][template]["get"]["responses"][status]["content"][media_type]["schema"]
    return {**schema, "components": whole["components"]}


def _compare(value: Any, schema: dict[str, Any], place: str, components: dict[str, Any] | None = None) -> None:
    components = components or schema["components"]["schemas"]
    for choice in schema.get("oneOf", ()):
        if "$ref" in choice and value is not None:
            schema = choice
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for item in value:
            _compare(item, schema["items"], f"{place}[]", components)
    elif isinstance(value, dict) and "properties" in schema:
        assert set(value) == set(schema["properties"]), place
        for name, item in value.items():
            _compare(item, schema["properties"][name], f"{place}.{name}", components)
