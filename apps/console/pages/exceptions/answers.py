"""What an act answers to the script that asked: the rows (or the case's page) as they are now, and what to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from apps.console.access import Reader, user_of
from apps.console.pages.exceptions.case import case_context
from apps.console.pages.exceptions.filters import Filters, read_filters
from apps.console.pages.exceptions.presenters import ListedCase
from apps.console.pages.exceptions.queue import listed, queue_parts
from apps.exceptions.catalogue import TEAMS
from apps.exceptions.queries import Case, find_cases

ROWS_LIMIT = 200  # more than a page shows: whoever acts on more is shown the list anew


@dataclass(frozen=True, slots=True)
class Shown:
    """A row, and whether it is still of the list that it stands in."""

    case: ListedCase
    fits: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """One of many that was not done, and why."""

    sentence: str
    order: str
    why: str


def own_team(request: HttpRequest) -> str:
    team = user_of(request).team
    return team if team in TEAMS else ""


def list_filters(request: HttpRequest, reader: Reader) -> Filters | None:
    """The filters of the list that the act was asked from; None where it was asked from elsewhere."""
    query = request.POST.get("filters", "")
    return read_filters(QueryDict(query), reader, own_team(request)) if query else None


def is_on_page(request: HttpRequest) -> bool:
    """Whether the act was asked from the case's own page."""
    return request.headers.get("HX-Target") == "case"


def shown_cases(request: HttpRequest, reader: Reader, cases: Sequence[Case]) -> list[Shown]:
    """The cases as rows of the list that the act was asked from."""
    filters = list_filters(request, reader)
    rows = listed(cases[:ROWS_LIMIT], reader)
    if filters is None or not rows:
        return [Shown(row) for row in rows]
    return fitting(rows, filters, reader)


def fitting(rows: Sequence[ListedCase], filters: Filters, reader: Reader) -> list[Shown]:
    """Each row with whether it is of the filters' list."""
    meaning = replace(filters.meaning(reader.partner), ids=tuple(row.id for row in rows))
    fits = {case.id for case in find_cases(meaning, now=reader.clock.now, sort="age", page_size=len(rows)).rows}
    return [Shown(row, row.id in fits) for row in rows]


def answered(  # noqa: PLR0913 - all that an act may have to say, by name
    request: HttpRequest,
    reader: Reader,
    cases: Sequence[Shown],
    *,
    message: str = "",
    problem: str = "",
    undoable: Mapping[str, int] | None = None,
    refused: Sequence[Refusal] = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "shown": cases,
        "message": message,
        "problem": problem,
        "undoable": " ".join(f"{number}:{version}" for number, version in (undoable or {}).items()),
        "refused": refused,
    }
    if is_on_page(request) and cases:
        context |= case_context(cases[0].case.id, reader)
    elif (filters := list_filters(request, reader)) is not None:
        context |= queue_parts(filters, reader, is_changed=True)
    return render(request, "console/exceptions/acted.html", context, status=status)
