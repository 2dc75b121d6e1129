"""The API's documents as pure functions of an order's state."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from apps.api.documents import order_document
from apps.api.values import money, number, time
from apps.orders.state import HoldState, Moment, OrderState, Problem, UnappliedFact
from apps.orders.state import LegState as Leg
from apps.sla.clocks import Clock, Subject

NOW = datetime(2026, 5, 14, 12, tzinfo=UTC)


def state(**fields: object) -> OrderState:
    return OrderState(**{"order": "SO-1", "issuer": "urn:oms", "status": "placed", "money": "none", **fields})


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [
        ("0", 0),
        ("40", 40),
        ("40.00", 40),
        ("4E+1", 40),
        ("-3", -3),
        ("2.5", "2.5"),
        ("2.50", "2.5"),
        ("0.000001", "0.000001"),
        ("123456789012345678.000001", "123456789012345678.000001"),
        ("999999999999999999", 999999999999999999),
    ],
)
def test_a_quantity_is_a_number_when_whole_else_a_string(quantity: str, shown: int | str) -> None:
    assert number(Decimal(quantity)) == shown
    assert type(number(Decimal(quantity))) is type(shown)


def test_times_are_utc() -> None:
    paris = timezone(timedelta(hours=2))
    assert time(datetime(2026, 5, 14, 14, 0, tzinfo=paris)) == "2026-05-14T12:00:00Z"
    assert time(datetime(2026, 5, 14, 12, 0, 0, 500_000, tzinfo=UTC)) == "2026-05-14T12:00:00.500000Z"
    assert time(None) is None


def test_money_names_its_currency() -> None:
    assert money(Decimal("12.50"), "USD") == {"amount": "12.5", "currency": "USD"}
    assert money(None, "USD") is None


def clock(**fields: Any) -> Clock:
    given = {
        "measure": "ship",
        "commitment": "northern ship",
        "basis": "happened",
        "subject": Subject("leg", "SO-1/1", "urn:mw"),
    }
    hours = {"started_at": 1, "started_heard_at": 2, "warn_at": 8, "due_at": 12}
    times = {name: NOW - timedelta(hours=12 - hour) for name, hour in hours.items()}
    return Clock(**{**given, "partner": "north", "site": "ATL", **times, **fields})


def test_a_clock_tells_both_of_its_readings() -> None:
    stopped = clock(stopped_at=NOW - timedelta(hours=1), stopped_heard_at=NOW + timedelta(hours=1))
    document = order_document(state(), handle="SO-1", now=NOW, clocks=[stopped])
    assert document["clocks"] == [
        {
            "commitment": "northern ship",
            "measure": "ship",
            "title": "On-time ship",
            "subject": {"scheme": "leg", "value": "SO-1/1", "issuer": "urn:mw"},
            "partner": "north",
            "site": "ATL",
            "basis": "happened",
            "started_at": "2026-05-14T01:00:00Z",
            "started_heard_at": "2026-05-14T02:00:00Z",
            "warns_at": "2026-05-14T08:00:00Z",
            "due_at": "2026-05-14T12:00:00Z",
            "stopped_at": "2026-05-14T11:00:00Z",
            "stopped_heard_at": "2026-05-14T13:00:00Z",
            "state": "met",
            "opens": "SHIP_OVERDUE",
        }
    ]
    assert document["overlays"] == []


@pytest.mark.parametrize(
    ("seconds", "state_then", "overlays"),
    [
        (-4 * 3600 - 1, "running", []),
        (-4 * 3600, "at_risk", ["at_risk"]),
        (0, "at_risk", ["at_risk"]),
        (1, "missed", []),
    ],
)
def test_an_order_is_at_risk_from_a_clocks_warning_until_it_is_due(seconds: int, state_then: str, overlays: list[str]) -> None:
    document: Any = order_document(state(), handle="SO-1", now=NOW + timedelta(seconds=seconds), clocks=[clock()])
    assert ([each["state"] for each in document["clocks"]], document["overlays"]) == ([state_then], overlays)


def test_a_claim_that_is_not_believed_has_no_time() -> None:
    future = Moment(occurred_at=None, received_at=NOW, claimed_at=NOW + timedelta(days=9), source="urn:oms", message="m")
    document = order_document(state(milestones={"placed": future}), handle="SO-1", now=NOW)
    assert document["placed_at"] is None
    assert document["milestones"] == {"placed": {"occurred_at": None, "received_at": "2026-05-14T12:00:00Z", "implied": False}}


def test_holds_problems_and_unapplied_messages_are_shown() -> None:
    at = Moment(occurred_at=NOW, received_at=NOW, claimed_at=NOW)
    moment = {"occurred_at": "2026-05-14T12:00:00Z", "received_at": "2026-05-14T12:00:00Z", "implied": False}
    document = order_document(
        state(
            holds=(HoldState("credit", placed=at, reason="limit", code="C1"),),
            legs=(Leg("L", "urn:mw", "rejected", problems=(Problem("damaged", at, "wet"),), rejected_reason="no stock"),),
            unapplied=(UnappliedFact("urn:north", "m-1", "leg", "L", ("urn:a", "urn:b"), 7),),
        ),
        handle="SO-1",
        now=NOW,
    )
    assert document["holds"] == [{"hold": "credit", "reason": "limit", "code": "C1", "placed": moment, "released": None}]
    assert document["unapplied"] == [
        {
            "message": {"source": "urn:north", "id": "m-1", "key": "7"},
            "scheme": "leg",
            "value": "L",
            "candidates": ["urn:a", "urn:b"],
        }
    ]
    legs = document["legs"]
    assert isinstance(legs, list)
    assert (legs[0]["problems"], legs[0]["rejected_reason"]) == ([{"code": "damaged", "reason": "wet", **moment}], "no stock")
