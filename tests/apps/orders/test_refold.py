"""The row of an order: what stands in it is what all of its facts say, whatever order they came in."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection

from apps.orders.models import OrderRow
from apps.pipeline.process import on_change
from tests import messages as m

pytestmark = pytest.mark.django_db


def rows() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders_order::text FROM orders_order ORDER BY handle")
        return [tuple(row) for row in cursor.fetchall()]


def test_a_fact_that_changes_nothing_of_the_state_is_counted_all_the_same() -> None:
    placed = m.message("order.placed", m.OMS, order="SO-1", lines=[], id="placed")
    older, newer = (m.message("order.validated", m.OMS, minute=minute, order="SO-1", id=str(minute)) for minute in (5, 9))
    repeated = m.message("order.validated", m.OMS, minute=7, order="SO-1", id="7")
    m.tell(placed, older, newer)
    state = OrderRow.objects.get().state
    m.tell(repeated)
    assert (OrderRow.objects.get().state, OrderRow.objects.get().fact_count) == (state, 4)
    one_by_one = rows()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders_order")
        cursor.execute("DELETE FROM orders_fact")
        cursor.execute("DELETE FROM orders_identifier")
        cursor.execute("DELETE FROM orders_mention")
        cursor.execute("DELETE FROM orders_bundle")
    m.log.enqueue()
    m.process()
    assert rows() == one_by_one


def test_who_watches_an_order_hears_of_a_fact_that_only_its_timeline_shows(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    told: list[str] = []
    monkeypatch.setattr("apps.pipeline.process._listeners", [])
    on_change(told.extend)
    validated = [m.message("order.validated", m.OMS, minute=minute, order="SO-1") for minute in (5, 7, 9)]
    m.tell(m.message("order.placed", m.OMS, order="SO-1", lines=[]), validated[0], validated[2])
    with django_capture_on_commit_callbacks(execute=True):
        m.tell(validated[1])
    assert told == ["SO-1"]


def test_a_column_that_the_release_before_writes_has_a_default() -> None:
    m.tell(m.message("order.placed", m.OMS, order="SO-1", lines=[]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT open_exceptions FROM orders_order")
        assert cursor.fetchall() == [(0,)]
