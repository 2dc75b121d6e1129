"""The exception queue: tabs and filters in the URL, keyset pages. A live refresh asks for the list alone."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.console.access import Reader, page, user_of
from apps.console.pages.exceptions.filters import Filters, choices, read_filters
from apps.console.pages.exceptions.queue import queue
from apps.console.pages.orders import saved_views
from apps.exceptions.catalogue import TEAMS
from apps.exceptions.filters import ACTIVE, CaseFilter
from apps.exceptions.queries import count_cases

PAGE: Final = "exceptions"


@require_safe
@page(Permission.SEE_EXCEPTIONS)
def case_list(request: HttpRequest, reader: Reader) -> HttpResponse:
    filters = filters_of(request, reader)
    if filters.tab == "team" and not filters.queue_team:
        return render(request, "console/exceptions/choose_team.html", {"teams": _teams(reader)})
    context = queue(filters, reader, request.GET.get("cursor"))
    if request.headers.get("HX-Target") == "exceptions":
        return render(request, "console/exceptions/list.html", context)
    context |= {
        "choices": choices(filters, reader),
        "views": saved_views.views_for(user_of(request), PAGE, request.path, filters.query),
    }
    return render(request, "console/exceptions/page.html", context)


def filters_of(request: HttpRequest, reader: Reader) -> Filters:
    """The filters of the address; without a tab the one where the person's work is."""
    own_team = user_of(request).team
    own_team = own_team if own_team in TEAMS else ""
    default = "all" if "tab" in request.GET or reader.partner is not None else _first_tab(reader, own_team)
    return read_filters(request.GET, reader, own_team, default_tab=default)


def _first_tab(reader: Reader, own_team: str) -> str:
    mine = CaseFilter(assignee=reader.username, state=ACTIVE)
    if count_cases(mine, now=reader.clock.now, at_most=1):
        return "mine"
    return "team" if own_team else "all"


def _teams(reader: Reader) -> list[tuple[str, str, int]]:
    now = reader.clock.now
    return [(code, name, count_cases(CaseFilter(team=code, state=ACTIVE), now=now)) for code, name in TEAMS.items()]
