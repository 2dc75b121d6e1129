"""DUPLICATE_ORDER: one order under two numbers, whichever of the two is heard first, and however the words come in."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.console.pages.trace.oddities import oddities
from apps.console.times import Clock
from apps.eventlog.types import NewMessage
from apps.exceptions.queries import Case, cases_of_order
from apps.orders import duplicates
from apps.orders.answer import what_to_tell
from apps.orders.known import order_as_known
from apps.orders.queries import get_order
from apps.orders.state import DuplicateState
from apps.pipeline.process import process_batch
from apps.pipeline.rebuild import rebuild
from tests.messages import ERP, MIDDLEWARE, NOW, OMS, START, hear, line, message, process, tell

pytestmark = pytest.mark.django_db
CLINIC = {"id": "C1", "name": "Meridian Clinics"}
PO = [{"scheme": "po", "value": "PO-7"}]
LINES = [line("1", "GLV", 40, unit_price="2.50"), line("2", "VAC", 12)]
DAY = 24 * 60


def ordered(order: str, minute: int = 0, **data: Any) -> NewMessage:
    return message(
        "order.placed", OMS, minute=minute, **{"order": order, "lines": LINES, "customer": CLINIC, "references": PO} | data
    )


def cancelled(order: str, minute: int) -> NewMessage:
    return message("order.cancelled", OMS, minute=minute, order=order)


def cases(*orders: str, now: datetime = NOW) -> dict[str, Case]:
    found = {order: [case for case in cases_of_order(order, now=now) if case.code == "DUPLICATE_ORDER"] for order in orders}
    return {order: case for order, of_order in found.items() for case in of_order}


def told_to_the_customer(order: str) -> str:
    return str(what_to_tell(get_order(order).state, now=NOW, zone=ZoneInfo("UTC")))


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def test_the_later_of_two_orders_is_the_duplicate_from_when_both_were_heard() -> None:
    tell(ordered("SO-1"))
    assert not cases("SO-1")
    tell(ordered("SO-2", 5))
    ((order, case),) = cases("SO-1", "SO-2").items()
    assert (order, case.state, case.opened_at, case.team) == ("SO-2", "new", at(5), "integration")
    assert case.reason == "SO-1"


def test_the_trace_and_the_answer_say_so_while_both_are_wanted() -> None:
    tell(ordered("SO-1"), ordered("SO-2", 5))
    said, odd = told_to_the_customer("SO-2"), oddities(get_order("SO-2").state, Clock(ZoneInfo("UTC"), NOW))
    assert "It is the same as SO-1, ordered before: one of them may not be meant." in said
    assert [each.title for each in odd] == ["Ordered twice"]
    tell(cancelled("SO-1", 60))
    assert "the same as" not in told_to_the_customer("SO-2")
    assert not oddities(get_order("SO-2").state, Clock(ZoneInfo("UTC"), NOW))


def test_the_first_one_may_be_heard_last() -> None:
    tell(ordered("SO-2", 5))
    tell(ordered("SO-1"))  # heard at the very moment of START, before the other
    ((order, case),) = cases("SO-1", "SO-2").items()
    assert (order, case.opened_at) == ("SO-2", at(5))


@pytest.mark.parametrize("gone", ["SO-1", "SO-2"])
def test_it_is_verified_once_one_of_the_two_is_cancelled(gone: str) -> None:
    tell(ordered("SO-1"), ordered("SO-2", 5))
    tell(cancelled(gone, 60))
    ((order, case),) = cases("SO-1", "SO-2").items()
    assert (order, case.state, case.resolved_at) == ("SO-2", "resolved_verified", at(60))
    assert case.reason == "SO-1"


def test_a_rejected_order_is_nobodys_duplicate() -> None:
    tell(ordered("SO-1"), message("order.rejected", ERP, minute=1, order="SO-1", reason="no address"))
    tell(ordered("SO-2", 5))
    assert not cases("SO-1", "SO-2")


def test_a_correction_that_tells_them_apart_closes_it_as_obsolete() -> None:
    tell(ordered("SO-1"), ordered("SO-2", 5))
    tell(ordered("SO-2", 9, lines=[line("1", "GLV", 41), line("2", "VAC", 12)]))
    assert cases("SO-2")["SO-2"].state == "resolved_obsolete"


@pytest.mark.parametrize(
    "other",
    [
        {"customer": {"id": "C2"}},
        {"customer": None},
        {"references": [{"scheme": "po", "value": "PO-8"}]},
        {"references": []},
        {"lines": LINES[:1]},
        {"lines": [line("1", "GLV", 40), line("2", "VAC", 13)]},
        {"minute": 3 * DAY + 1},
    ],
)
def test_what_makes_two_orders_two(other: dict[str, Any]) -> None:
    other = {name: value for name, value in other.items() if value is not None}
    told = ordered("SO-2", **other) if other else message("order.placed", OMS, order="SO-2", lines=LINES, references=PO)
    tell(ordered("SO-1"), told)
    assert not cases("SO-1", "SO-2", now=NOW + timedelta(days=9))


@pytest.mark.parametrize(
    "same",
    [
        {"lines": [line("9", "VAC", "12.0"), line("4", "GLV", 40)]},
        {"customer": {"id": "C1", "name": "MERIDIAN"}, "region": "EAST"},
        {"minute": 3 * DAY},
    ],
)
def test_what_makes_no_difference(same: dict[str, Any]) -> None:
    tell(ordered("SO-1"), ordered("SO-2", **{"minute": 5} | same))
    assert set(cases("SO-1", "SO-2", now=NOW + timedelta(days=9))) == {"SO-2"}


def test_the_same_word_again_is_no_duplicate() -> None:
    tell(ordered("SO-1"), ordered("SO-1", 2))
    tell(ordered("SO-1", 4))
    assert not cases("SO-1")


@pytest.mark.django_db(transaction=True)
def test_what_is_ordered_by_more_than_a_few_is_a_standing_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "MOST", 3)
    monkeypatch.setattr(duplicates, "READ_MOST", 6)
    orders = [f"SO-{number}" for number in range(4)]
    tell(*(ordered(order, place) for place, order in enumerate(orders[:3])))
    assert set(cases(*orders)) == {"SO-1", "SO-2"}
    tell(ordered(orders[3], 3))
    assert not [case for case in cases(*orders).values() if case.state == "new"]
    tell(*(ordered(f"SO-1{number}", 4) for number in range(8)))
    assert not cases(*orders)
    assert all(table.is_equal for table in rebuild(is_dry_run=True, progress=lambda *_: None))


def test_each_of_several_is_the_duplicate_of_those_before() -> None:
    tell(ordered("SO-3", 9), ordered("SO-1"), ordered("SO-2", 5))
    assert {order: case.reason for order, case in cases("SO-1", "SO-2", "SO-3").items()} == {
        "SO-2": "SO-1",
        "SO-3": "SO-1, SO-2",
    }


def test_the_past_does_not_know_the_second_order_yet() -> None:
    tell(ordered("SO-1"), ordered("SO-2", 5), cancelled("SO-1", 60))
    assert order_as_known("SO-2", at(5)).state.duplicates[0].until is None
    assert get_order("SO-2").state.duplicates[0].until == at(60)


STORY = [
    ordered("SO-1", id="one"),
    ordered("SO-2", 5, id="two"),
    ordered("SO-3", 7, id="three"),
    message("order.validated", ERP, minute=6, order="SO-2", id="validated"),
    cancelled("SO-1", 60),
    ordered("SO-3", 80, lines=LINES[:1], id="three-corrected"),
    message(
        "leg.released", MIDDLEWARE, minute=90, order="SO-2", leg="L-2", partner="p", site="ATL", lines=LINES, id="released"
    ),
]
ROWS = (
    "SELECT encode(id, 'hex'), code, opened_at, resolved_at FROM exceptions_case ORDER BY 1",
    "SELECT encode(key, 'hex'), encode(order_key, 'hex') FROM orders_purchase ORDER BY 1, 2",
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(len(STORY))), st.lists(st.integers(1, 3), min_size=len(STORY), max_size=len(STORY)))
def test_any_order_and_any_batches_give_the_same_rows(places: Sequence[int], sizes: Sequence[int]) -> None:
    assert rows_after(places, sizes) == rows_after(range(len(STORY)), [len(STORY)])


def standing(order: str) -> tuple[DuplicateState, ...]:
    return get_order(order).state.duplicates


def rows_after(places: Sequence[int], sizes: Sequence[int]) -> list[Any]:
    with transaction.atomic():
        rest = list(places)
        for size in sizes:
            batch, rest = rest[:size], rest[size:]
            if batch:
                tell(*(STORY[place] for place in batch))
        found: list[Any] = [
            [(each.order, each.since, each.until, each.ended and each.ended.message) for each in standing(order)]
            for order in ("SO-1", "SO-2", "SO-3")
        ]
        with connection.cursor() as cursor:
            for statement in ROWS:
                cursor.execute(statement)
                found.append(cursor.fetchall())
        transaction.set_rollback(True)
    return found


def test_orders_in_a_row_of_conflicts_are_all_folded_together() -> None:
    """SO-1 shares a leg with SO-2, and SO-2 one with SO-3: a word about SO-1 leaves the second conflict what it was."""
    for order in ("SO-1", "SO-2", "SO-3"):
        tell(message("order.placed", OMS, order=order, lines=LINES))
    for minute, (order, leg) in enumerate((("SO-1", "L-1"), ("SO-2", "L-1"), ("SO-2", "L-2"), ("SO-3", "L-2"))):
        tell(message("leg.planned", MIDDLEWARE, minute=10 + minute, order=order, leg=leg, site="ATL", partner="p", lines=LINES))
    before = get_order("SO-2").state.conflicts
    tell(message("order.validated", ERP, minute=30, order="SO-1"))
    assert get_order("SO-2").state.conflicts == before
    assert [conflict.heard_at for conflict in before] == [at(11), at(13)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_take_one_order_each_find_the_duplicate() -> None:
    for attempt in range(5):
        numbers = (f"SO-{attempt}-1", f"SO-{attempt}-2")
        po = [{"scheme": "po", "value": f"PO-{attempt}"}]
        hear(*(ordered(number, minute, references=po) for minute, number in enumerate(numbers)))
        start = threading.Barrier(2)

        def work(start: threading.Barrier = start) -> None:
            start.wait()
            process_batch(1, now=NOW)
            connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        process()
        assert set(cases(*numbers)) == {numbers[1]}
