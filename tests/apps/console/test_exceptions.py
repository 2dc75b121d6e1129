"""The exception queue: who finds what on which tab, what an act answers, who was first."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import SavedView
from apps.exceptions.queries import Case, cases_of_order, get_case
from apps.exceptions.services import Wish, act
from tests.apps.console.conftest import SignedIn
from tests.apps.console.queueing import SCRIPT, TABS, attribute, counts, do, shown, text
from tests.messages import ERP, MIDDLEWARE, NORTH, NOW, OMS, line, message, order_story, tell


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_case_numbers_are_those_expected(late: dict[str, Case]) -> None:
    assert {value: case.code for value, case in late.items()} == {
        "SO-1-A-2": "POSTING_OVERDUE",
        "SO-1-B-1": "POSTING_OVERDUE",
        "SO-8-L": "ACK_OVERDUE",
        "SO-9-L": "ACK_OVERDUE",
    }


def test_every_tab_counts_the_list_that_it_opens(ops: Client, late: dict[str, Case]) -> None:
    do(ops, late["SO-8-L"], "claim")
    do(ops, late["SO-1-A-2"], "snooze", until="4h")
    do(ops, late["SO-1-B-1"], "resolve", reason="accepted")
    expected = {"mine": ["SO-8"], "team": ["SO-8", "SO-9"], "unassigned": ["SO-9"], "snoozed": ["SO-1"], "resolved": ["SO-1"]}
    for tab in TABS:
        page = text(ops, f"/exceptions/?tab={tab}")
        assert counts(page)[tab] == str(len(shown(page)))
        if tab in expected:
            assert shown(page) == expected[tab]
    assert counts(page) == {"mine": "1", "team": "2", "unassigned": "1", "all": "3", "snoozed": "1", "resolved": "1"}


@pytest.mark.parametrize(
    ("query", "orders"),
    [
        ("code=POSTING_OVERDUE", ["SO-1", "SO-1"]),
        ("partner=northstar&code=ACK_OVERDUE", ["SO-8", "SO-9"]),
        ("partner=polaris", ["SO-1"]),
        ("site=ATL&team=finance", ["SO-1"]),
        ("severity=critical", []),
        ("least_worth=300", ["SO-1"]),
        ("sort=money", ["SO-1", "SO-1", "SO-9", "SO-8"]),
        ("sort=age", ["SO-8", "SO-9", "SO-1", "SO-1"]),
        ("sort=newest", ["SO-1", "SO-1", "SO-9", "SO-8"]),
        ("cursor=nonsense&code=ACK_OVERDUE", ["SO-8", "SO-9"]),
    ],
)
def test_filters_of_the_url_narrow_list_count_and_export_alike(ops: Client, query: str, orders: list[str]) -> None:
    page = text(ops, f"/exceptions/?tab=all&{query}")
    assert shown(page) == orders
    assert counts(page)["all"] == str(len(orders))
    rows = list(csv.DictReader(io.StringIO(b"".join(ops.get(f"/exceptions/export.csv?tab=all&{query}")).decode())))
    assert [row["order"] for row in rows] == orders


def test_without_a_tab_one_lands_where_ones_work_is(ops: Client, late: dict[str, Case], signed_in: SignedIn) -> None:
    assert 'id="tab-team" aria-current="page"' in text(ops, "/exceptions/")
    do(ops, late["SO-8-L"], "claim")
    assert 'id="tab-mine" aria-current="page"' in text(ops, "/exceptions/")
    manager = signed_in("manager")
    assert 'id="tab-all" aria-current="page"' in text(manager, "/exceptions/")


def test_whoever_is_of_no_team_chooses_one(late: dict[str, Case], signed_in: SignedIn) -> None:
    page = text(signed_in("manager"), "/exceptions/?tab=team")
    assert "Whose queue?" in page
    assert re.findall(r'team=(\w+)">[^<]+<span class="soft n">(\d+)<', page) == [
        ("customer_service", "0"),
        ("finance", "2"),
        ("integration", "0"),
        ("inventory_control", "0"),
        ("master_data", "0"),
        ("partner_operations", "2"),
        ("planning", "0"),
    ]
    assert shown(text(signed_in("finance"), "/exceptions/?tab=team&team=finance")) == ["SO-1", "SO-1"]


def test_a_row_says_all_that_one_decides_by(ops: Client) -> None:
    page = text(ops, "/exceptions/?tab=team")
    row = page[page.index('data-handle="SO-8"') : page.index('data-handle="SO-9"')]
    for said in (
        "Not acknowledged",
        '<span class="word">High</span>',
        "NorthStar has not acknowledged release SO-8-L",
        'href="/orders/SO-8/"',
        "Clinic of SO-8",
        "$20.00",
        "29 d",
        "Partner operations",
        "nobody yet",
        ">New<",
    ):
        assert said in row, said
    assert "2 cases" in page
    assert "$40.00 at risk" in page


def test_the_navigation_counts_ones_own(ops: Client, late: dict[str, Case]) -> None:
    assert 'id="nav-mine"></span>' in text(ops, "/orders/")
    answer = do(ops, late["SO-8-L"], "claim", filters="tab=team")
    assert 'id="nav-mine" hx-swap-oob="true">1<' in answer
    assert 'id="nav-mine">1<' in text(ops, "/orders/")


def test_an_act_answers_the_fresh_row_the_tabs_and_how_to_undo_it(ops: Client, late: dict[str, Case]) -> None:
    answer = do(ops, late["SO-8-L"], "claim", filters="tab=team")
    after = get_case(late["SO-8-L"].id, now=NOW)
    assert (after.assignee, after.state) == ("ada", "in_progress")
    assert shown(answer) == ["SO-8"]
    assert f'data-version="{after.version}" data-state="in_progress"' in answer
    assert attribute(answer, "message") == "Claimed"
    assert attribute(answer, "undo") == f"{after.id}:{after.version}"
    assert counts(answer)["mine"] == "1"
    assert " left" not in answer


def test_a_row_that_leaves_its_list_says_so(ops: Client, late: dict[str, Case]) -> None:
    answer = do(ops, late["SO-8-L"], "snooze", until="1h", filters="tab=team")
    assert 'class="case left"' in answer
    assert "until 1 Apr 09:00" in answer
    assert 'class="case"' in do(ops, late["SO-9-L"], "snooze", until="1h", filters="tab=all")


@pytest.mark.parametrize(
    ("wish", "fields", "message_"),
    [
        ("assign", {"to": "ada"}, "Assigned to you"),
        ("comment", {"text": "Called them."}, "Comment kept"),
        ("snooze", {"until": "tomorrow"}, "Snoozed until Thu 2 Apr 09:00"),
        ("snooze", {"until": "2026-04-03T10:30"}, "Snoozed until Fri 3 Apr 10:30"),
        ("wait", {}, "Waiting on the partner"),
        ("escalate", {"to": "finance"}, "Escalated to Finance"),
        ("resolve", {"reason": "accepted"}, "Resolved: accepted as it is"),
        ("take_out", {}, "Taken out of its incident"),
    ],
)
def test_every_act(ops: Client, late: dict[str, Case], wish: str, fields: dict[str, str], message_: str) -> None:
    assert attribute(do(ops, late["SO-8-L"], wish, **fields), "message") == message_
    assert get_case(late["SO-8-L"].id, now=NOW).last_act_by == "ada"


@pytest.mark.parametrize(
    ("wish", "fields", "problem"),
    [
        ("assign", {"to": "nobody-here"}, "nobody who works exceptions is called so"),
        ("comment", {"text": " "}, "A comment needs"),
        ("snooze", {"until": "yesterday"}, "A snooze needs"),
        ("snooze", {"until": "2026-03-01T10:30"}, "A snooze needs"),
        ("resolve", {"reason": "because"}, "Closing by hand needs a"),
    ],
)
def test_what_cannot_be_done_is_said(
    ops: Client, late: dict[str, Case], wish: str, fields: dict[str, str], problem: str
) -> None:
    answer = do(ops, late["SO-8-L"], wish, 400, **fields)
    assert problem in attribute(answer, "problem")
    assert get_case(late["SO-8-L"].id, now=NOW).version == 0


def test_who_was_first_is_told_with_the_fresh_row(ops: Client, late: dict[str, Case], signed_in: SignedIn) -> None:
    signed_in("finance", name="bob")
    act(late["SO-8-L"].id, Wish("claim"), who="bob", now=NOW)
    answer = do(ops, late["SO-8-L"], "wait", 409, filters="tab=team")
    assert attribute(answer, "problem") == "bob was first: look at the case again, then decide."
    assert shown(answer) == ["SO-8"]
    assert '<span class="under">bob</span>' in answer
    fresh = get_case(late["SO-8-L"].id, now=NOW)
    assert attribute(do(ops, fresh, "wait"), "message") == "Waiting on the partner", "having seen it one may all the same"
    assert attribute(do(ops, late["SO-8-L"], "comment", text="I saw it too"), "message") == "Comment kept"


def test_an_act_is_undone(ops: Client, late: dict[str, Case]) -> None:
    undoable = attribute(do(ops, late["SO-8-L"], "resolve", reason="accepted"), "undo")
    response = ops.post("/exceptions/undo", {"case": undoable, "filters": "tab=team"}, headers=SCRIPT)
    answer = response.content.decode()
    assert (response.status_code, attribute(answer, "message"), shown(answer)) == (200, "Undone", ["SO-8"])
    assert get_case(late["SO-8-L"].id, now=NOW).state == "acknowledged"
    again = ops.post("/exceptions/undo", {"case": undoable}, headers=SCRIPT)
    assert (again.status_code, attribute(again.content.decode(), "problem")) == (
        409,
        "ada has acted on this case since; it stays as it is.",
    )
    assert ops.post("/exceptions/undo", {"case": "nonsense"}, headers=SCRIPT).status_code == 404


def test_rows_that_the_list_no_longer_holds_are_told_as_they_are(ops: Client, late: dict[str, Case]) -> None:
    tell(message("leg.acknowledged", NORTH, minute=300, leg="SO-8-L"))
    ids = "&".join(f"case={case.id}" for case in (late["SO-8-L"], late["SO-9-L"]))
    answer = text(ops, f"/exceptions/rows?tab=team&{ids}", **SCRIPT)
    rows = dict(zip(shown(answer), answer.split("<tr ")[1:], strict=True))
    assert 'class="case left"' in rows["SO-8"]
    assert "Resolved, verified" in rows["SO-8"]
    assert 'class="case"' in rows["SO-9"]


def test_a_live_refresh_answers_the_list_and_the_tabs_alone(ops: Client) -> None:
    part = text(ops, "/exceptions/?tab=all", **SCRIPT)
    assert part.lstrip().startswith("<section")
    assert "<html" not in part
    assert part.count('hx-swap-oob="true"') == 2
    assert 'data-live="/live/orders"' in part


def test_pages_of_the_list_lead_forth_and_back(db: None, signed_in: SignedIn) -> None:
    tell(*(message("order.rejected", OMS, minute=number, order=f"SO-{number:03}", reason="no") for number in range(60)))
    client = signed_in("manager")
    first = text(client, "/exceptions/?tab=all&sort=age")
    assert shown(first) == [f"SO-{number:03}" for number in range(50)] or "similar cases" in first
    plain = text(client, "/exceptions/?tab=resolved")
    assert shown(plain) == []
    cases = [cases_of_order(f"SO-{number:03}", now=NOW)[0] for number in range(60)]
    for case in cases:
        act(case.id, Wish("take_out"), who="manager-us", now=NOW)
    first = text(client, "/exceptions/?tab=all&sort=age")
    assert shown(first) == [f"SO-{number:03}" for number in range(50)]
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = text(client, following)
    assert shown(second) == [f"SO-{number:03}" for number in range(50, 60)]
    back = second.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    assert shown(text(client, back)) == [f"SO-{number:03}" for number in range(50)]


def test_names_to_choose_from(ops: Client, signed_in: SignedIn) -> None:
    for role, name, team in (
        ("finance", "fin-1", "finance"),
        ("finance", "fin-2", "finance"),
        ("partner_operations", "ops-9", "partner_operations"),
    ):
        signed_in(role, name=name, team=team)
    signed_in("partner", partner="northstar", name="north-1")

    def names(query: str, client: Client = ops) -> list[str]:
        return re.findall(r'data-value="([^"]*)"', text(client, f"/exceptions/people?{query}", **SCRIPT))

    assert names("for=assign&typed=&team=finance") == ["fin-1", "fin-2", "ada", "ops-9", ""]
    assert names("for=assign&typed=in-2") == ["fin-2"]
    assert names("for=mention&typed=o") == ["ops-9"]
    assert names("for=escalate&typed=fin&team=partner_operations") == ["finance", "fin-1", "fin-2"]
    assert names("for=escalate&typed=plan") == ["planning"]
    assert names("for=assign&typed=north") == [], "a case is given to nobody outside"
    other = signed_in("partner", partner="northstar", name="north-2")
    assert names("for=escalate&typed=", other) == ["north-2", "north-1"], "a partner's people know each other alone"


def test_views_are_saved_with_their_tab_and_order(ops: Client, signed_in: SignedIn) -> None:
    ops.post("/exceptions/views/", {"name": "Big ones", "tab": "all", "least_worth": "300", "sort": "money", "shared": "on"})
    view = SavedView.objects.get()
    assert (view.page, view.query, view.shared) == ("exceptions", "tab=all&least_worth=300&sort=money", True)
    assert "Big ones" in text(signed_in("finance"), "/exceptions/?tab=all")
    assert f'href="/exceptions/?{view.query}' not in text(ops, "/orders/")
    ops.post(f"/exceptions/views/{view.pk}/", {"act": "rename", "name": "Big"})
    assert SavedView.objects.get().name == "Big"
    ops.post(f"/exceptions/views/{view.pk}/", {"act": "delete"})
    assert not SavedView.objects.exists()


def test_a_clear_queue_says_what_to_do_next(ops: Client, signed_in: SignedIn) -> None:
    page = text(ops, "/exceptions/?tab=mine")
    assert "Nothing to do: your queue is clear" in page
    assert "2 exceptions wait for somebody of your team" in page
    assert "No exception fits these filters" in text(ops, "/exceptions/?tab=all&site=NOWHERE")
    assert "Nothing sleeps" in text(ops, "/exceptions/?tab=snoozed")


def test_without_a_script_an_act_leads_back_to_the_case(ops: Client, late: dict[str, Case]) -> None:
    case = late["SO-8-L"]
    response = ops.post(f"/exceptions/{case.id}/comment", {"text": "By hand"})
    assert (response.status_code, response["Location"]) == (302, f"/exceptions/{case.id}/")
    assert "Comment kept." in text(ops, f"/exceptions/{case.id}/")
    ops.post(f"/exceptions/{case.id}/comment", {"text": ""})
    assert "A comment needs" in text(ops, f"/exceptions/{case.id}/")


@pytest.mark.parametrize("method", ["get", "put"])
def test_acts_are_posted(ops: Client, late: dict[str, Case], method: str) -> None:
    for address in (f"{late['SO-8-L'].id}/claim", "bulk", "undo"):
        assert getattr(ops, method)(f"/exceptions/{address}").status_code == 405


def test_an_act_that_is_none(ops: Client, late: dict[str, Case]) -> None:
    assert ops.post(f"/exceptions/{late['SO-8-L'].id}/delete").status_code == 404
    assert ops.post(f"/exceptions/{'ab' * 16}/claim", headers=SCRIPT).status_code == 404
    assert ops.post("/exceptions/bulk", {"act": "delete"}).status_code == 404


def test_what_resolves_itself_leaves_the_queue(ops: Client, late: dict[str, Case]) -> None:
    tell(message("leg.acknowledged", NORTH, minute=300, leg="SO-8-L"))
    assert shown(text(ops, "/exceptions/?tab=team")) == ["SO-9"]
    page = text(ops, "/exceptions/?tab=resolved")
    assert shown(page) == ["SO-8"]
    assert "3 h 50 m" in page, "it lasted"


def test_a_snoozed_case_comes_back_by_itself(ops: Client, late: dict[str, Case]) -> None:
    do(ops, late["SO-8-L"], "snooze", until="1h")
    assert shown(text(ops, "/exceptions/?tab=team")) == ["SO-9"]
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert shown(text(ops, "/exceptions/?tab=team")) == ["SO-8", "SO-9"]


def test_markup_in_identifiers_is_text(db: None, signed_in: SignedIn) -> None:
    tell(
        *order_story(),
        message("order.placed", OMS, order="<b>9</b>", lines=[line("1", "GLV", 1)], customer={"name": "<script>x()</script>"}),
        message("order.allocated", ERP, order="<b>9</b>", lines=[line("1", "GLV", 1)]),
        message(
            "leg.released",
            MIDDLEWARE,
            order="<b>9</b>",
            leg="<i>L",
            partner="northstar",
            site="ATL",
            lines=[line("1", "GLV", 1)],
        ),
    )
    page = text(signed_in("manager"), "/exceptions/?tab=all&code=ACK_OVERDUE")
    assert "&lt;i&gt;L" in page
    for markup in ("<i>L", "<b>9", "<script>x"):
        assert markup not in page
