"""The audit log: who did what, to what, when and why. Filters in the URL, keyset pages, CSV."""

from collections.abc import Iterator
from itertools import islice

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.acts.queries import AuditEntry, AuditFilter, find_acts
from apps.acts.words import KINDS
from apps.console import spreadsheet
from apps.console.access import Reader, page
from apps.console.pages.audit.filters import Filters, read_filters
from apps.console.pages.audit.presenters import COLUMNS, csv_row, shown_act
from apps.core.errors import Unreadable

PAGE_SIZE = 50
EXPORT_PAGE_SIZE = 500
ROW_LIMIT = 100_000


@require_safe
@page(Permission.SEE_AUDIT)
def audit_log(request: HttpRequest, reader: Reader) -> HttpResponse:
    filters = read_filters(request.GET)
    meaning, problem = filters.meaning(reader.clock.zone), ""
    try:
        found = find_acts(meaning, cursor=request.GET.get("cursor"), page_size=PAGE_SIZE)
    except Unreadable:
        problem = "This page's place in the list is no longer known; here is its beginning."
        found = find_acts(meaning, cursor=None, page_size=PAGE_SIZE)
    context = {
        "rows": [shown_act(entry, reader.clock) for entry in found.rows],
        "filters": filters,
        "kinds": [(kind, wording.label) for kind, wording in KINDS.items()],
        "problem": problem,
        "next": _address(filters, found.next),
        "previous": _address(filters, found.previous),
    }
    return render(request, "console/audit/page.html", context)


@require_safe
@page(Permission.SEE_AUDIT)
def audit_export(request: HttpRequest, reader: Reader) -> StreamingHttpResponse:
    """All acts that pass the filters, up to a bound that the header names."""
    entries = islice(_all(read_filters(request.GET).meaning(reader.clock.zone)), ROW_LIMIT)
    lines = spreadsheet.lines(COLUMNS, (csv_row(entry) for entry in entries))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{reader.clock.local(reader.clock.now):%Y-%m-%d}.csv"'
    response["X-Row-Limit"] = str(ROW_LIMIT)
    return response


def _all(meaning: AuditFilter) -> Iterator[AuditEntry]:
    cursor = None
    while True:
        found = find_acts(meaning, cursor=cursor, page_size=EXPORT_PAGE_SIZE)
        yield from found.rows
        if found.next is None:
            return
        cursor = found.next


def _address(filters: Filters, cursor: str | None) -> str:
    if cursor is None:
        return ""
    return f"/audit/?{filters.query}{'&' if filters.query else ''}cursor={cursor}"
