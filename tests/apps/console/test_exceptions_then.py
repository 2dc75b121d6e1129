"""The queue as it was known at a past moment: what it shows, what it keeps, and that nothing can be done in it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.console.pages.exceptions.queue_then import HINT
from apps.exceptions import known
from apps.exceptions.queries import Case, cases_of_order
from tests.apps.console.conftest import SignedIn
from tests.apps.console.test_exceptions import SCRIPT, counts, do, shown, text
from tests.late_orders import unacknowledged
from tests.messages import NORTH, NOW, message, order_story, tell
from tests.messages_late import at

pytestmark = pytest.mark.django_db
BEFORE, OPEN, AFTER = (at(minute).isoformat().replace("+00:00", "Z") for minute in (60, 200, 400))


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cases(db: None) -> dict[str, Case]:
    """Two releases that were overdue at minute 70; one of them is acknowledged at minute 300."""
    tell(*order_story(), *unacknowledged("SO-8"), *unacknowledged("SO-9", minute=1))
    tell(message("leg.acknowledged", NORTH, minute=300, leg="SO-8-L"))
    found = [case for order in ("SO-8", "SO-9") for case in cases_of_order(order, now=NOW)]
    return {case.subject.value: case for case in found}


@pytest.fixture
def ops(cases: dict[str, Case], signed_in: SignedIn) -> Client:
    return signed_in("partner_operations", name="ada", team="partner_operations")


@pytest.mark.parametrize(
    ("query", "orders"),
    [
        (f"tab=all&as_of={BEFORE}", []),
        (f"tab=all&sort=age&as_of={OPEN}", ["SO-8", "SO-9"]),
        (f"tab=all&sort=newest&as_of={OPEN}", ["SO-9", "SO-8"]),
        (f"tab=team&sort=age&as_of={OPEN}", ["SO-8", "SO-9"]),
        (f"tab=mine&as_of={OPEN}", []),
        (f"tab=resolved&as_of={OPEN}", []),
        (f"tab=all&code=ACK_OVERDUE&as_of={AFTER}", ["SO-9"]),
        (f"tab=resolved&as_of={AFTER}", ["SO-8"]),
        (f"tab=all&partner=polaris&as_of={OPEN}", []),
    ],
)
def test_the_list_is_that_of_then_and_its_tab_counts_it(ops: Client, query: str, orders: list[str]) -> None:
    page = text(ops, f"/exceptions/?{query}")
    tab = re.search(r"tab=(\w+)", query)
    assert tab is not None
    assert (shown(page), counts(page)) == (orders, {tab[1]: str(len(orders))})


def test_a_banner_says_that_this_is_the_past(ops: Client) -> None:
    page = text(ops, f"/exceptions/?tab=all&as_of={OPEN}")
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "As known on 2 Mar 11:20 (UTC)" in words
    assert f"{HINT} What was heard later is left out." in words
    assert "exceptions as known on 2 Mar 11:20 · DistSync</title>" in page
    assert 'id="as-of-now" href="/exceptions/?tab=all"' in page
    assert "As known on" not in text(ops, "/exceptions/?tab=all")


def test_nothing_can_be_done_there(ops: Client) -> None:
    past, now = (text(ops, f"/exceptions/?tab=all{moment}") for moment in (f"&as_of={OPEN}", ""))
    acts = (
        "data-queue",
        "data-live=",
        'role="toolbar"',
        "data-pick",
        "data-do=",
        'id="act-resolve"',
        "export.csv",
        "claim</dd>",
    )
    assert [act in now for act in acts] == [True] * len(acts)
    assert [act in past for act in acts] == [False] * len(acts)
    assert "data-past" in past


def test_every_address_keeps_the_moment(ops: Client) -> None:
    page = text(ops, f"/exceptions/?tab=all&code=ACK_OVERDUE&as_of={OPEN}")
    quoted = OPEN.replace(":", "%3A")
    tabs = re.findall(r'<a href="([^"]+)" id="tab-', page)
    assert len(tabs) == 6
    assert all(f"as_of={quoted}" in tab for tab in tabs)
    assert f'<input type="hidden" name="as_of" value="{OPEN}">' in page
    assert f'href="/exceptions/?tab=all&amp;as_of={quoted}">' in page, "clearing the filters stays then"
    assert f'href="/orders/SO-8/?as_of={OPEN}"' in page, "the order is shown as of the same moment"


def test_pages_follow_one_another(ops: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.console.pages.exceptions.queue_then.PAGE_SIZE", 1)
    page = text(ops, f"/exceptions/?tab=all&sort=age&as_of={OPEN}")
    assert (shown(page), counts(page)) == (["SO-8"], {"all": "2"})
    following = re.search(r'id="exceptions-next" rel="next" href="([^"]+)"', page)
    assert following is not None
    part = text(ops, following[1].replace("&amp;", "&"), **SCRIPT)
    assert (shown(part), counts(part)) == (["SO-9"], {"all": "2"})
    assert "data-past" in part
    assert "data-pick" not in part
    anew = text(ops, f"/exceptions/?tab=all&sort=age&as_of={OPEN}&cursor=nonsense")
    assert shown(anew) == ["SO-8"]
    assert "here is its beginning" in anew


def test_what_people_did_later_is_left_out(ops: Client, cases: dict[str, Case]) -> None:
    do(ops, cases["SO-9-L"], "claim")
    states = [
        re.findall(r'<td class="x-state"><span><span class="chip[^>]*>([^<]+)<', text(ops, f"/exceptions/?tab=all&{query}"))
        for query in ("code=ACK_OVERDUE", f"code=ACK_OVERDUE&as_of={OPEN}")
    ]
    assert states == [["In progress"], ["New", "New"]]


def test_a_wall_clock_time_is_led_to_its_instant_and_what_is_none_is_said(ops: Client) -> None:
    response = ops.get("/exceptions/?tab=all&as_of=2026-03-02T11:20")
    assert (response.status_code, response["Location"]) == (302, f"/exceptions/?tab=all&as_of={OPEN}")
    page = text(ops, "/exceptions/?tab=all&as_of=soon", 400)
    assert "“soon” is not a moment that can be shown. This is what is known now." in page
    assert "data-queue" in page


def test_too_many_to_look_at_is_said(ops: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "CANDIDATES", 1)
    page = text(ops, f"/exceptions/?tab=all&as_of={OPEN}")
    assert "Too many to look at" in page
    assert "narrow the filter, by type, partner, region, site or order" in page
    assert shown(page) == []


def test_a_partner_sees_its_own_past(ops: Client, signed_in: SignedIn) -> None:
    def orders(partner: str) -> Any:
        return shown(text(signed_in("partner", partner=partner), f"/exceptions/?sort=age&as_of={OPEN}"))

    assert (orders("northstar"), orders("polaris")) == (["SO-8", "SO-9"], [])
