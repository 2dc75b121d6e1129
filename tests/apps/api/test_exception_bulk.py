"""Many exceptions at once over HTTP, and the jobs that come of it."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from apps.accounts.roles import Role
from apps.exceptions import jobs
from tests.apps.api.conftest import NOW, Caller, tell
from tests.apps.api.stories import two_problems

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]


@pytest.fixture(autouse=True)
def _story() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        tell(*two_problems())
        tell(*two_problems("SO-2"))
        yield


def ids(caller: Caller, code: str = "LEG_PROBLEM") -> list[str]:
    return [case["id"] for case in caller.json(f"exceptions?code={code}&sort=age")["results"]]


def started(caller: Caller, body: Any) -> Any:
    response = caller.post("exceptions/bulk", body)
    assert response.status_code == 202, response.content
    job = response.json()
    assert response["Location"] == f"http://testserver/api/v1/jobs/{job['id']}"
    return job


def work(job: Any) -> None:
    while jobs.work(uuid.UUID(job["id"]), now=NOW):
        pass


def test_a_job_over_ids(caller: Make) -> None:
    ada = caller()
    first, second = ids(ada)
    ada.act(f"exceptions/{first}/resolve", reason="accepted")
    job = started(ada, {"action": "assign", "to": "me", "ids": [first, second], "text": "all mine"})
    assert job == {
        "id": job["id"],
        "action": "assign",
        "state": "queued",
        "total": 2,
        "done": 0,
        "succeeded": 0,
        "failed": 0,
        "results": [],
        "problem": None,
        "who": ada.user.username,
        "created_at": "2026-05-14T12:00:00Z",
        "started_at": None,
        "finished_at": None,
    }
    assert ada.json(f"jobs/{job['id']}") == job
    work(job)
    assert ada.json(f"jobs/{job['id']}") == job | {
        "state": "done",
        "done": 2,
        "succeeded": 1,
        "failed": 1,
        "results": [{"id": first, "reason": "This case is resolved (manual); there is nothing to assign."}],
        "started_at": "2026-05-14T12:00:00Z",
        "finished_at": "2026-05-14T12:00:00Z",
    }
    case = ada.json(f"exceptions/{second}")
    assert (case["assignee"], case["history"][-1]["text"]) == (ada.user.username, "all mine")


def test_a_job_over_a_filter(caller: Make) -> None:
    ada = caller()
    job = started(ada, {"action": "claim", "filter": {"code": "LEG_PROBLEM", "order": "SO-2", "assignee": "none"}})
    assert job["total"] == 1
    work(job)
    cases = ada.json("exceptions?code=LEG_PROBLEM")["results"]
    assert {case["order"]: case["assignee"] for case in cases} == {"SO-1": None, "SO-2": ada.user.username}


@pytest.mark.parametrize(
    ("body", "fields", "words"),
    [
        ({}, ["action"], "`action` needs one of claim, assign"),
        ({"action": "dance"}, ["action"], "`dance` came"),
        ({"action": "claim"}, ["ids", "filter"], "either their `ids` or a `filter`"),
        ({"action": "claim", "ids": ["0" * 32], "filter": {}}, ["ids", "filter"], "either their `ids` or a `filter`"),
        ({"action": "claim", "ids": []}, ["ids"], "`ids` needs a list of 1 to 10,000 texts; 0 came."),
        ({"action": "claim", "ids": "x"}, ["ids"], "`ids` needs a list of 1 to 10,000 texts; `x` came."),
        ({"action": "claim", "ids": ["0" * 32, "x"]}, ["ids[1]"], "`ids[1]` needs an exception's id; `x` came."),
        ({"action": "claim", "ids": ["0" * 32], "to": "ada"}, ["to"], "There is no field `to` here."),
        ({"action": "claim", "ids": ["0" * 32], "version": 1}, ["version"], "There is no field `version` here."),
        ({"action": "claim", "filter": []}, ["filter"], "`filter` needs an object; a list came."),
        ({"action": "claim", "filter": {"sort": "age"}}, ["filter.sort"], "There is no field `filter.sort` here."),
        ({"action": "claim", "filter": {"code": "X"}}, ["filter.code"], "`filter.code` needs one of ORDER_INVALID"),
        ({"action": "claim", "filter": {"code": 5}}, ["filter.code"], "`filter.code` needs text; `5` came."),
        ({"action": "assign", "ids": ["0" * 32]}, ["to"], "`to` needs the name of a user"),
        ({"action": "assign", "ids": ["0" * 32], "to": "eve"}, ["to"], "`eve` came"),
        ({"action": "snooze", "ids": ["0" * 32], "until": "tomorrow"}, ["until"], "`tomorrow` is not an RFC 3339 time"),
    ],
)
def test_a_bad_field_is_named_with_what_was_expected(caller: Make, body: Any, fields: list[str], words: str) -> None:
    problem = caller().refused("exceptions/bulk", 400, body)
    assert [error["field"] for error in problem["errors"]] == fields
    assert words in problem["detail"]


def test_an_order_that_is_none_is_404(caller: Make) -> None:
    assert caller().post("exceptions/bulk", {"action": "claim", "filter": {"order": "SO-9"}}).status_code == 404


def test_a_job_is_there_for_who_started_it_and_for_administrators(caller: Make) -> None:
    mia, ada, leo = caller(Role.FINANCE), caller(), caller(Role.MANAGER)
    job = started(mia, {"action": "claim", "ids": ids(mia)})
    asked = {
        name: somebody.get(f"jobs/{job['id']}").status_code for name, somebody in (("mia", mia), ("ada", ada), ("leo", leo))
    }
    assert asked == {"mia": 200, "ada": 200, "leo": 404}
    polaris = caller(Role.PARTNER, partner="polaris")
    assert polaris.get(f"jobs/{job['id']}").status_code == 404


@pytest.mark.parametrize("name", ["x", str(uuid.UUID(int=0)), "0", "%00"])
def test_what_is_no_job_is_404(caller: Make, name: str) -> None:
    assert caller().get(f"jobs/{name}").status_code == 404


def test_a_partners_user_may_not_work_many_at_once(caller: Make) -> None:
    polaris = caller(Role.PARTNER, partner="polaris")
    body = {"action": "comment", "text": "soon", "ids": ids(polaris)[:1]}
    assert (
        polaris.refused("exceptions/bulk", 403, body)["detail"] == "Your role does not include to work many exceptions at once."
    )
