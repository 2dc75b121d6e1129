"""What differs between the truth's cases and those that are shown is named, and counted by type."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.demo.case_checking import Tally, check_cases, own

OPENED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CLOSED = OPENED + timedelta(hours=3)
OPENED_TEXT, CLOSED_TEXT = "2026-03-02T09:30:00Z", "2026-03-02T12:30:00Z"
LEG = {"scheme": "leg", "value": "L-1"}


def expected(code: str = "SHIP_OVERDUE", **more: Any) -> dict[str, Any]:
    row = {
        "code": code,
        "subject": LEG,
        "order": "SO-1",
        "team": "partner_operations",
        "due_at": OPENED,
        "opens_at": OPENED,
        "closes_at": CLOSED,
        "closed_as": "verified",
        "late_word": False,
        "measured": True,
    }
    return row | more


def case(code: str = "SHIP_OVERDUE", **more: Any) -> dict[str, Any]:
    row = {
        "code": code,
        "subject": LEG | {"issuer": "/middleware"},
        "order": "SO-1",
        "team": "partner_operations",
        "due_at": OPENED_TEXT,
        "opened_at": OPENED_TEXT,
        "resolved_at": CLOSED_TEXT,
        "state": "resolved_verified",
        "late_word": False,
    }
    return row | more


def truth(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"orders": {"SO-1": {}}, "expected_exceptions": [*rows]}


def test_what_agrees_differs_in_nothing() -> None:
    checked = check_cases(truth(expected()), [case()], is_alone=True)
    assert checked.differences == []
    assert checked.tallies == {"SHIP_OVERDUE": Tally(1, 1, 1)}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"team": "finance"}, "team"),
        ({"due_at": "2026-03-02T09:30:01Z"}, "due_at"),
        ({"resolved_at": None, "state": "new"}, "resolved_at"),
        ({"resolved_at": "2026-03-02T12:30:00.001000Z"}, "resolved_at"),
        ({"state": "resolved_obsolete"}, "resolved_as"),
        ({"state": "resolved_manual"}, "resolved_as"),
        ({"late_word": True}, "late_word"),
    ],
)
def test_each_thing_that_differs_is_named(change: dict[str, Any], where: str) -> None:
    checked = check_cases(truth(expected()), [case(**change)], is_alone=True)
    assert checked.differences[0].where.endswith(f": {where}")
    assert checked.differences[0].order == "SO-1"
    assert checked.tallies == {"SHIP_OVERDUE": Tally(1, 1, 0)}


@pytest.mark.parametrize(
    "change",
    [
        {"subject": {"scheme": "leg", "value": "L-2", "issuer": None}},
        {"subject": {"scheme": "order", "value": "L-1", "issuer": None}},
        {"order": "SO-2"},
        {"opened_at": "2026-03-02T09:30:01Z"},
    ],
)
def test_another_case_is_one_missing_and_one_too_many(change: dict[str, Any]) -> None:
    checked = check_cases(truth(expected()), [case(**change)], is_alone=True)
    missing = [difference for difference in checked.differences if difference.api == "(absent)"]
    too_many = [difference for difference in checked.differences if difference.truth == "(absent)"]
    assert (len(missing), len(too_many), len(checked.differences)) == (1, 1, 2)
    assert checked.tallies == {"SHIP_OVERDUE": Tally(1, 1, 0)}


def test_shares_are_of_what_is_expected_and_of_what_is_found() -> None:
    rows = [expected(), expected(subject=LEG | {"value": "L-2"}), expected("ACK_OVERDUE")]
    found = [case(), case("OVER_SHIP"), case(subject=LEG | {"value": "L-3", "issuer": None})]
    tallies = check_cases(truth(*rows), found, is_alone=True).tallies
    shares = {code: (tally.recall, tally.precision) for code, tally in tallies.items()}
    assert shares == {"SHIP_OVERDUE": (0.5, 0.5), "ACK_OVERDUE": (0.0, 1.0), "OVER_SHIP": (1.0, 0.0)}


def test_a_promise_that_nobody_is_known_to_keep_is_not_expected() -> None:
    unmeasured = truth(expected(measured=False))
    assert check_cases(unmeasured, [], is_alone=True).differences == []
    assert len(check_cases(unmeasured, [case()], is_alone=True).differences) == 1
    # Where others are heard too, one of them may keep it: then it is to be right.
    assert check_cases(unmeasured, [case()], is_alone=False).differences == []
    assert len(check_cases(unmeasured, [case(team="finance")], is_alone=False).differences) == 1


def test_what_worlds_share_counts_only_where_there_is_one() -> None:
    silent = {"subject": {"scheme": "partner", "value": "northstar"}, "order": "", "team": "integration"}
    rows = truth(expected("PARTNER_SILENT", **silent))
    assert check_cases(rows, [], is_alone=False).tallies == {}
    assert check_cases(rows, [], is_alone=True).tallies == {"PARTNER_SILENT": Tally(1, 0, 0)}


def test_a_world_has_the_cases_of_its_orders_and_messages_as_of_the_moment() -> None:
    message = {"scheme": "event", "value": "SO-1-1-packed", "issuer": "/northstar/wms"}
    mine = [case(), case("CONTRACT_VIOLATION", subject=message, order="")]
    foreign = [
        case(order="SO-2"),
        case("CONTRACT_VIOLATION", subject=message | {"value": "SO-2-1-packed"}, order=""),
        case("PARTNER_SILENT", subject={"scheme": "partner", "value": "northstar", "issuer": None}, order=""),
        case(opened_at="2026-03-02T09:30:00.001000Z"),
    ]
    assert [*own(truth(), deepcopy(mine + foreign), OPENED)] == mine
