"""From the log to rows: batches, order of arrival, poison, two workers at once, and the rebuild."""

from datetime import timedelta
from random import Random

import psycopg
import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.orders.queries import OrderFilter, find_orders, get_order, search
from apps.orders.refold import NOTHING, Refolded
from apps.pipeline import lanes
from apps.pipeline.queries import MessageFilter, find_messages
from tests import messages as m

pytestmark = pytest.mark.django_db


def states(**filters: str) -> list[tuple[str, str]]:
    page = find_messages(MessageFilter(**filters), cursor=None, page_size=50)
    return sorted((row.type.removeprefix("distsync.").removesuffix(".v1"), row.state) for row in page.rows)


def test_a_story_is_told() -> None:
    m.tell(*m.order_story())
    state = get_order("SO-1").state
    assert (state.status, state.money, state.issuer) == ("partially_delivered", "invoiced", "/oms")
    assert [(leg.leg, leg.status, len(leg.shipments)) for leg in state.legs] == [
        ("SO-1-A", "delivered", 2),
        ("SO-1-B", "shipped", 1),
    ]
    assert [(line.line, str(line.quantities.shipped), str(line.quantities.delivered)) for line in state.lines] == [
        ("1", "40", "40"),
        ("2", "12", "0"),
    ]
    rows = find_orders(OrderFilter(), now=m.NOW, cursor=None, page_size=10).rows
    assert [(row.handle, row.partners, row.customer_name) for row in rows] == [
        ("SO-1", ("northstar", "polaris"), "Meridian Clinics")
    ]
    assert states(state="unmatched") == []


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.integers(1, 7), st.integers(1, 9))
def test_any_order_of_arrival_and_batching_shows_the_same(random: Random, heard: int, batch: int) -> None:
    m.empty()
    stories = [*m.order_story("SO-1"), *m.order_story("SO-2")]
    m.tell(*stories)
    expected = m.shown(["SO-1", "SO-2"])
    m.empty()
    shuffled = [*stories, *random.sample(stories, 5)]
    random.shuffle(shuffled)
    while shuffled:
        arriving, shuffled = shuffled[:heard], shuffled[heard:]
        m.hear(*arriving)
        m.process(batch)
    assert m.shown(["SO-1", "SO-2"]) == expected


def test_events_wait_until_a_chain_leads_to_an_order() -> None:
    m.tell(
        m.message("leg.acknowledged", m.NORTH, leg="L1"), m.message("leg.shipped", m.NORTH, leg="L1", shipment="S1", lines=[])
    )
    assert states(state="unmatched") == [("leg.acknowledged", "unmatched"), ("leg.shipped", "unmatched")]
    m.tell(m.message("shipment.posted", m.ERP, shipment="S1", posting="P1", order="SO-1"))
    assert states(state="unmatched") == []
    assert states(order="SO-1") == [("leg.acknowledged", "applied"), ("leg.shipped", "applied"), ("shipment.posted", "applied")]


def test_two_orders_that_claim_a_leg_show_the_conflict_and_get_none_of_its_events() -> None:
    plan = {"leg": "L1", "site": "ATL", "partner": "northstar", "lines": []}
    m.tell(m.message("leg.planned", m.MIDDLEWARE, minute=7, order="SO-2", **plan))
    m.tell(m.message("leg.planned", m.MIDDLEWARE, minute=3, order="SO-1", **plan))
    m.tell(m.message("leg.shipped", m.NORTH, leg="L1", shipment="S1", lines=[m.line("1", "GLV", 1)]))
    for order in ("SO-1", "SO-2"):
        state = get_order(order).state
        (conflict,) = state.conflicts
        assert (conflict.scheme, conflict.value, conflict.orders) == ("leg", "L1", ("SO-1", "SO-2"))
        assert conflict.heard_at == m.START + timedelta(minutes=7)  # the second claim made it one
        assert all(not leg.shipments for leg in state.legs)
    assert states(state="ambiguous") == [("leg.shipped", "ambiguous")]


def test_a_second_issuer_of_a_number_splits_the_order_and_takes_back_what_fits_both() -> None:
    lines = [m.line("1", "GLV", 1)]
    m.tell(
        m.message("order.placed", m.OMS, order="1", lines=lines), m.message("order.allocated", m.ERP, order="1", lines=lines)
    )
    assert get_order("1").state.status == "allocated"
    m.tell(m.message("order.placed", "/shop", order="1", lines=lines))
    assert [get_order(f"{issuer}:1").state.status for issuer in ("/oms", "/shop")] == ["placed", "placed"]
    assert states(state="ambiguous") == [("order.allocated", "ambiguous")]
    assert [row.handle for row in find_orders(OrderFilter(), now=m.NOW, cursor=None, page_size=9).rows] == ["/shop:1", "/oms:1"]


