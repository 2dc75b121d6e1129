"""What the bench sends: twenty events an order, interleaved, the same again whenever it is told."""

import json
from collections import defaultdict

from bench.events import EVENTS_AN_ORDER, batches, customer_name, events_of, interleaved, order_of


def test_an_order_is_a_function_of_its_number() -> None:
    assert order_of("A", 7) == order_of("A", 7)
    assert order_of("A", 7) != order_of("A", 8)
    assert list(events_of(order_of("A", 7))) == list(events_of(order_of("A", 7)))


def test_an_order_has_twenty_events_of_five_kinds_of_system_in_the_order_of_their_times() -> None:
    events = [json.loads(event) for event in events_of(order_of("A", 7))]
    assert len(events) == EVENTS_AN_ORDER == 20
    assert len({(event["source"], event["id"]) for event in events}) == 20
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    kinds = {event["source"].split(":")[2] for event in events}
    assert kinds == {"oms", "erp", "middleware", "3pl", "carrier"}


def test_interleaving_keeps_each_orders_events_in_their_order_and_loses_none() -> None:
    orders = [order_of("A", number) for number in range(12)]
    heard = defaultdict(list)
    for event in interleaved(orders, in_flight=5):
        heard[_number(event)].append(event)
    assert heard == {order.order[-7:]: list(events_of(order)) for order in orders}


def test_no_more_orders_are_under_way_than_asked_for() -> None:
    told, open_ones, most = defaultdict(int), set(), 0
    for event in interleaved([order_of("A", number) for number in range(12)], in_flight=5):
        number = _number(event)
        told[number] += 1
        open_ones = (open_ones | {number}) if told[number] < EVENTS_AN_ORDER else open_ones - {number}
        most = max(most, len(open_ones))
    assert most == 5


def test_batches_hold_what_is_asked_for_and_the_last_one_the_rest() -> None:
    events = list(events_of(order_of("A", 1)))
    assert [len(json.loads(body)) for body in batches(events, 8)] == [8, 8, 4]


def test_customers_names_are_told_apart_by_their_number() -> None:
    assert len({customer_name(number) for number in range(800)}) == 800


def _number(event: bytes) -> str:
    data = json.loads(event)["data"]
    named = data.get("order") or data.get("leg", "")[:-2] or data.get("tracking", "")[:-1]
    return named[-7:]
