"""The audit log over HTTP."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.acts.types import Act
from apps.partners.services import create_credential
from tests.apps.acts.acting import perform
from tests.apps.acts.builders import NOW, claim, put, remove
from tests.apps.api.conftest import Caller

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]
NOTHING = dict.fromkeys(("order", "subject", "exception", "to", "text", "until", "reason", "version", "setting"))


def test_rows_tell_all_of_an_act(caller: Make) -> None:
    (assigned,) = perform(
        Act(
            kind="case.assign",
            who="ada",
            key="aa",
            case="c0de",
            order="/oms:SO/1",
            subject="Short pick",
            to="ben",
            text="He knows.",
            until=NOW + timedelta(hours=2),
            reason="absent",
            version=3,
        )
    )
    put_it, removed = perform(put("calendar", "ATL", None, who="cy"), remove("calendar", "ATL", reason="closed"))
    assert caller().json("audit") == {
        "next": None,
        "previous": None,
        "results": [
            {
                **NOTHING,
                "message": str(removed.position),
                "at": "2026-03-02T08:00:00.123456Z",
                "who": "ada",
                "kind": "setting.remove",
                "summary": "Removed calendar “ATL”: closed",
                "reason": "closed",
                "setting": {"kind": "calendar", "name": "ATL", "value": None},
            },
            {
                **NOTHING,
                "message": str(put_it.position),
                "at": "2026-03-02T08:00:00.123456Z",
                "who": "cy",
                "kind": "setting.put",
                "summary": "Set calendar “ATL”",
                "setting": {"kind": "calendar", "name": "ATL", "value": None},
            },
            {
                "message": str(assigned.position),
                "at": "2026-03-02T08:00:00.123456Z",
                "who": "ada",
                "kind": "case.assign",
                "order": "/oms:SO/1",
                "subject": "Short pick",
                "exception": "c0de",
                "summary": "Assigned “Short pick” to ben: He knows. absent",
                "to": "ben",
                "text": "He knows.",
                "until": "2026-03-02T10:00:00.123456Z",
                "reason": "absent",
                "version": 3,
                "setting": None,
            },
        ],
    }


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("", ["cy", "ben", "ada"]),
        ("who=ben", ["ben"]),
        ("kind=case.claim", ["ben", "ada"]),
        ("order=SO%2F1", ["ada"]),
        ("search=CALENDAR", ["cy"]),
        ("from=2026-03-02T09:00:00.123456Z", ["cy", "ben"]),
        ("to=2026-03-02T10:00:00.123456%2B01:00", ["ada"]),
        ("from=2026-03-02T08:30:00Z&to=2026-03-02T09:30:00Z", ["ben"]),
        ("from=&who=", ["cy", "ben", "ada"]),
    ],
)
def test_each_filter_narrows(caller: Make, query: str, who: list[str]) -> None:
    perform(claim(order="SO/1"))
    perform(claim("ben"), now=NOW + timedelta(hours=1))
    perform(put("calendar", "ATL", 1, who="cy"), now=NOW + timedelta(hours=2))
    assert [row["who"] for row in caller().json(f"audit?{query}")["results"]] == who


def test_pages_lead_forth_and_back(caller: Make) -> None:
    perform(*(claim(f"user-{number}") for number in range(5)))
    ada = caller()
    first = ada.json("audit?page_size=2&kind=case.claim")
    second = ada.json(first["next"].partition("/api/v1/")[2])
    third = ada.json(second["next"].partition("/api/v1/")[2])
    who = [[row["who"] for row in page["results"]] for page in (first, second, third)]
    assert who == [["user-4", "user-3"], ["user-2", "user-1"], ["user-0"]]
    assert ada.json(second["previous"].partition("/api/v1/")[2])["results"] == first["results"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=yesterday", "`from`: `yesterday` is not"),
        ("to=2026-03-02T10:00:00+01:00", "Write `+` as %2B."),
        ("from=2026-03-02", "`from`: `2026-03-02` is a date where a time is needed"),
        ("until=2026-03-02T10:00:00Z", "There is no parameter `until` here."),
    ],
)
def test_a_parameter_that_cannot_be_meant_is_named(caller: Make, query: str, said: str) -> None:
    problem = caller().problem(f"audit?{query}", 400)
    assert problem["type"] == "urn:distsync:problem:bad-parameter"
    assert said in problem["detail"]


def test_a_foreign_cursor_is_refused_and_a_credential_of_a_source_is_none(caller: Make) -> None:
    ada = caller()
    assert ada.problem("audit?cursor=nonsense", 400)["title"] == "Unreadable"
    ada.token = create_credential("oms")
    assert ada.problem("audit", 401)["title"] == "Not authenticated"
