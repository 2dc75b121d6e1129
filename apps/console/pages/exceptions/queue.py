"""What the queue shows for a set of filters: its rows, its tabs with their counts, its neighbours. Reads, decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.console.access import Reader
from apps.console.pages.exceptions.filters import Filters, tabs_for
from apps.console.pages.exceptions.presenters import ListedCase, cases_in_words, listed_case
from apps.core.errors import Unreadable
from apps.core.pagination import Page
from apps.exceptions.queries import Case, count_cases, find_cases
from apps.exceptions.rules import in_force
from apps.partners.discovery import display_names

PAGE_SIZE: Final = 50
COUNT_LIMIT: Final = 10_000


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


def tabs(filters: Filters, reader: Reader) -> list[Tab]:
    """Each counts by the very filter that its list is found by."""
    found = []
    for code, word in tabs_for(reader).items():
        on_it = filters.on(code)
        is_nobodys = code == "team" and not on_it.queue_team
        meaning = on_it.meaning(reader.partner)
        count = None if is_nobodys else count_cases(meaning, now=reader.clock.now, at_most=COUNT_LIMIT + 1)
        found.append(Tab(code, word, address(on_it), count, code == filters.tab))
    return found


def queue(filters: Filters, reader: Reader, cursor: str | None) -> dict[str, Any]:
    """The context of the list. A cursor that is not ours starts the list anew and says so."""
    shown_tabs = tabs(filters, reader)
    count = next((tab.count for tab in shown_tabs if tab.is_current), 0) or 0
    problem = ""
    try:
        found = _find(filters, reader, cursor)
    except Unreadable:
        problem = "This page's place in the list is no longer known; here is its beginning."
        cursor = None
        found = _find(filters, reader, None)
    return {
        "filters": filters,
        "tabs": shown_tabs,
        "cases": listed(found.rows, reader),
        "count": count,
        "count_in_words": cases_in_words(count, COUNT_LIMIT),
        "is_first_page": cursor is None,
        "next": address(filters, found.next) if found.next else "",
        "previous": address(filters, found.previous) if found.previous else "",
        "here": address(filters, cursor),
        "problem": problem,
    }


def listed(cases: Sequence[Case], reader: Reader) -> list[ListedCase]:
    names, policy = display_names(), in_force().policy
    return [listed_case(case, reader, names, policy) for case in cases]


def _find(filters: Filters, reader: Reader, cursor: str | None) -> Page[Case]:
    meaning = filters.meaning(reader.partner)
    return find_cases(meaning, now=reader.clock.now, sort=filters.order, cursor=cursor, page_size=PAGE_SIZE)
