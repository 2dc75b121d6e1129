"""Two workers at once: neither loses the other's facts, whoever comes first, and neither deadlocks."""

import threading

import pytest
from django.db import connection, connections
from pytest_django import Settings

from apps.orders.queries import get_order
from apps.pipeline import lanes
from apps.pipeline.process import BATCH_LIMIT, process_batch
from apps.pipeline.rebuild import DERIVED
from tests import messages as m

WORKERS = 4
ORDERS = 12


def work(limit: int, start: threading.Barrier, failures: list[BaseException]) -> None:
    try:
        start.wait()
        while process_batch(limit, now=m.NOW):
            pass
    except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
        failures.append(error)
    finally:
        connections.close_all()


@pytest.mark.parametrize("limit", [7, BATCH_LIMIT])
def test_workers_racing_on_the_same_orders_show_what_one_alone_shows(
    transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """In small pieces, and in lanes of orders, which are soon worked by whoever comes."""
    settings.PIPELINE_HELP_FROM = 1  # nobody waits for a turn
    monkeypatch.setattr(lanes, "FEWEST", 5)
    handles = [f"SO-{number}" for number in range(ORDERS)]
    stories = [m.order_story(handle) for handle in handles]
    interleaved = [each for step in zip(*stories, strict=True) for each in step]
    m.hear(*reversed(interleaved))  # evidence first, orders last: everything has to move
    start, failures = threading.Barrier(WORKERS), []
    threads = [threading.Thread(target=work, args=(limit, start, failures)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    m.process()
    raced = m.shown(handles)
    assert {order["status"] for order in raced.values()} == {"partially_delivered"}
    assert [len(get_order(handle).state.legs) for handle in handles] == [2] * ORDERS
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT position) FROM orders_fact WHERE state = 0")
        assert cursor.fetchone() == (len(interleaved), len(interleaved))
        cursor.execute("SELECT count(*) FROM eventlog_pending")
        assert cursor.fetchone() == (0,)
        cursor.execute(f"DELETE FROM orders_fact; {'; '.join(f'DELETE FROM {t}' for t in DERIVED)}")
    from apps.eventlog import log

    log.enqueue()
    m.process()
    assert m.shown(handles) == raced
