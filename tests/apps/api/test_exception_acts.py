"""Acts over HTTP: what the body may hold, what is refused and how, sessions and their CSRF token."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.accounts.roles import Role
from tests.apps.api.conftest import NOW, Caller, tell
from tests.apps.api.stories import two_problems
from tests.apps.api.test_exception_permissions import ACTS, number_of

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]


@pytest.fixture(autouse=True)
def _story() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        tell(*two_problems())
        yield


@pytest.mark.parametrize(
    ("word", "body", "field", "words"),
    [
        ("claim", {"to": "ada"}, "to", "There is no field `to` here. Those that there are: reason, text, version."),
        ("claim", {"version": "1"}, "version", "a whole number from 0"),
        ("claim", {"version": True}, "version", "a whole number from 0"),
        ("claim", {"version": -1}, "version", "a whole number from 0"),
        ("claim", {"version": 1.5}, "version", "a whole number from 0"),
        ("claim", {"version": 2**63}, "version", "a whole number from 0"),
        ("comment", {}, "text", "A comment needs `text`."),
        ("comment", {"text": "  "}, "text", "A comment needs `text`."),
        ("comment", {"text": 5}, "text", "`text` needs text; `5` came."),
        ("comment", {"text": ["a"]}, "text", "`text` needs text; a list came."),
        ("comment", {"text": "a\x00b"}, "text", "`text` holds the character U+0000"),
        ("comment", {"text": "\ud800"}, "text", "`text` holds half of a surrogate pair"),
        ("comment", {"text": "x" * 4_001}, "text", "`text` may have 4,000 characters; 4,001 came."),
        ("assign", {}, "to", "`to` needs the name of a user, `me`, or `none` for nobody; nothing came."),
        ("assign", {"to": "eve"}, "to", "`eve` came, and nobody who works exceptions is called so"),
        ("escalate", {}, "to", "`to` needs a team (customer_service, finance"),
        ("escalate", {"to": "none"}, "to", "`none` came"),
        ("snooze", {}, "until", "A snooze needs `until`, a time that is still to come."),
        ("snooze", {"until": "2026-05-14T12:00:00Z"}, "until", "A snooze needs `until`, a time that is still to come."),
        ("snooze", {"until": "2026-05-15"}, "until", "`until`: `2026-05-15` is a date where a time is needed"),
        ("snooze", {"until": "2026-05-15T08:00:00"}, "until", "`until`: `2026-05-15T08:00:00` has no zone"),
        ("snooze", {"until": 5}, "until", "`until` needs an RFC 3339 time"),
        ("resolve", {}, "reason", "Closing by hand needs a `reason`, one of fixed_outside, not_an_issue"),
        ("resolve", {"reason": "because"}, "reason", "`because` came."),
    ],
)
def test_a_bad_field_is_named_with_what_was_expected(
    caller: Make, word: str, body: dict[str, Any], field: str, words: str
) -> None:
    ada = caller()
    number = number_of(ada, "LEG_PROBLEM")
    problem = ada.refused(f"exceptions/{number}/{word}", 400, body)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert words in problem["detail"]
    assert ada.json(f"exceptions/{number}")["version"] == 0


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"x"', b"5", b"null", b'{"version": NaN}', b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_unreadable(caller: Make, raw: bytes) -> None:
    ada = caller()
    problem = ada.refused(f"exceptions/{number_of(ada, 'LEG_PROBLEM')}/claim", 400, raw)
    assert problem["type"] == "urn:distsync:problem:unreadable"


def test_no_body_and_nulls_are_as_good_as_no_field(caller: Make) -> None:
    ada = caller()
    number = number_of(ada, "LEG_PROBLEM")
    assert ada.post(f"exceptions/{number}/claim").status_code == 200
    assert ada.act(f"exceptions/{number}/wait", text=None, version=None)["state"] == "waiting"


def test_a_whole_number_may_be_written_with_a_point(caller: Make) -> None:
    ada = caller()
    assert ada.act(f"exceptions/{number_of(ada, 'LEG_PROBLEM')}/claim", version=0.0)["state"] == "in_progress"


def test_a_body_that_is_no_json_by_its_own_word_is_refused(caller: Make) -> None:
    ada = caller()
    path = f"/api/v1/exceptions/{number_of(ada, 'LEG_PROBLEM')}/claim"
    headers = {"Authorization": f"Bearer {ada.token}"}
    assert ada.client.post(path, {"version": "0"}, headers=headers).status_code == 415
    assert (
        ada.client.generic("POST", path, "version=0", "application/x-www-form-urlencoded", headers=headers).status_code == 415
    )
    assert ada.client.generic("POST", path, "{}", "application/merge-patch+json", headers=headers).status_code == 200


def test_a_body_over_the_limit_is_refused(caller: Make) -> None:
    ada = caller()
    number = number_of(ada, "LEG_PROBLEM")
    raw = json.dumps({"text": "x" * 1_100_000}).encode()
    assert ada.refused(f"exceptions/{number}/comment", 413, raw)["type"] == "urn:distsync:problem:too-large"


def test_what_is_not_there_is_404_and_a_query_is_refused(caller: Make) -> None:
    ada = caller()
    assert ada.refused("exceptions/zz/claim", 404)["status"] == 404
    assert ada.refused(f"exceptions/{'0' * 32}/claim", 404)["status"] == 404
    assert ada.post(f"exceptions/{number_of(ada, 'LEG_PROBLEM')}/dance").status_code == 404
    problem = ada.refused(f"exceptions/{number_of(ada, 'LEG_PROBLEM')}/claim?version=0", 400)
    assert problem["errors"][0]["parameter"] == "version"


def test_me_and_none_are_understood(caller: Make) -> None:
    ada = caller()
    number = number_of(ada, "LEG_PROBLEM")
    assert ada.act(f"exceptions/{number}/assign", to="me")["assignee"] == ada.user.username
    assert ada.act(f"exceptions/{number}/assign", to="none")["assignee"] is None
    assert ada.act(f"exceptions/{number}/escalate", to="planning")["team"] == "planning"


def test_a_case_that_sleeps_or_waits_is_taken_up_again(caller: Make) -> None:
    ada = caller()
    number = number_of(ada, "LEG_PROBLEM")
    problem = ada.refused(f"exceptions/{number}/wake", 409)
    assert (problem["detail"], problem["errors"][0]["state"]) == ("This case neither sleeps nor waits.", "new")
    ada.act(f"exceptions/{number}/snooze", until="2026-05-15T08:00:00Z")
    case = ada.act(f"exceptions/{number}/wake", text="it is back")
    assert (case["state"], case["snoozed_until"], case["history"][-1]["text"]) == ("acknowledged", None, "it is back")
    assert ada.act(f"exceptions/{number}/wait")["state"] == "waiting"
    assert ada.act(f"exceptions/{number}/wake")["state"] == "acknowledged"


def test_a_case_goes_back_to_the_team_of_the_rules(caller: Make) -> None:
    ada = caller()
    number = number_of(ada, "LEG_PROBLEM")
    own = ada.json(f"exceptions/{number}")["team"]
    assert ada.act(f"exceptions/{number}/escalate", to="planning")["team"] == "planning"
    ada.act(f"exceptions/{number}/claim")
    case = ada.act(f"exceptions/{number}/give_back")
    assert (case["team"], case["assignee"], case["state"]) == (own, None, "acknowledged")


def test_a_case_leaves_its_incident_and_comes_back(caller: Make) -> None:
    ada = caller()
    number = number_of(ada, "LEG_PROBLEM")
    incident = ada.json(f"exceptions/{number}")["incident"]
    assert len(incident) == 32
    assert ada.act(f"exceptions/{number}/take_out", text="another cause")["incident"] is None
    case = ada.act(f"exceptions/{number}/put_back")
    assert case["incident"] == incident
    assert [(entry["kind"], entry["text"]) for entry in case["history"][-2:]] == [
        ("take_out", "another cause"),
        ("put_back", None),
    ]


def test_what_is_resolved_is_neither_taken_out_nor_given_back(caller: Make) -> None:
    ada = caller()
    number = number_of(ada, "LEG_PROBLEM")
    ada.act(f"exceptions/{number}/resolve", reason="accepted")
    for word, said in (("take_out", "take out"), ("put_back", "put back"), ("give_back", "give back")):
        problem = ada.refused(f"exceptions/{number}/{word}", 409)
        assert problem["detail"] == f"This case is resolved (manual); there is nothing to {said}."


def test_a_case_is_resolved_with_its_reason_and_opened_again(caller: Make) -> None:
    ada = caller()
    number = number_of(ada, "LEG_PROBLEM")
    case = ada.act(f"exceptions/{number}/resolve", reason="accepted", text="credit given")
    assert (case["state"], case["resolved_at"], case["resolved_by"], case["resolution"]) == (
        "resolved_manual",
        "2026-05-14T12:00:00Z",
        ada.user.username,
        "accepted",
    )
    problem = ada.refused(f"exceptions/{number}/wait", 409)
    assert problem["detail"] == "This case is resolved (manual); there is nothing to wait."
    case = ada.act(f"exceptions/{number}/reopen", text="not at all")
    assert (case["state"], case["resolved_at"], case["resolution"]) == ("acknowledged", None, None)


def test_a_session_needs_its_token_and_then_works(caller: Make) -> None:
    ada = caller(Role.FINANCE)
    number = number_of(ada, "LEG_PROBLEM")
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada.user)
    path = f"/api/v1/exceptions/{number}/claim"
    for kind, body in (("application/json", "{}"), ("application/x-www-form-urlencoded", "a=b")):
        response = client.generic("POST", path, body, content_type=kind)
        assert (response.status_code, response.headers["Content-Type"]) == (403, "application/problem+json")
    token = client.get("/account/").context["csrf_token"]
    response = client.generic("POST", path, "{}", content_type="application/json", headers={"X-CSRFToken": str(token)})
    assert (response.status_code, response.json()["assignee"]) == (200, ada.user.username)


@pytest.mark.parametrize("word", ACTS)
def test_without_a_credential_an_act_is_401(caller: Make, word: str) -> None:
    number = number_of(caller(), "LEG_PROBLEM")
    response = Client().post(f"/api/v1/exceptions/{number}/{word}", "{}", content_type="application/json")
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="DistSync"')
