"""The exception queue: tabs and filters in the URL, keyset pages, saved views, CSV. A live refresh asks for the list alone."""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.roles import Permission
from apps.console import as_of
from apps.console.access import Reader, page, user_of
from apps.console.pages.exceptions.answers import Shown, fitting, own_team
from apps.console.pages.exceptions.export import ROW_LIMIT, csv_lines
from apps.console.pages.exceptions.filters import Filters, choices, read_filters
from apps.console.pages.exceptions.queue import PAGE_SIZE, address, cases_of_incident, listed, queue, queue_parts
from apps.console.pages.exceptions.queue_then import banner, filters_then, queue_then
from apps.console.pages.exceptions.snoozing import presets
from apps.console.pages.orders import saved_views
from apps.core.errors import DistSyncError
from apps.exceptions.catalogue import REASONS, TEAMS
from apps.exceptions.filters import ACTIVE, CaseFilter
from apps.exceptions.queries import count_cases, get_cases
from apps.partners.discovery import display_names

PAGE: Final = "exceptions"


@require_safe
@page(Permission.SEE_EXCEPTIONS)
def case_list(request: HttpRequest, reader: Reader) -> HttpResponse:
    asked = as_of.asked(request, reader.clock)
    if asked.redirect:
        return redirect(asked.redirect)
    filters, cursor = filters_of(request, reader), request.GET.get("cursor")
    if asked.moment is not None:
        then = replace(reader, clock=replace(reader.clock, now=asked.moment))
        context = queue_then(filters := filters_then(filters, asked.moment), then, cursor)
    elif filters.tab == "team" and not filters.queue_team:
        return render(request, "console/exceptions/choose_team.html", queue_parts(filters, reader) | {"teams": _teams(reader)})
    else:
        context = queue(filters, reader, cursor)
    context["as_of"] = banner(as_of.shown(request, asked.moment, reader.clock))
    context["problem"] = asked.problem or context["problem"]
    if request.headers.get("HX-Target") == "exceptions":
        return render(request, "console/exceptions/list.html", context | {"is_part": True})
    context |= {
        "choices": choices(filters, reader),
        "views": saved_views.views_for(user_of(request), PAGE, request.path, urlencode(filters.saved)),
        "partners": sorted(display_names().partners.items()) if reader.partner is None else [],
        "sites": sorted(display_names().sites.items()) if reader.partner is None else [],
        **dialogs(reader),
    }
    return render(request, "console/exceptions/page.html", context, status=400 if asked.problem else 200)


def dialogs(reader: Reader) -> dict[str, object]:
    """What the dialogs of the acts offer."""
    return {"presets": presets(reader.clock), "reasons": REASONS, "zone": reader.clock.zone.key}


@require_safe
@page(Permission.SEE_EXCEPTIONS)
def case_rows(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The rows of cases that a reader still sees and the list no longer holds: as they are now. `case` is an id."""
    filters = filters_of(request, reader)
    found = get_cases(request.GET.getlist("case")[:PAGE_SIZE], now=reader.clock.now, visible_partner=reader.partner)
    rows = listed(list(found.values()), reader)
    shown = fitting(rows, filters, reader) if rows else []
    return render(request, "console/exceptions/acted.html", queue_parts(filters, reader) | {"shown": shown})


@require_safe
@page(Permission.SEE_EXCEPTIONS)
def incident_rows(request: HttpRequest, reader: Reader, incident: str) -> HttpResponse:
    """The cases of an incident, for its row to open."""
    filters = filters_of(request, reader)
    rows = [Shown(case) for case in cases_of_incident(filters, reader, incident)]
    return render(request, "console/exceptions/acted.html", {"shown": rows, "filters": filters, "of_incident": incident})


def filters_of(request: HttpRequest, reader: Reader) -> Filters:
    """The filters of the address; without a tab the one where the person's work is."""
    own = own_team(request)
    default = "all" if "tab" in request.GET or reader.partner is not None else _first_tab(reader, own)
    return read_filters(request.GET, reader, own, default_tab=default)


def _first_tab(reader: Reader, own: str) -> str:
    mine = CaseFilter(assignee=reader.username, state=ACTIVE)
    if count_cases(mine, now=reader.clock.now, at_most=1):
        return "mine"
    return "team" if own else "all"


def _teams(reader: Reader) -> list[tuple[str, str, int]]:
    now = reader.clock.now
    return [(code, name, count_cases(CaseFilter(team=code, state=ACTIVE), now=now)) for code, name in TEAMS.items()]


@require_safe
@page(Permission.SEE_EXCEPTIONS)
def case_export(request: HttpRequest, reader: Reader) -> StreamingHttpResponse:
    filters = filters_of(request, reader)
    response = StreamingHttpResponse(csv_lines(filters, reader), content_type="text/csv; charset=utf-8")
    name = f"exceptions-{reader.clock.local(reader.clock.now):%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Row-Limit"] = str(ROW_LIMIT)
    return response


@require_POST
@page(Permission.SEE_EXCEPTIONS)
def save_view(request: HttpRequest, reader: Reader) -> HttpResponse:
    filters = read_filters(request.POST, reader, own_team(request))
    is_shared = request.POST.get("shared") == "on" and reader.partner is None
    name = request.POST.get("name", "")
    try:
        view = saved_views.save_view(user_of(request), PAGE, name, filters.saved, shared=is_shared)
    except DistSyncError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, f"Saved as {view.name}.")
    return redirect(address(filters))


@require_POST
@page(Permission.SEE_EXCEPTIONS)
def change_view(request: HttpRequest, _reader: Reader, view_id: int) -> HttpResponse:
    """Renames a view of one's own, or deletes it (`act` says which)."""
    try:
        if request.POST.get("act") == "delete":
            view = saved_views.delete_view(user_of(request), view_id)
            messages.success(request, f"Deleted the view {view.name}.")
            return redirect("/exceptions/")
        view = saved_views.rename_view(user_of(request), view_id, request.POST.get("name", ""))
    except DistSyncError as error:
        messages.error(request, error.detail)
        return redirect("/exceptions/")
    messages.success(request, f"Renamed to {view.name}.")
    return redirect(f"/exceptions/?{view.query}")
