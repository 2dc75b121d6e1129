"""The bench's own word on what the API must answer, held to the product in whatever order the events come."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from apps.api.documents import order_document
from apps.eventlog import log
from apps.intake.envelope import Arrival, read_batch
from apps.orders.queries import get_order
from apps.pipeline.process import process_batch
from bench.events import Order, batches, begin, events_of, order_of
from bench.expected import expected, shown

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _run_began_an_hour_ago() -> None:
    begin("A", NOW - timedelta(hours=1))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_an_order_of_which_all_was_told_shows_as_expected(seed: int | None) -> None:
    order = order_of("A", 5)
    events = list(events_of(order))
    if seed is not None:
        random.Random(seed).shuffle(events)
    tell(events)
    assert answer(order) == expected(order)


@pytest.mark.django_db
@pytest.mark.parametrize("missing", range(20))
def test_an_order_that_lacks_one_event_does_not_show_as_expected(missing: int) -> None:
    order = order_of("A", 5)
    events = list(events_of(order))
    tell(events[:missing] + events[missing + 1 :])
    assert answer(order) != expected(order)


def tell(events: list[bytes]) -> None:
    for body in batches(events, 7):
        log.append(list(read_batch(body, Arrival(NOW, "bench", "events", is_history=False), 100)), now=NOW)
        process_batch(now=NOW)


def answer(order: Order) -> dict[str, object]:
    return shown(order_document(get_order(order.order).state, handle=order.order, now=NOW))
