"""The API's documents as pure functions of an order's state."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from apps.api.documents import case_id, order_document
from apps.api.values import money, number, time
from apps.orders.state import ConflictState, HoldState, Moment, OrderState, Problem, UnappliedFact
from apps.orders.state import LegState as Leg

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


def test_a_conflict_is_an_exception_of_the_integration_team() -> None:
    heard_at = datetime(2026, 5, 14, 9, 40, tzinfo=UTC)
    conflict = ConflictState("leg", "L-1", "urn:mw", ("SO-1", "SO-2"), heard_at)
    document = order_document(state(conflicts=(conflict,), value=Decimal(80), currency="EUR"), handle="SO-1", now=NOW)
    assert document["exceptions"] == [
        {
            "id": "b6a2ef50469c2fd060b80da7",
            "code": "REFERENCE_CONFLICT",
            "state": "new",
            "team": "integration",
            "assignee": None,
            "opened_at": "2026-05-14T09:40:00Z",
            "resolved_at": None,
            "value": {"amount": 80, "currency": "EUR"},
            "subject": {"scheme": "leg", "value": "L-1", "issuer": "urn:mw"},
            "orders": ["SO-1", "SO-2"],
        }
    ]


def test_case_ids_keep_their_parts_apart() -> None:
    assert len({case_id("X", parts) for parts in (["a", "b"], ["ab", ""], ["a", None], ["", "ab"], ["a", "None"])}) == 5


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
