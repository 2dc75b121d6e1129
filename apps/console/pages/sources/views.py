"""Sources: who speaks to DistSync, who was discovered by being named, and which credentials open the doors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.console import words
from apps.console.access import Reader, page
from apps.console.pages.sources.queries import ROW_LIMIT, credentials, source_counts, sources

STATES = {
    "active": words.Chip("Active", "ok"),
    "expired": words.Chip("Expired", "wait"),
    "off": words.Chip("Revoked", "wait"),
}


@require_safe
@page(Permission.SEE_SOURCES)
def source_list(request: HttpRequest, reader: Reader) -> HttpResponse:
    every, discovered = source_counts()
    context = {
        "sources": sources(),
        "every": every,
        "discovered": discovered,
        "credentials": [(row, STATES[row.state]) for row in credentials(reader.clock.now)],
        "row_limit": ROW_LIMIT,
    }
    return render(request, "console/sources/page.html", context)
