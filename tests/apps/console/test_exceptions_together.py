"""Many cases at once, incidents, a partner's part of the queue, and what other pages say of exceptions."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.exceptions.queries import Case, get_case
from apps.exceptions.services import Wish, act
from tests.apps.console.conftest import SignedIn
from tests.apps.console.queueing import SCRIPT, attribute, counts, do, shown, text
from tests.late_orders import unacknowledged
from tests.messages import NOW, START, tell


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def many(client: Client, wish: str, status: int = 200, **fields: Any) -> str:
    response = client.post("/exceptions/bulk", {"act": wish, "filters": "tab=all", **fields}, headers=SCRIPT)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def test_many_at_once_with_what_was_refused_and_why(ops: Client, late: dict[str, Case], signed_in: SignedIn) -> None:
    signed_in("finance", name="bob")
    act(late["SO-8-L"].id, Wish("claim"), who="bob", now=NOW)
    chosen = [f"{case.id}:{case.version}" for case in late.values()]
    answer = many(ops, "claim", case=chosen)
    assert attribute(answer, "message") == "Claimed: 3 cases, 1 refused"
    assert sorted(shown(answer)) == ["SO-1", "SO-1", "SO-9"]
    refused = answer[answer.index("data-refused") :]
    assert "NorthStar has not acknowledged release SO-8-L" in refused
    assert "bob was first: look at the case again, then decide." in refused
    undone = ops.post("/exceptions/undo", {"case": attribute(answer, "undo").split()}, headers=SCRIPT).content.decode()
    assert attribute(undone, "message") == "Undone"
    assert [get_case(case.id, now=NOW).assignee for case in late.values()] == ["", "", "bob", ""]


def test_all_that_fit_the_filter(ops: Client, late: dict[str, Case]) -> None:
    answer = many(ops, "resolve", reason="accepted", all="1", filters="tab=all&code=POSTING_OVERDUE")
    assert attribute(answer, "message") == "Resolved: accepted as it is: 2 cases"
    assert [get_case(case.id, now=NOW).state for case in late.values()] == ["resolved_manual", "resolved_manual", "new", "new"]
    assert "No case is chosen" in attribute(many(ops, "claim", 400, all="1", filters="tab=mine"), "problem")


def test_many_more_than_are_worked_at_once(ops: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.console.pages.exceptions.bulk.AT_ONCE", 3)
    assert attribute(many(ops, "claim", all="1"), "message") == "Claimed: 4 cases"
    monkeypatch.setattr("apps.console.pages.exceptions.bulk.MOST", 3)
    assert attribute(many(ops, "claim", 400, all="1"), "problem") == (
        "More than 3 cases fit: narrow the filter, and do it in parts."
    )


def incident_row(page: str) -> str:
    return page[page.index('class="incident"') :].partition("</tr>")[0]


def test_an_incident_stands_above_its_cases_and_is_worked_as_one(ops: Client, late: dict[str, Case]) -> None:
    tell(*unacknowledged("SO-10", minute=2))
    page = text(ops, "/exceptions/?tab=all")
    (incident,) = re.findall(r'data-incident="(\w+)" data-count="3"', page)
    assert "3 similar cases at NorthStar" in page
    assert shown(page) == ["SO-1", "SO-1"], "the cases of an incident stand in it alone"
    assert counts(page)["all"] == "5"
    unfolded = text(ops, f"/exceptions/incidents/{incident}/cases?tab=all", **SCRIPT)
    assert shown(unfolded) == ["SO-8", "SO-9", "SO-10"]
    assert f'data-of="incident-{incident}"' in unfolded
    assert shown(text(ops, f"/exceptions/?tab=all&incident={incident}")) == ["SO-8", "SO-9", "SO-10"]
    assert "nobody yet" in incident_row(page)
    do(ops, get_case(late["SO-8-L"].id, now=NOW), "claim")
    assert "you; 2 of nobody yet" in incident_row(text(ops, "/exceptions/?tab=all&sort=age"))
    answer = many(ops, "wait", incident=incident)
    assert attribute(answer, "message") == "Waiting on the partner: 3 cases"
    do(ops, get_case(late["SO-8-L"].id, now=NOW), "take_out")
    assert shown(text(ops, "/exceptions/?tab=all")) == ["SO-8", "SO-9", "SO-10", "SO-1", "SO-1"], "two are none"


class TestPartner:
    """What the partner's own people see and may do."""

    @pytest.fixture
    def north(self, late: dict[str, Case], signed_in: SignedIn) -> Client:
        return signed_in("partner", partner="northstar", name="north-1")

    def test_it_sees_its_own_work_without_money_customers_and_colleagues(self, north: Client, late: dict[str, Case]) -> None:
        act(late["SO-8-L"].id, Wish("wait"), who="ada", now=NOW)
        page = text(north, "/exceptions/")
        assert shown(page) == ["SO-8", "SO-9"]
        assert counts(page) == {"all": "2", "resolved": "0"}
        for hidden in ("Clinic", "$", "SO-1-A", "polaris", ">ada<", "data-do", "data-pick"):
            assert hidden not in page, hidden
        exported = csv.DictReader(io.StringIO(b"".join(north.get("/exceptions/export.csv")).decode()))
        assert [row["order"] for row in exported] == ["SO-8", "SO-9"]
        assert {"worth", "customer", "assignee", "reason"} & set(exported.fieldnames or ()) == set()

    def test_it_may_comment_and_nothing_else(self, north: Client, late: dict[str, Case]) -> None:
        assert attribute(do(north, late["SO-8-L"], "comment", text="The dock was flooded."), "message") == "Comment kept"
        for wish in ("claim", "resolve", "snooze", "reopen"):
            do(north, late["SO-8-L"], wish, 404)
        assert north.post("/exceptions/bulk", {"act": "comment", "text": "x"}).status_code == 404
        assert north.post("/exceptions/undo", {"case": "ab:1"}).status_code == 404

    def test_others_cases_are_not_there(self, north: Client, late: dict[str, Case]) -> None:
        for value in ("SO-1-A-2", "SO-1-B-1"):
            text(north, f"/exceptions/{late[value].id}/", 404)
            do(north, late[value], "comment", 404, text="hello")


