"""The queue's address: what it means, what is left out of it, and what another tab keeps of it."""

from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from apps.console.access import Reader
from apps.console.pages.exceptions.filters import Filters, choices, read_filters, tabs_for
from apps.console.times import Clock
from apps.exceptions.filters import CaseFilter

CLOCK = Clock(datetime(2026, 3, 4, 12, 0, tzinfo=UTC), ZoneInfo("UTC"))
FINANCE = Reader("fin-1", "finance", None, CLOCK)
PARTNER = Reader("north-1", "partner", "northstar", CLOCK)


def read(query: str = "", reader: Reader = FINANCE, team: str = "finance") -> Filters:
    return read_filters(QueryDict(query), reader, team)


@pytest.mark.parametrize(
    ("query", "meaning"),
    [
        ("tab=mine", CaseFilter(assignee="fin-1", state="active")),
        ("tab=team", CaseFilter(team="finance", state="active")),
        ("tab=team&team=planning", CaseFilter(team="planning", state="active")),
        ("tab=unassigned", CaseFilter(assignee="", state="active")),
        ("tab=unassigned&assignee=ops-1", CaseFilter(assignee="", state="active")),
        ("tab=all", CaseFilter()),
        ("tab=snoozed", CaseFilter(state="snoozed")),
        ("tab=resolved", CaseFilter(state="resolved")),
        ("tab=resolved&state=resolved_manual", CaseFilter(state="resolved_manual")),
        ("tab=all&state=waiting", CaseFilter(state="waiting")),
        ("tab=all&assignee=me", CaseFilter(assignee="fin-1")),
        ("tab=all&assignee=nobody", CaseFilter(assignee="")),
        ("tab=all&severity=high&code=ACK_OVERDUE", CaseFilter(severity=3, code="ACK_OVERDUE")),
        ("tab=all&partner=northstar&site=ATL&region=EAST", CaseFilter(partner="northstar", site="ATL", region="EAST")),
        ("tab=all&least_worth=1,250.50", CaseFilter(least_worth=Decimal("1250.50"))),
        ("tab=resolved&late_word=true", CaseFilter(state="resolved", late_word=True)),
        (f"tab=all&incident={'ab' * 16}", CaseFilter(incident="ab" * 16)),
    ],
)
def test_an_address_means_a_filter(query: str, meaning: CaseFilter) -> None:
    assert read(query).meaning(None) == meaning


@pytest.mark.parametrize(
    "query",
    [
        "tab=nonsense",
        "code=NONSENSE",
        "severity=5",
        "team=nobodys",
        "state=resolved_manual",
        "least_worth=-1",
        "least_worth=NaN",
        "least_worth=1e99",
        "least_worth=x",
        "late_word=1",
        "incident=xyz",
        "sort=nonsense",
        "sort=resolved",
    ],
)
def test_what_is_no_filter_is_left_out(query: str) -> None:
    assert read(query).query == "tab=all"
    assert read(query).meaning(None) == CaseFilter()


def test_the_query_is_the_same_however_it_was_written() -> None:
    assert read("sort=money&partner=+northstar+&tab=team&code=ACK_OVERDUE").query == urlencode(
        {"tab": "team", "code": "ACK_OVERDUE", "partner": "northstar", "sort": "money"}
    )


def test_another_tab_keeps_what_makes_sense_there() -> None:
    filters = read("tab=all&state=snoozed&assignee=ops-1&partner=northstar&sort=money")
    assert filters.on("resolved").query == "tab=resolved&partner=northstar&assignee=ops-1&sort=money".replace(
        "partner=northstar&assignee=ops-1", "assignee=ops-1&partner=northstar"
    )
    assert filters.on("mine").query == "tab=mine&partner=northstar&sort=money"
    assert read("tab=resolved&sort=resolved").on("all").query == "tab=all"


def test_the_sort_that_holds() -> None:
    assert read("tab=all").order == "severity"
    assert read("tab=resolved").order == "resolved"
    assert read("tab=resolved&sort=age").order == "age"


def test_a_partner_has_neither_queues_nor_money_nor_others_types() -> None:
    assert [*tabs_for(PARTNER)] == ["all", "resolved"]
    filters = read("tab=mine&partner=polaris&assignee=fin-1&least_worth=5&sort=money&code=INVOICE_HOLD", PARTNER, "")
    assert filters.query == "tab=all"
    assert filters.meaning("northstar") == CaseFilter(visible_partner="northstar")
    offered = choices(filters, PARTNER)
    assert [each.value for each in offered["sort"]] == ["severity", "cut_off", "age", "newest"]
    assert "SHORT_SHIP" in [each.value for each in offered["code"]]
    assert "NOT_INVOICED" not in [each.value for each in offered["code"]]


def test_the_types_are_offered_by_their_names() -> None:
    offered = choices(read("tab=snoozed"), FINANCE)
    assert [each.word for each in offered["code"]][:2] == ["Backordered", "Cancellation not confirmed"]
    assert offered["state"] == []
    assert [each.word for each in offered["severity"]] == ["Medium or more", "High or more", "Critical or more"]
