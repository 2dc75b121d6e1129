"""The database's rule of lateness is the one of `lateness.py`: the same orders, at every moment, told both ways."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from apps.orders.filters import condition_of, looked_up
from apps.orders.lateness import is_late
from apps.orders.queries import OrderFilter, count_orders, find_orders, get_order
from tests import messages as m

pytestmark = pytest.mark.django_db
LINES = [m.line("1", "GLV", 10)]
PROMISE = m.START + timedelta(minutes=100)
MOMENTS = [PROMISE + timedelta(seconds=seconds) for seconds in (-3600, -1, 0, 1, 86_400)]


def tell_order(order: str, *, promised: bool = True, delivered: int | None = None, part: float = 10, **ended: Any) -> None:
    """An order that is shipped (when it is delivered at minute `delivered`) and, in `ended`, cancelled or rejected."""
    promise = {"promised_date": PROMISE.isoformat()} if promised else {}
    told = [m.message("order.placed", m.OMS, order=order, lines=LINES, **promise)]
    if delivered is not None:
        shipped = {"leg": f"{order}-L", "shipment": f"{order}-S", "order": order, "lines": [m.line("1", "GLV", part)]}
        told.append(m.message("leg.shipped", m.NORTH, minute=10, **shipped))
        told.append(m.message("shipment.delivered", m.NORTH, minute=delivered, shipment=f"{order}-S"))
    told += [m.message(f"order.{name}", m.OMS, minute=minute, order=order, reason="test") for name, minute in ended.items()]
    m.tell(*told)


def found(late: bool, now: datetime) -> set[str]:
    filters = OrderFilter(late=late)
    rows = find_orders(filters, now=now, cursor=None, page_size=50).rows
    assert count_orders(filters, now=now) == len(rows)
    return {row.order for row in rows}


def test_lists_and_orders_agree_on_what_is_late_at_every_moment() -> None:
    tell_order("open")
    tell_order("unpromised", promised=False)
    tell_order("in time", delivered=100)
    tell_order("late", delivered=101)
    tell_order("in part", delivered=50, part=4)
    tell_order("cancelled", cancelled=5)
    tell_order("rejected", rejected=5)
    tell_order("cancelled after shipping", delivered=101, cancelled=20)
    tell_order("rejected after shipping", delivered=101, rejected=20)
    tell_order("cancelled after a part", delivered=101, part=4, cancelled=20)
    orders = find_orders(OrderFilter(), now=m.NOW, cursor=None, page_size=50).rows
    assert len(orders) == 10
    for now in MOMENTS:
        late = {row.order for row in orders if is_late(get_order(row.handle).state, now)}
        assert found(True, now) == late
        assert found(False, now) == {row.order for row in orders} - late
    assert {"open", "late", "in part"} <= found(True, MOMENTS[-1])
    assert not found(True, MOMENTS[0]) & {"open", "in part", "cancelled", "rejected", "unpromised"}


def test_late_orders_are_listed_by_their_own_index_without_reading_the_others() -> None:
    m.tell(*(m.message("order.placed", m.OMS, order=f"SO-{number}", lines=[]) for number in range(200)))
    m.tell(*(m.message("order.cancelled", m.OMS, order=f"SO-{number}") for number in range(190)))  # which have left the index
    condition, parameters = condition_of(OrderFilter(late=True), m.NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order")  # of an empty table each index is as good
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN SELECT FROM orders_order WHERE {condition} ORDER BY last_heard_at DESC, key DESC", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan Backward using orders_order_unkept" in plan
    assert "Sort" not in plan


def test_a_search_in_a_list_is_looked_up_once_and_says_when_it_leads_to_more_orders_than_are_searched(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        tell_order(f"SAME-{number}")
    filters = OrderFilter(search="same")
    with django_assert_num_queries(3):
        narrowed = looked_up(filters)
        rows = find_orders(narrowed, now=m.NOW, cursor=None, page_size=50).rows
        assert count_orders(narrowed, now=m.NOW) == len(rows) == 4
    assert not narrowed.is_cut
    monkeypatch.setattr("apps.orders.search.LIST_LIMIT", 3)
    monkeypatch.setattr("apps.orders.filters.LIST_LIMIT", 3)
    narrowed = looked_up(filters)
    assert narrowed.is_cut
    assert count_orders(narrowed, now=m.NOW) == 3
    assert not looked_up(OrderFilter(search="SAME-2")).is_cut
    assert not looked_up(OrderFilter()).is_cut
