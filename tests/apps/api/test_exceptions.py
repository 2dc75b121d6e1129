"""Exceptions: the list, one of them, and what it tells whom."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from apps.accounts.roles import Role
from tests.apps.api.conftest import NOW, Caller, tell
from tests.apps.api.stories import two_problems

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]
ROW = {
    "code": "LEG_PROBLEM",
    "title": "Problem at the 3PL",
    "state": "new",
    "severity": "medium",
    "team": "customer_service",
    "assignee": None,
    "subject": {"scheme": "leg", "value": "SO-1/2", "issuer": "urn:mw"},
    "order": "SO-1",
    "handle": "SO-1",
    "customer_name": "Meridian Clinics",
    "partner": "polaris",
    "site": "CHI",
    "region": "EAST",
    "value": {"amount": "10.5", "currency": "USD"},
    "reason": "damaged: wet",
    "opened_at": "2026-05-13T08:00:00Z",
    "due_at": None,
    "resolved_at": None,
    "snoozed_until": None,
    "next_cut_off": None,
    "late_word": False,
    "comments": 0,
    "version": 0,
}


@pytest.fixture(autouse=True)
def _story() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        tell(*two_problems())
        yield


def of_code(caller: Caller, code: str) -> Any:
    (case,) = caller.json(f"exceptions?code={code}")["results"]
    return case


def test_a_row(caller: Make) -> None:
    row = of_code(caller(), "LEG_PROBLEM")
    assert row.pop("id") == "24abf04c8463aa07612b95423ebc49d7"
    assert len(row.pop("incident")) == 32
    assert row == ROW


def test_one_case_tells_its_row_and_its_story(caller: Make) -> None:
    ada = caller()
    row = of_code(ada, "LEG_PROBLEM")
    case = ada.json(f"exceptions/{row['id']}")
    assert {name: case[name] for name in row} == row
    assert {name: value for name, value in case.items() if name not in row} == {
        "episode": 1,
        "resolved_by": None,
        "resolution": None,
        "evidence": None,
        "history": [
            {
                "at": "2026-05-13T08:00:00Z",
                "kind": "opened",
                "who": None,
                "to": None,
                "text": None,
                "reason": None,
                "until": None,
                "evidence": {
                    "occurred_at": "2026-05-13T08:00:00Z",
                    "received_at": "2026-05-13T08:00:00Z",
                    "source": "urn:polaris",
                    "message": "SO-1-damage",
                },
            }
        ],
        "next_steps": ["Read the problem's code and reason.", "Give the partner what it lacks, or plan the goods elsewhere."],
        "as_of": None,
    }


def test_a_claim_is_the_callers_and_is_in_the_history(caller: Make) -> None:
    ada = caller()
    row = of_code(ada, "LEG_PROBLEM")
    case = ada.act(f"exceptions/{row['id']}/claim", version=0, text="on it")
    assert (case["state"], case["assignee"], case["version"] > 0) == ("in_progress", ada.user.username, True)
    entry = case["history"][-1]
    assert (entry["at"], entry["kind"], entry["who"], entry["text"]) == (
        "2026-05-14T12:00:00Z",
        "claim",
        ada.user.username,
        "on it",
    )
    assert ada.json(f"exceptions/{row['id']}") == case


def test_a_lost_race_names_who_was_first(caller: Make) -> None:
    ada, grace = caller(), caller(Role.FINANCE)
    row = of_code(ada, "LEG_PROBLEM")
    version = ada.act(f"exceptions/{row['id']}/claim", version=0)["version"]
    problem = grace.refused(f"exceptions/{row['id']}/claim", 409, {"version": 0})
    assert problem["errors"] == [
        {
            "by": ada.user.username,
            "at": "2026-05-14T12:00:00Z",
            "version": version,
            "state": "in_progress",
            "assignee": ada.user.username,
        }
    ]
    assert problem["detail"] == f"{ada.user.username} was first: look at the case again, then decide."
