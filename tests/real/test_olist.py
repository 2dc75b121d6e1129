"""10,000 real orders through the real command and the real pipeline: every figure equals the truth of the CSVs."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from apps.exceptions import measured, rules
from apps.exceptions.filters import CaseFilter
from apps.exceptions.queries import Case, find_cases
from apps.orders.lateness import is_late
from apps.orders.queries import OrderDetail, OrderFilter, count_orders, find_orders, get_order
from apps.orders.state import LegState, LineState, Moment, OrderState
from apps.partners import discovery
from apps.pipeline.process import process_batch
from apps.pipeline.queries import MessageFilter, backlog, find_messages
from tests.real import olist_truth
from tests.real.olist_truth import Late, Order

pytestmark = pytest.mark.django_db  # without it pytest-django makes no test database for this module
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROOMS = tuple(f"{app.label}_" for app in apps.get_app_configs() if app.name.startswith("apps."))


@pytest.fixture(scope="module")
def truth(olist_files: list[Path]) -> dict[str, Order]:
    items, orders = olist_files
    return olist_truth.read(orders, items)


@pytest.fixture(scope="module")
def loaded(
    olist_files: list[Path],
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[dict[str, Any]]]:
    """The summaries of two runs of the command over the same files, and all of it processed. Committed, so that
    batches end their locks as they do in a worker; emptied by hand afterwards."""
    patch = pytest.MonkeyPatch()
    patch.setattr(settings, "DATA_DIR", tmp_path_factory.mktemp("data"))
    with django_db_blocker.unblock():
        assert connection.settings_dict["NAME"] == connection.settings_dict["TEST"]["NAME"], "this is no test database"
        try:
            summaries = [ingest(olist_files), ingest(olist_files)]
            while process_batch(now=NOW):
                pass
            yield summaries
        finally:
            empty()
            patch.undo()


@pytest.fixture(scope="module")
def states(loaded: list[dict[str, Any]], truth: dict[str, Order]) -> dict[str, OrderDetail]:
    return {number: get_order(number) for number in truth}


@pytest.fixture(scope="module")
def cases(loaded: list[dict[str, Any]]) -> list[Case]:
    return find_cases(CaseFilter(state=None), now=NOW, page_size=100_000).rows


def ingest(files: list[Path]) -> dict[str, Any]:
    out = StringIO()
    call_command("ingest", *map(str, files), mapping="olist", history=True, json=True, stdout=out)
    summary: dict[str, Any] = json.loads(out.getvalue())
    return summary


def empty() -> None:
    """The log lets nobody delete, so a superuser's session goes round its triggers."""
    assert connection.settings_dict["NAME"] == connection.settings_dict["TEST"]["NAME"], "this is no test database"
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall() if name.startswith(ROOMS)]
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        cursor.execute("RESET session_replication_role")
    discovery.forget()
    measured.forget()
    rules.forget()


def told(moment: Moment | None) -> tuple[datetime | None, datetime | None, bool] | None:
    """(happened, heard, implied)"""
    return None if moment is None else (moment.occurred_at, moment.received_at, moment.implied)


def at(time: datetime | None) -> tuple[datetime | None, datetime | None, bool] | None:
    """History was heard when it happened."""
    return None if time is None else (time, time, False)


IMPLIED = (None, None, True)


def legs_of(state: OrderState) -> dict[str, LegState]:
    return {leg.leg: leg for leg in state.legs}


def test_the_command_says_what_it_did_and_a_second_run_changes_nothing(loaded: list[dict[str, Any]]) -> None:
    first, second = loaded
    counts = ("read", "accepted", "duplicates", "conflicts", "rejected", "skipped")
    assert [first[name] for name in counts] == [49_741, 49_741, 0, 0, 0, 98]
    assert [second[name] for name in counts] == [49_741, 0, 49_741, 0, 0, 98]


def test_nothing_waits_and_nothing_was_refused(loaded: list[dict[str, Any]]) -> None:
    assert backlog().count == 0
    for state in ("pending", "unmatched", "ambiguous", "quarantined", "conflict"):
        assert list(find_messages(MessageFilter(state=state), cursor=None, page_size=10).rows) == []