def test_what_cannot_be_used_is_quarantined_with_a_reason() -> None:
    m.tell(m.message("order.placed", m.OMS, order="SO-1"), m.message("order.teleported", m.OMS, order="SO-1"))
    rows = find_messages(MessageFilter(state="quarantined"), cursor=None, page_size=9).rows
    assert sorted(row.type for row in rows) == ["distsync.order.placed.v1", "distsync.order.teleported.v1"]
    assert all(row.reason for row in rows)


def test_a_poisonous_message_is_set_aside_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    translate = lanes.translate

    def fails_on_so_2(message: object) -> object:
        if b"SO-2" in message.body:  # type: ignore[attr-defined]
            raise ArithmeticError("boom")
        return translate(message)  # type: ignore[arg-type]

    monkeypatch.setattr(lanes, "translate", fails_on_so_2)
    m.hear(*[m.message("order.validated", m.OMS, order=f"SO-{number}") for number in (1, 2, 3)])
    assert m.process() == 3
    assert [row.handle for row in find_orders(OrderFilter(), now=m.NOW, cursor=None, page_size=9).rows] == ["SO-3", "SO-1"]
    (waiting,) = find_messages(MessageFilter(state="pending"), cursor=None, page_size=9).rows
    assert waiting.reason is not None
    assert "ArithmeticError" in waiting.reason


def test_a_server_with_few_lock_slots_gets_smaller_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.pipeline import process as pipeline

    taken = []

    def apply(facts: list[object]) -> Refolded:
        taken.append(len(facts))
        if len(facts) > 30:
            raise OperationalError("out of shared memory") from psycopg.errors.OutOfMemory()
        return NOTHING

    monkeypatch.setattr(pipeline, "apply_facts", apply)
    m.hear(*[m.message("order.validated", m.OMS, order=f"SO-{number}") for number in range(60)])
    assert m.process(100) == 60
    assert taken == [60, 25, 35, 25, 10]


def test_search_finds_by_every_identifier_whole_begun_and_misspelt() -> None:
    m.tell(*m.order_story("SO-104482"))
    assert [(hit.scheme, hit.is_exact) for hit in search("T-SO-104482-A")] == [("tracking", True)]
    assert [hit.handle for hit in search("so-1044")] == ["SO-104482"]
    assert [(hit.handle, hit.scheme) for hit in search("meridan clinics")] == [("SO-104482", "customer")]
    assert [hit.handle for hit in search("merdian clnics")] == ["SO-104482"]  # two wrong words are like it, and no more
    seen = search("T-SO-104482-A", visible_partner="polaris")
    assert [(hit.value, hit.customer_name) for hit in seen] == [("SO-104482", None)]  # alike and its own, not that tracking
    assert search("%") == []


def test_a_list_is_narrowed_to_what_begins_with_or_holds_the_text_and_never_to_what_is_alike() -> None:
    m.tell(*m.order_story("SO-104482"), *m.order_story("SO-104777"))

    def narrowed(text: str) -> list[str]:
        page = find_orders(OrderFilter(search=text), now=m.NOW, cursor=None, page_size=9)
        return sorted(row.order for row in page.rows)

    assert narrowed("so-104") == ["SO-104482", "SO-104777"]
    assert narrowed("4482-A-1") == ["SO-104482"]
    assert narrowed("clinics") == ["SO-104482", "SO-104777"]
    assert narrowed("SO-104483") == []


def test_pages_of_orders_go_forth_and_back() -> None:
    m.tell(*[m.message("order.validated", m.OMS, minute=number, order=f"SO-{number}") for number in range(5)])
    first = find_orders(OrderFilter(), now=m.NOW, cursor=None, page_size=2)
    second = find_orders(OrderFilter(), now=m.NOW, cursor=first.next, page_size=2)
    last = find_orders(OrderFilter(), now=m.NOW, cursor=second.next, page_size=2)
    assert [[row.order for row in page.rows] for page in (first, second, last)] == [
        ["SO-4", "SO-3"],
        ["SO-2", "SO-1"],
        ["SO-0"],
    ]
    assert (first.previous, last.next) == (None, None)
    back = find_orders(OrderFilter(), now=m.NOW, cursor=last.previous, page_size=2)
    assert [row.order for row in back.rows] == ["SO-2", "SO-1"]
    assert find_orders(OrderFilter(), now=m.NOW, cursor=back.previous, page_size=2).previous is None