def test_the_orders_list_names_the_owner_of_the_open_exception(ops: Client, signed_in: SignedIn) -> None:
    page = text(ops, "/orders/")
    row = page[page.index('data-handle="SO-1"') :]
    row = row[: row.index("</tr>")]
    assert "<b>Finance <span" in row.replace("\n", "")
    assert "2 open exceptions, the gravest of high severity" in row
    assert 'href="/orders/SO-1/#exceptions"' in row
    assert "Finance" not in text(signed_in("partner", partner="northstar"), "/orders/")


def test_the_orders_list_and_the_trace_say_what_is_at_risk(ops: Client, signed_in: SignedIn) -> None:
    """The clock of SO-8's acknowledgement runs from minute 10, is at risk from minute 55 on, and due at minute 70."""

    def chips(client: Client, url: str, minute: int) -> int:
        with time_machine.travel(START + timedelta(minutes=minute), tick=False):
            return text(client, url).count('<span class="chip risk">At risk')

    north = signed_in("partner", partner="northstar")
    for url in ("/orders/?search=SO-8", "/orders/?search=SO-8&overlay=at_risk", "/orders/SO-8/"):
        clocks = 1 if url == "/orders/SO-8/" else 0  # the trace lists the clock too
        for client in (ops, north):
            assert [chips(client, url, minute) for minute in (54, 56, 71)] == [0, 1 + clocks, 0], url
    assert chips(signed_in("partner", partner="polaris"), "/orders/?search=SO-1", 56) == 0
    with time_machine.travel(START + timedelta(minutes=56), tick=False):
        assert 'data-handle="SO-1"' not in text(ops, "/orders/?search=SO-1&overlay=at_risk")
        lines = list(csv.DictReader(io.StringIO(b"".join(ops.get("/orders/export.csv?overlay=at_risk")).decode())))
    assert {line["order"]: line["overlays"] for line in lines} == {"SO-8": "at_risk", "SO-9": "at_risk"}


def test_the_trace_shows_open_exceptions_and_clocks(ops: Client, late: dict[str, Case], signed_in: SignedIn) -> None:
    page = text(ops, "/orders/SO-8/")
    assert f'href="/exceptions/{late["SO-8-L"].id}/">NorthStar has not acknowledged release SO-8-L' in page
    clocks = re.findall(
        r'<span class="strong">([^<]+)</span>.*?<span class="chip \w+"[^>]*>([^<]+)<', page[page.index('"clocks"') :]
    )
    assert clocks == [("Acknowledgement", "Missed"), ("Allocation", "Met"), ("Release", "Met")]
    theirs = text(signed_in("partner", partner="northstar"), "/orders/SO-8/")
    assert "Acknowledgement" in theirs
    assert "Allocation" not in theirs[theirs.index('"clocks"') :][:2_000]