def test_orders_by_status(states: dict[str, OrderDetail], truth: dict[str, Order]) -> None:
    assert {number: detail.state.status for number, detail in states.items()} == {
        number: order.status for number, order in truth.items()
    }
    found = Counter(detail.state.status for detail in states.values())
    assert found == {"delivered": 9648, "shipped": 105, "released": 90, "placed": 2, "cancelled": 155}
    for status, count in found.items():
        assert count_orders(OrderFilter(status=status), now=NOW, at_most=20_000) == count


def test_what_was_ordered_and_for_how_much(states: dict[str, OrderDetail], truth: dict[str, Order]) -> None:
    for number, order in truth.items():
        state = states[number].state
        assert (state.customer_id, state.currency, state.region) == (order.customer, "BRL", None)
        last_instant = order.promise_ends - timedelta(microseconds=1)
        assert (state.promised_date, state.promised_until) == (order.promised_day, last_instant)
        open_value = Decimal(0) if order.is_cancelled else sum((item.price for item in order.items), Decimal(0))
        assert (state.value or Decimal(0)) == open_value
        assert [(line.line, line.sku, line.unit_price) for line in state.lines] == [
            (item.line, item.product, item.price) for item in sorted(order.items, key=lambda item: int(item.line))
        ]


def test_quantities_of_every_line(states: dict[str, OrderDetail], truth: dict[str, Order]) -> None:
    for number, order in truth.items():
        expected = {
            "ordered": 1,
            "cancelled": int(order.is_cancelled),
            "released": int(order.approved is not None),
            "shipped": int(order.handed_over is not None),
            "delivered": int(order.delivered is not None),
        }
        for line in states[number].state.lines:
            assert amounts(line, expected) == expected, number


def amounts(line: LineState, names: dict[str, int]) -> dict[str, Decimal]:
    assert line.flags == ()
    return {name: getattr(line.quantities, name) for name in names}


def test_legs_and_what_became_of_them(states: dict[str, OrderDetail], truth: dict[str, Order]) -> None:
    for number, order in truth.items():
        legs = legs_of(states[number].state)
        has_legs = order.approved or order.handed_over or order.delivered
        assert set(legs) == ({f"{number}/{seller}" for seller in order.sellers} if has_legs else set())
        for seller, items in order.sellers.items():
            leg = legs[f"{number}/{seller}"]
            status = "delivered" if order.delivered else "shipped" if order.handed_over else "released"
            place = (seller, seller, max(item.ship_by for item in items)) if order.approved else (None, None, None)
            assert (leg.partner, leg.site, leg.ship_by_at, leg.status) == (*place, status)
            assert [shipment.shipment for shipment in leg.shipments] == ([leg.leg] if order.handed_over else [])
            assert sum(line.quantity for shipment in leg.shipments for line in shipment.lines) == (
                len(items) if order.handed_over else 0
            )
    assert sum(len(detail.state.legs) for detail in states.values()) == 9994


def test_every_milestone_to_the_second(states: dict[str, OrderDetail], truth: dict[str, Order]) -> None:
    for number, order in truth.items():
        state = states[number].state
        assert told(state.milestones["placed"]) == at(order.purchased)
        assert told(state.milestones.get("validated")) == at(order.approved)
        assert told(state.milestones.get("cancelled")) == at(order.last_known if order.is_cancelled else None)
        for leg in state.legs:
            assert told(leg.milestones.get("released")) == (at(order.approved) or IMPLIED)
            assert told(leg.milestones.get("shipped")) == at(order.handed_over)
            assert told(leg.milestones.get("delivered")) == at(order.delivered)


def test_orders_late_by_the_bare_date_rule(states: dict[str, OrderDetail], truth: dict[str, Order]) -> None:
    late = {number for number, detail in states.items() if is_late(detail.state, NOW)}
    assert late == {number for number, order in truth.items() if order.is_late(NOW)}
    assert sum(1 for number in late if truth[number].delivered) == 574
    assert count_orders(OrderFilter(late=True), now=NOW, at_most=20_000) == len(late)


