"""Who may see and do what with exceptions: every act x every role; what a partner's user finds in each answer."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from apps.accounts.roles import MATRIX, Permission, Role
from tests.apps.api.conftest import NOW, Caller, tell
from tests.apps.api.stories import two_problems

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]
STAFF = [role for role in Role if role is not Role.PARTNER]
UNTIL = "2026-05-15T08:00:00Z"
# act -> a body that is allowed
ACTS: dict[str, dict[str, Any]] = {
    "claim": {},
    "assign": {"to": "somebody"},
    "comment": {"text": "on its way"},
    "snooze": {"until": UNTIL},
    "wait": {},
    "wake": {},
    "escalate": {"to": "finance"},
    "give_back": {},
    "take_out": {},
    "put_back": {},
    "resolve": {"reason": "accepted"},
    "reopen": {},
}
ADDRESSES = {"exceptions", "exceptions_bulk", "job", "exception", *(f"exception_{word}" for word in ACTS)}


@pytest.fixture(autouse=True)
def _story() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        tell(*two_problems())
        yield


def number_of(caller: Caller, code: str) -> str:
    (case,) = caller.json(f"exceptions?code={code}")["results"]
    return str(case["id"])


@pytest.mark.parametrize("role", STAFF)
def test_staff_may_do_everything(caller: Make, role: Role) -> None:
    somebody = caller(role)
    number = number_of(somebody, "LEG_PROBLEM")
    for word, body in ACTS.items():
        to = {"to": somebody.user.username} if word == "assign" else {}
        assert somebody.act(f"exceptions/{number}/{word}", **(body | to))["id"] == number


def test_a_partners_user_comments_and_does_nothing_else(caller: Make) -> None:
    polaris = caller(Role.PARTNER, partner="polaris")
    number = number_of(polaris, "LEG_PROBLEM")
    got = {word: polaris.post(f"exceptions/{number}/{word}", body).status_code for word, body in ACTS.items()}
    assert got == {word: 200 if word == "comment" else 403 for word in ACTS}
    case = polaris.json(f"exceptions/{number}")
    assert (case["state"], case["comments"]) == ("acknowledged", 1)


def test_the_cases_of_others_are_not_there_for_a_partners_user(caller: Make) -> None:
    ada, north = caller(), caller(Role.PARTNER, partner="north")
    assert north.json("exceptions")["results"] == []
    for code in ("LEG_PROBLEM", "POSTING_FAILED"):  # another's work; our own business
        number = number_of(ada, code)
        got = {word: north.post(f"exceptions/{number}/{word}", body).status_code for word, body in ACTS.items()}
        assert got == dict.fromkeys(ACTS, 404)
        assert north.get(f"exceptions/{number}").status_code == 404


def test_a_partners_case_tells_no_money_no_customer_and_nothing_said_among_us(caller: Make) -> None:
    ada, polaris = caller(), caller(Role.PARTNER, partner="polaris")
    number = number_of(polaris, "LEG_PROBLEM")
    ada.act(f"exceptions/{number}/claim", text="they always do that")
    ada.act(f"exceptions/{number}/comment", text="When will it be replaced?")
    ada.act(f"exceptions/{number}/resolve", reason="agreed_with_customer", text="credit of 20")
    case = polaris.json(f"exceptions/{number}")
    assert (case["value"], case["customer_name"], case["resolution"], case["next_steps"]) == (None, None, None, [])
    assert [(entry["kind"], entry["text"], entry["reason"]) for entry in case["history"]] == [
        ("opened", None, None),
        ("claim", None, None),
        ("comment", "When will it be replaced?", None),
        ("resolve", None, None),
    ]
    text = json.dumps(case)
    for secret in ("Meridian", "USD", "10.5", "they always", "credit of 20", "agreed_with_customer", "SO-1-damage"):
        assert secret not in text, secret


def test_no_partners_user_sorts_by_money(caller: Make) -> None:
    polaris = caller(Role.PARTNER, partner="polaris")
    assert polaris.problem("exceptions?sort=money", 403)["detail"] == "Your role does not include money, nor a sort by it."


def test_who_may_not_see_exceptions_finds_none_of_their_addresses(caller: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    number = number_of(caller(), "LEG_PROBLEM")
    monkeypatch.setitem(MATRIX, Role.FINANCE, frozenset({Permission.SEE_ORDERS, Permission.WORK_EXCEPTIONS}))
    mia = caller(Role.FINANCE)
    paths = ("exceptions", f"exceptions/{number}")
    assert [mia.get(path).status_code for path in paths] == [404, 404]
    got = {word: mia.post(f"exceptions/{number}/{word}", body).status_code for word, body in ACTS.items()}
    assert got == dict.fromkeys(ACTS, 404)
