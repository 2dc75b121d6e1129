"""The shipped mapping tells exactly the events that issue and rows ask for: no more, no fewer, to the second."""

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.translation.mapping import MappedEvent, Mapper, Outcome, Skipped, plan
from apps.translation.mapping_file import find_mapping, read_mapping
from tests.real import olist_truth
from tests.real.olist_truth import Item, Order


@pytest.fixture(scope="module")
def truth(olist_files: list[Path]) -> dict[str, Order]:
    items, orders = olist_files
    return olist_truth.read(orders, items)


@pytest.fixture(scope="module")
def outcomes(olist_files: list[Path]) -> list[Outcome]:
    rules = read_mapping(find_mapping("olist"))
    return list(Mapper(rules).outcomes(plan(rules, olist_files)))


def lines(items: list[Item]) -> list[dict[str, Any]]:
    return [{"line": item.line, "sku": item.product, "quantity": 1} for item in items]


def expected_events(order: Order) -> list[tuple[str, str, datetime, dict[str, Any]]]:
    """(name, source, time, data) of everything that one order's rows tell."""
    told = [
        (
            "order.placed",
            "/olist/oms",
            order.purchased,
            {
                "order": order.order,
                "customer": {"id": order.customer},
                "currency": "BRL",
                "zone": "America/Sao_Paulo",
                "promised_date": order.promised_day,
                "lines": [
                    line | {"unit_price": item.price} for line, item in zip(lines(list(order.items)), order.items, strict=True)
                ],
            },
        )
    ]
    if order.approved:
        told.append(("order.validated", "/olist/oms", order.approved, {"order": order.order}))
    for seller, items in order.sellers.items():
        leg = {"order": order.order, "leg": f"{order.order}/{seller}"}
        place = {"partner": seller, "site": seller, "zone": "America/Sao_Paulo"}
        ship_by = max(item.ship_by for item in items)
        if order.approved:
            release = leg | place | {"lines": lines(items), "ship_by": ship_by}
            told.append(("leg.released", "/olist/middleware", order.approved, release))
        shipment = leg | {"shipment": leg["leg"]}
        if order.handed_over:
            shipped = shipment | {"lines": lines(items), "final": True}
            told.append(("leg.shipped", f"/olist/sellers/{seller}", order.handed_over, shipped))
        if order.delivered:
            told.append(("shipment.delivered", f"/olist/sellers/{seller}", order.delivered, shipment))
    if order.is_cancelled:
        told.append(("order.cancelled", "/olist/oms", order.last_known, {"order": order.order, "reason": order.told_status}))
    return told


def plain(name: str, source: str, time: datetime, data: dict[str, Any]) -> str:
    return json.dumps([name, source, time.isoformat(), data], sort_keys=True, default=str)


def told_by(outcome: MappedEvent) -> str:
    event = json.loads(outcome.body, parse_float=Decimal)
    name = event["type"].removeprefix("distsync.").removesuffix(".v1")
    data = event["data"]
    if "ship_by" in data:
        data["ship_by"] = datetime.fromisoformat(data["ship_by"]).astimezone(UTC)
    for line in data.get("lines", []):
        if "unit_price" in line:
            line["unit_price"] = Decimal(line["unit_price"])
    return plain(name, event["source"], datetime.fromisoformat(event["time"]).astimezone(UTC), data)


def normal(order: Order) -> list[str]:
    for_compare = []
    for name, source, time, data in expected_events(order):
        for line in data.get("lines", []):
            if "unit_price" in line:
                line["unit_price"] = (
                    Decimal(int(line["unit_price"])) if line["unit_price"] % 1 == 0 else line["unit_price"].normalize()
                )
        for_compare.append(plain(name, source, time, data))
    return for_compare


def test_every_event_and_no_other(truth: dict[str, Order], outcomes: list[Outcome]) -> None:
    told = Counter(told_by(outcome) for outcome in outcomes if isinstance(outcome, MappedEvent))
    expected = Counter(text for order in truth.values() for text in normal(order))
    assert told - expected == Counter()
    assert expected - told == Counter()
    assert sum(told.values()) == 49_741


def test_ids_are_unique_and_the_same_in_every_run(olist_files: list[Path], outcomes: list[Outcome]) -> None:
    ids = [json.loads(outcome.body)["id"] for outcome in outcomes if isinstance(outcome, MappedEvent)]
    assert len(set(ids)) == len(ids)
    rules = read_mapping(find_mapping("olist"))
    assert list(Mapper(rules).outcomes(plan(rules, list(reversed(olist_files))))) == outcomes


def test_what_no_event_can_tell_is_named(truth: dict[str, Order], outcomes: list[Outcome]) -> None:
    skipped = Counter(outcome.reason for outcome in outcomes if isinstance(outcome, Skipped))
    approved_without_items = sum(1 for order in truth.values() if order.approved and not order.items)
    assert skipped == {
        "distsync.leg.released.v1: approved without items, so no seller is known to release a leg to": approved_without_items
    }
    assert all(isinstance(outcome, MappedEvent | Skipped) for outcome in outcomes)


def test_the_odd_rows_are_the_known_ones(truth: dict[str, Order]) -> None:
    orders = truth.values()
    assert len(truth) == 10_000
    assert sum(1 for order in orders if order.approved and order.handed_over and order.handed_over < order.approved) == 16
    assert sum(1 for order in orders if order.handed_over and order.delivered and order.delivered < order.handed_over) == 5
    assert sum(1 for order in orders if not order.items) == 111
    day_of = lambda order: datetime.fromisoformat(order.promised_day).replace(tzinfo=olist_truth.ZONE)  # noqa: E731
    delivered = [order for order in orders if order.delivered]
    assert sum(1 for order in delivered if order.delivered > day_of(order)) == 663  # the day's start is no promise …
    assert sum(1 for order in delivered if order.delivered >= order.promise_ends) == 574  # … its end is