def test_legs_shipped_after_their_ship_by(states: dict[str, OrderDetail], truth: dict[str, Order]) -> None:
    late = {
        leg.leg
        for detail in states.values()
        for leg in detail.state.legs
        if leg.ship_by_at and "shipped" in leg.milestones and (leg.milestones["shipped"].occurred_at or NOW) > leg.ship_by_at
    }
    assert late == {
        f"{number}/{seller}"
        for number, order in truth.items()
        if order.approved and order.handed_over
        for seller, items in order.sellers.items()
        if order.handed_over > max(item.ship_by for item in items)
    }
    assert len(late) > 0


def late_by_subject(cases: list[Case], code: str) -> dict[str, Late]:
    """The cases of a type as the truth has them; a subject has one episode at most."""
    own = [case for case in cases if case.code == code]
    assert len({case.subject.value for case in own}) == len(own)
    ends = {"new": None, "resolved_verified": "verified", "resolved_obsolete": "obsolete"}
    assert all(case.due_at is not None and not case.is_late_word for case in own)  # history was heard when it happened
    return {case.subject.value: Late(case.due_at or NOW, case.opened_at, case.resolved_at, ends[case.state]) for case in own}


def test_cases_of_legs_that_did_not_ship_in_time(cases: list[Case], truth: dict[str, Order]) -> None:
    expected = olist_truth.late_shipments([*truth.values()])
    assert late_by_subject(cases, "SHIP_OVERDUE") == expected
    assert Counter(late.ended_as for late in expected.values()) == {"verified": 954, None: 59}
    assert {(case.subject.value, case.order, case.partner, case.team) for case in cases if case.code == "SHIP_OVERDUE"} == {
        (leg, *leg.split("/"), "partner_operations") for leg in expected
    }


def test_cases_of_orders_that_were_not_delivered_in_time(cases: list[Case], truth: dict[str, Order]) -> None:
    expected = olist_truth.late_deliveries(truth.values())
    assert late_by_subject(cases, "DELIVERY_OVERDUE") == expected
    assert Counter(late.ended_as for late in expected.values()) == {"verified": 574, None: 197}
    assert {(case.subject.value, case.order, case.team) for case in cases if case.code == "DELIVERY_OVERDUE"} == {
        (number, number, "customer_service") for number in expected
    }


def test_no_other_case_is_shown(cases: list[Case]) -> None:
    """Nobody of these sends an acknowledgement, an allocation, a posting or an invoice: so nobody is late with one."""
    assert {case.code for case in cases} == {"SHIP_OVERDUE", "DELIVERY_OVERDUE"}


def test_odd_rows_are_kept_and_shown_as_they_were_told(states: dict[str, OrderDetail], truth: dict[str, Order]) -> None:
    early = [
        number for number, order in truth.items() if order.approved and order.handed_over and order.handed_over < order.approved
    ]
    assert len(early) == 16
    for number in early:
        for leg in states[number].state.legs:
            assert (leg.milestones["shipped"].occurred_at or NOW) < (leg.milestones["released"].occurred_at or NOW)
    before = [
        number
        for number, order in truth.items()
        if order.handed_over and order.delivered and order.delivered < order.handed_over
    ]
    assert len(before) == 5
    assert {states[number].state.status for number in before} == {"delivered"}
    bare = [number for number, order in truth.items() if not order.items]
    assert len(bare) == 111
    assert all(states[number].state.lines == () and states[number].state.legs == () for number in bare)


def test_every_order_is_in_the_list_once(loaded: list[dict[str, Any]], truth: dict[str, Order]) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = find_orders(OrderFilter(), now=NOW, cursor=cursor, page_size=500)
        seen += [row.order for row in page.rows]
        if page.next is None:
            break
        cursor = page.next
    assert sorted(seen) == sorted(truth)
    assert count_orders(OrderFilter(), now=NOW, at_most=20_000) == 10_000


def test_the_receive_time_is_ours_and_the_heard_time_is_historys(loaded: list[dict[str, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), bool_and(is_history), bool_and(heard_at = time), min(received_at) FROM eventlog_message"
        )
        count, is_history, is_heard_then, received = cursor.fetchone()
    assert (count, is_history, is_heard_then) == (49_741, True, True)
    assert datetime.now(UTC) - received < timedelta(hours=1)
