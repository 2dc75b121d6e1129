"""The queue as it was known at a past moment: what had been heard and done by then. Nothing can be done in it, so it offers no
acts, folds no incidents and hears of no changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from apps.console import as_of
from apps.console.access import Reader
from apps.console.pages.exceptions.filters import Filters, tabs_for
from apps.console.pages.exceptions.presenters import ListedCase, cases_in_words
from apps.console.pages.exceptions.queue import PAGE_SIZE, SORTED, UNKNOWN_PLACE, Tab, address, listed
from apps.core.errors import TooBroad, Unreadable
from apps.core.pagination import Page
from apps.exceptions.known import count_cases_as_known, find_cases_as_known
from apps.exceptions.overview import COUNT_LIMIT
from apps.exceptions.queries import Case

HINT: Final = "Nothing can be done here. A row opens its case as it is now."


def filters_then(filters: Filters, moment: datetime) -> Filters:
    """The filters as of a moment, which every address made of them keeps."""
    on_it = filters.on("all") if filters.tab == "team" and not filters.queue_team else filters
    return replace(on_it, as_of=as_of.text_of(moment))


def queue_then(filters: Filters, reader: Reader, cursor: str | None) -> dict[str, Any]:
    """The context of the list; the reader's clock stands at the moment. A cursor that is not ours starts the list anew, and
    where too many cases would have to be looked at none is shown; either says so."""
    problem, is_too_broad = "", False
    try:
        try:
            found = _find(filters, reader, cursor)
        except Unreadable:
            problem, cursor = UNKNOWN_PLACE, None
            found = _find(filters, reader, None)
        count = _count(filters, reader, found)
    except TooBroad as error:
        problem, is_too_broad, cursor, count = error.detail, True, None, 0
        found = Page([])
    return {
        "filters": filters,
        "tabs": [_tab(filters, code, word, count) for code, word in tabs_for(reader).items()],
        "count": count,
        "count_in_words": cases_in_words(count, COUNT_LIMIT),
        "is_part": False,
        "cases": _listed(found.rows, filters, reader),
        "is_first_page": cursor is None,
        "next": address(filters, found.next) if found.next else "",
        "previous": address(filters, found.previous) if found.previous else "",
        "here": address(filters, cursor),
        "problem": problem,
        "is_too_broad": is_too_broad,
        "sort_in_words": SORTED[filters.order],
    }


def banner(shown: as_of.AsOf) -> as_of.AsOf:
    """The picker, and in the past its banner, which says what can be done here."""
    return replace(shown, heard=HINT) if shown.is_past else shown


def _find(filters: Filters, reader: Reader, cursor: str | None) -> Page[Case]:
    meaning, moment = filters.meaning(reader.partner), reader.clock.now
    return find_cases_as_known(meaning, moment, sort=filters.order, cursor=cursor, page_size=PAGE_SIZE)


def _count(filters: Filters, reader: Reader, found: Page[Case]) -> int:
    if found.next is None and found.previous is None:
        return len(found.rows)
    return count_cases_as_known(filters.meaning(reader.partner), reader.clock.now)


def _tab(filters: Filters, code: str, word: str, count: int) -> Tab:
    """Only the queue that is shown is counted: each count judges its cases anew."""
    is_current = code == filters.tab
    return Tab(code, word, address(filters.on(code)), count if is_current else None, is_current)


def _listed(cases: Sequence[Case], filters: Filters, reader: Reader) -> list[ListedCase]:
    """The rows; their orders are shown as of the same moment."""
    rows = listed(cases, reader)
    return [replace(row, order_url=row.order_url and f"{row.order_url}?as_of={filters.as_of}") for row in rows]
