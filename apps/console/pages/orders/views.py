"""The orders list: filters in the URL, keyset pages, saved views, CSV. A live refresh asks for the list partial alone."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.roles import Permission
from apps.console.access import Reader, page, user_of
from apps.console.pages.orders import saved_views
from apps.console.pages.orders.export import ROW_LIMIT, csv_lines
from apps.console.pages.orders.filters import LATE, Filters, choices, read_filters
from apps.console.pages.orders.presenters import listed_order
from apps.core.errors import DistSyncError, Unreadable
from apps.exceptions.at_risk import at_risk_of, narrowed
from apps.exceptions.queries import open_cases_of
from apps.orders.queries import count_orders, find_orders, looked_up
from apps.orders.search import LIST_LIMIT
from apps.partners.discovery import display_names

PAGE = "orders"
PAGE_SIZE = 50
COUNT_LIMIT = 10_000


@require_safe
@page(Permission.SEE_ORDERS)
def order_list(request: HttpRequest, reader: Reader) -> HttpResponse:
    filters = read_filters(request.GET, reader)
    context = {**_list(request, reader, filters), "filters": filters}
    if request.headers.get("HX-Target") == "orders":
        return render(request, "console/orders/list.html", context)
    context |= {
        "choices": choices(reader),
        "late_choices": LATE.items(),
        "views": saved_views.views_for(user_of(request), PAGE, request.path, filters.query),
    }
    return render(request, "console/orders/page.html", context)


def _list(request: HttpRequest, reader: Reader, filters: Filters) -> dict[str, Any]:
    """The rows of one page; a cursor that is not ours starts the list anew and says so."""
    cursor, now = request.GET.get("cursor"), reader.clock.now
    meaning = narrowed(looked_up(filters.meaning(reader.partner)), now=now)
    problem = ""
    try:
        found = find_orders(meaning, now=now, cursor=cursor, page_size=PAGE_SIZE)
    except Unreadable:
        problem = "This page's place in the list is no longer known; here is its beginning."
        cursor = None
        found = find_orders(meaning, now=now, cursor=None, page_size=PAGE_SIZE)
    count = count_orders(meaning, now=now, at_most=COUNT_LIMIT + 1)
    names = display_names().partners
    handles = [row.handle for row in found.rows]
    cases = open_cases_of(handles, now=now, visible_partner=reader.partner)
    at_risk = at_risk_of(handles, now=now, visible_partner=reader.partner)
    return {
        "orders": [listed_order(row, reader, names, cases, is_at_risk=row.handle in at_risk) for row in found.rows],
        "count": f"{COUNT_LIMIT:,}+" if count > COUNT_LIMIT else f"{count:,}",
        "is_one": count == 1,
        "cut_at": f"{LIST_LIMIT:,}" if meaning.is_cut else "",
        "is_first_page": cursor is None,
        "next": _address(filters, found.next),
        "previous": _address(filters, found.previous),
        "here": _address(filters, cursor) or f"/orders/?{filters.query}",
        "problem": problem,
    }


def _address(filters: Filters, cursor: str | None) -> str:
    if cursor is None:
        return ""
    joint = "&" if filters.query else ""
    return f"/orders/?{filters.query}{joint}cursor={cursor}"


@require_safe
@page(Permission.SEE_ORDERS)
def order_export(request: HttpRequest, reader: Reader) -> StreamingHttpResponse:
    filters = read_filters(request.GET, reader)
    response = StreamingHttpResponse(csv_lines(filters.meaning(reader.partner), reader), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="orders-{reader.clock.local(reader.clock.now):%Y-%m-%d}.csv"'
    response["X-Row-Limit"] = str(ROW_LIMIT)
    return response


@require_POST
@page(Permission.SEE_ORDERS)
def save_view(request: HttpRequest, reader: Reader) -> HttpResponse:
    filters = read_filters(request.POST, reader)
    is_shared = request.POST.get("shared") == "on" and reader.partner is None
    try:
        view = saved_views.save_view(user_of(request), PAGE, request.POST.get("name", ""), filters.active, shared=is_shared)
    except DistSyncError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, f"Saved as {view.name}.")
    return redirect(f"/orders/?{filters.query}")


@require_POST
@page(Permission.SEE_ORDERS)
def change_view(request: HttpRequest, _reader: Reader, view_id: int) -> HttpResponse:
    """Renames a view of one's own, or deletes it (`act` says which)."""
    try:
        if request.POST.get("act") == "delete":
            view = saved_views.delete_view(user_of(request), view_id)
            messages.success(request, f"Deleted the view {view.name}.")
            return redirect("/orders/")
        view = saved_views.rename_view(user_of(request), view_id, request.POST.get("name", ""))
    except DistSyncError as error:
        messages.error(request, error.detail)
        return redirect("/orders/")
    messages.success(request, f"Renamed to {view.name}.")
    return redirect(f"/orders/?{view.query}")
