"""Whoever judges may have looked at the time before it waited for its turn: what has come meanwhile counts all the same."""

import pytest

from apps.exceptions.queries import cases_of_order
from apps.pipeline.process import process_batch
from tests.apps.exceptions.worked import problem
from tests.messages import CARRIER, MIDDLEWARE, NORTH, NOW, START, hear, line, message, tell

pytestmark = pytest.mark.django_db


def test_a_word_closes_its_case_whatever_the_time_that_the_batch_began_with() -> None:
    number = problem()
    hear(message("leg.shipped", NORTH, minute=60, leg="SO-1-A", shipment="SO-1-S", lines=[line("1", "GLV", 40)]))
    assert process_batch(now=START) == 1  # the time looked at before the word came
    (case,) = (case for case in cases_of_order("SO-1", now=NOW) if case.id == number)
    assert case.state == "resolved_verified"


def test_bad_news_opens_its_case_whatever_the_time_that_the_batch_began_with() -> None:
    problem()
    hear(
        message("leg.shipped", NORTH, minute=60, leg="SO-1-A", shipment="SO-1-S", lines=[line("1", "GLV", 40)]),
        message("shipment.failed", CARRIER, minute=90, shipment="SO-1-S", reason="dock closed"),
    )
    assert process_batch(now=START) == 2
    assert [case.code for case in cases_of_order("SO-1", now=NOW) if case.state == "new"] == ["DELIVERY_FAILED"]


def test_a_transfer_is_received_whatever_the_time_that_the_batch_began_with() -> None:
    way = {"transfer": "T-1", "from_site": "ATL", "to_site": "CHI", "lines": [line("1", "GLV", 4)]}
    tell(message("transfer.shipped", MIDDLEWARE, **way))
    hear(message("transfer.received", MIDDLEWARE, minute=60 * 24 * 20, **way))
    process_batch(now=START)
    assert [case.state for case in cases_of_order("", now=NOW)] == ["resolved_verified"]
