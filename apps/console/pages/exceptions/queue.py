"""What the queue shows for a set of filters: its rows, its tabs with their counts, its neighbours. Reads, decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from apps.console import words
from apps.console.access import Reader
from apps.console.pages.exceptions.filters import Filters, tabs_for
from apps.console.pages.exceptions.incidents import shown_incidents
from apps.console.pages.exceptions.presenters import ListedCase, cases_in_words, listed_case
from apps.core.errors import Unreadable
from apps.core.pagination import Page
from apps.exceptions.filters import ACTIVE, CaseFilter
from apps.exceptions.incidents import Incident
from apps.exceptions.overview import COUNT_LIMIT, count_in, incidents_in, worth_in
from apps.exceptions.queries import Case, count_cases, find_cases
from apps.exceptions.rules import in_force
from apps.exceptions.visibility import redact_case
from apps.partners.discovery import display_names

PAGE_SIZE: Final = 50
UNKNOWN_PLACE: Final = "This page's place in the list is no longer known; here is its beginning."
FOLDED_TABS: Final = frozenset({"mine", "team", "unassigned", "all"})  # where incidents stand above their cases


@dataclass(frozen=True, slots=True)
class Tab:
    """`count` is None where there is no list to count (whose team?)."""

    code: str
    word: str
    url: str
    count: int | None
    is_current: bool

    @property
    def shown(self) -> str:
        if self.count is None:
            return ""
        return f"{COUNT_LIMIT:,}+" if self.count > COUNT_LIMIT else f"{self.count:,}"


def address(filters: Filters, cursor: str | None = None) -> str:
    return f"/exceptions/?{filters.query}" + (f"&cursor={cursor}" if cursor else "")


def tabs(filters: Filters, reader: Reader, *, is_changed: bool = False) -> list[Tab]:
    """Each counts by the very filter that its list is found by. `is_changed`: the reader has just changed some of them."""
    found = []
    for code, word in tabs_for(reader).items():
        on_it = filters.on(code)
        is_nobodys = code == "team" and not on_it.queue_team
        meaning = on_it.meaning(reader.partner)
        count = None if is_nobodys else count_in(meaning, now=reader.clock.now, is_changed=is_changed)
        found.append(Tab(code, word, address(on_it), count, code == filters.tab))
    return found


def queue_parts(filters: Filters, reader: Reader, *, is_changed: bool = False) -> dict[str, Any]:
    """What stands around the list and changes with every act: the tabs, and how many cases there are."""
    shown_tabs = tabs(filters, reader, is_changed=is_changed)
    count = next((tab.count for tab in shown_tabs if tab.is_current), 0) or 0
    return {
        "filters": filters,
        "tabs": shown_tabs,
        "count": count,
        "count_in_words": cases_in_words(count, COUNT_LIMIT),
        "worth": _worth(filters, reader, count) if count else "",
        "is_too_many": count > COUNT_LIMIT,
        "is_part": True,
    }


def queue(filters: Filters, reader: Reader, cursor: str | None) -> dict[str, Any]:
    """The context of the list. A cursor that is not ours starts the list anew and says so."""
    parts = queue_parts(filters, reader)
    incidents = _incidents(filters, reader, parts["count"])
    problem = ""
    try:
        found = _find(filters, reader, cursor, incidents)
    except Unreadable:
        problem, cursor = UNKNOWN_PLACE, None
        found = _find(filters, reader, None, incidents)
    return parts | {
        "is_part": False,
        "incidents": shown_incidents(incidents, reader) if cursor is None else [],
        "cases": listed(found.rows, reader),
        "is_first_page": cursor is None,
        "next": address(filters, found.next) if found.next else "",
        "previous": address(filters, found.previous) if found.previous else "",
        "here": address(filters, cursor),
        "problem": problem,
        "sort_in_words": SORTED[filters.order],
        "unassigned": _waiting(filters, reader) if not found.rows and not incidents else 0,
    }


def listed(cases: Sequence[Case], reader: Reader) -> list[ListedCase]:
    """The cases as rows that this reader may see."""
    names, policy = display_names(), in_force().policy
    return [listed_case(redact_case(case, reader), reader, names, policy) for case in cases]


def cases_of_incident(filters: Filters, reader: Reader, incident: str) -> list[ListedCase]:
    """The cases of one incident that fit the filters, in their order; as many as a page holds."""
    meaning = replace(filters.meaning(reader.partner), incident=incident)
    return listed(find_cases(meaning, now=reader.clock.now, sort=filters.order, page_size=PAGE_SIZE).rows, reader)


SORTED: Final = {
    "severity": "the most severe first",
    "money": "most money at risk first",
    "cut_off": "next cut-off first",
    "age": "the oldest first",
    "newest": "the newest first",
    "resolved": "resolved last first",
}


def _find(filters: Filters, reader: Reader, cursor: str | None, incidents: Sequence[Incident]) -> Page[Case]:
    return find_cases(
        filters.meaning(reader.partner),
        now=reader.clock.now,
        sort=filters.order,
        cursor=cursor,
        page_size=PAGE_SIZE,
        apart_from=[incident.id for incident in incidents],
    )


def _incidents(filters: Filters, reader: Reader, count: int) -> list[Incident]:
    if filters.tab not in FOLDED_TABS or filters.incident:
        return []
    return incidents_in(filters.meaning(reader.partner), count, now=reader.clock.now, sort=filters.order)


def _worth(filters: Filters, reader: Reader, count: int) -> str:
    """What all that fits is worth; empty for whoever may not see money, and for what is over."""
    if not reader.sees_money or filters.tab == "resolved":
        return ""
    totals = worth_in(filters.meaning(reader.partner), count, now=reader.clock.now)
    return " + ".join(words.money(amount, currency or None) for currency, amount in totals.items())


def _waiting(filters: Filters, reader: Reader) -> int:
    """How many wait for somebody, for whoever has nothing to do: of the reader's team, else of all."""
    waiting = CaseFilter(team=filters.own_team or None, assignee="", state=ACTIVE, visible_partner=reader.partner)
    return count_cases(waiting, now=reader.clock.now, at_most=COUNT_LIMIT)
