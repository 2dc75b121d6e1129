"""Requests made from the OpenAPI document, lawful and not: no 500, and every answer is one that the document describes.

Bounded and the same in every run. `DISTSYNC_FUZZ_EXAMPLES=2000 pytest tests/hostile/test_openapi.py` looks for longer.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from apps.accounts.models import User
from apps.accounts.services import issue_token
from apps.api.openapi import document
from apps.exceptions.filters import CaseFilter
from apps.exceptions.queries import find_cases
from distsync.wsgi import application
from tests.connections import connection_kept
from tests.messages import ERP, MIDDLEWARE, NORTH, NOW, OMS, hear, line, message, order_story, process

IN_A_TEST_RUN = 25
EXAMPLES = int(os.environ.get("DISTSYNC_FUZZ_EXAMPLES", str(IN_A_TEST_RUN)))
IS_LONG = EXAMPLES > IN_A_TEST_RUN
# What the database holds, so that requests reach it; drawn beside what the document alone would suggest.
REAL = {
    "order": ["SO-1", "SO/2%", "TWICE", "/oms:TWICE", "SO-1-A"],
    "message": ["1", "2", "c1", "placed-SO/2%", "waits", "both"],
    "name": ["order.placed", "distsync.leg.shipped.v1"],
    "search": ["SO-1", "SO/2", "T-SO-1", "Meridian", "%", "_", "\\"],
    "source": [OMS, ERP],
    "id": ["placed-SO/2%", "both"],
    "partner": ["northstar", "polaris"],
    "type": ["distsync.order.placed.v1"],
    "region": ["EU"],
    "as_of": ["2026-03-02T12:00:00Z", "2026-03-28T12:00:00Z"],
}

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("openapi")]  # the data is made once
SCHEMA = schemathesis.openapi.from_dict(document())
SCHEMA.app = application
# Whether these find something depends on jobs, incidents and cases of the moment; a bulk act answers 202.
OF_THE_MOMENT = {
    "GET /api/v1/jobs/{job}",
    "GET /api/v1/incidents/{incident}",
    "POST /api/v1/exceptions/bulk",
    "POST /api/v1/notifications/{notification}/read",
}
OPERATIONS = {f"{found.ok().method.upper()} {found.ok().path}": found.ok() for found in SCHEMA.get_all_operations()}


@pytest.fixture(scope="module")
def token(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """An administrator's, with orders and a message of every state in the database."""
    with django_db_blocker.unblock(), transaction.atomic(), connection_kept():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_timeout = 0")  # a long run's transaction is long
        _tell()
        REAL["exception"] = [case.id for case in find_cases(CaseFilter(state=None), now=NOW).rows]
        assert REAL["exception"]
        OF_THE_MOMENT.update(name for name in OPERATIONS if name.startswith("POST /api/v1/exceptions/"))
        yield issue_token(User.objects.create_user("ada", role="administrator"))[1]
        transaction.set_rollback(True)


def _tell() -> None:
    odd = "SO/2%"
    hear(
        *order_story("SO-1"),
        message("order.placed", OMS, id=f"placed-{odd}", order=odd, lines=[line("1", "A", 1)], region="EU", currency="USD"),
        message("order.held", OMS, order=odd, hold="credit", reason="limit"),
        message("leg.released", MIDDLEWARE, order=odd, leg="L", partner="northstar", site="ATL", lines=[line("1", "A", 1)]),
        message("leg.problem", NORTH, leg="L", code="damaged", reason="wet"),
        message("leg.rejected", NORTH, leg="L", reason="no stock"),
        message("order.placed", OMS, order="TWICE", lines=[], promised_date="2026-03-02"),
        message("order.placed", "/another oms", order="TWICE", lines=[]),
        message("order.placed", OMS, id="both", order="SO-3", lines="none"),
        message("order.placed", OMS, id="both", order="SO-3", lines=[]),
        message("order.placed", ERP, id="both", order="SO-3", lines=[]),
        message("leg.acknowledged", NORTH, leg="of nobody"),
        message("leg.picked", ERP, leg="L", lines=[]),
    )
    process()
    hear(message("order.validated", ERP, id="waits", order="SO-1"))


def _unjudged(case: Case) -> list[Any]:
    """Which cursors are ours no document can say; a query of objects and lists is not sent as it was meant."""
    query = case.query or {}
    unjudged = [positive_data_acceptance] if {"cursor", "as_of"} & query.keys() else []  # nor which moments are past
    if case.method == "POST" and case.path.startswith("/api/v1/exceptions"):
        unjudged.append(positive_data_acceptance)  # who there is, and what is still to come, no document can say
    is_plain = all(isinstance(value, str | int | float | None) for value in query.values())
    return unjudged if is_plain else [*unjudged, negative_data_rejection]


def _sometimes_real(values: Any, data: st.DataObject) -> None:
    """Every other time, in place of what the document suggests, something that is there."""
    for name in values or ():
        if name in REAL and data.draw(st.booleans()):
            values[name] = data.draw(st.sampled_from(REAL[name]))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["lawful", "unlawful"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_described(token: str, name: str, mode: GenerationMode) -> None:
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=EXAMPLES,
        derandomize=not IS_LONG,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(OPERATIONS[name].as_strategy(generation_mode=mode), st.data())
    def ask(case: Case, data: st.DataObject) -> None:
        if mode is GenerationMode.POSITIVE:
            _sometimes_real(case.path_parameters, data)
            _sometimes_real(case.query, data)
        response = case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=_unjudged(case))
        statuses[response.status_code] += 1

    ask()
    assert sum(statuses.values()) >= EXAMPLES // 2
    if mode is GenerationMode.POSITIVE and name not in OF_THE_MOMENT:
        assert statuses[200] > 0, f"nothing that is there was found: {statuses}"
