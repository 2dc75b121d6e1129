"""One case: what is wrong first, then who has it and what is next, then the evidence and its history."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.console.access import Reader, page
from apps.console.pages.exceptions.presenters import listed_case
from apps.core.errors import NotFound
from apps.exceptions.queries import get_case
from apps.exceptions.rules import in_force
from apps.partners.discovery import display_names


@require_safe
@page(Permission.SEE_EXCEPTIONS)
def case_page(request: HttpRequest, reader: Reader, number: str) -> HttpResponse:
    try:
        case = get_case(number, now=reader.clock.now, visible_partner=reader.partner)
    except NotFound as error:
        raise Http404(error.detail) from error
    context = {"case": listed_case(case, reader, display_names(), in_force().policy)}
    return render(request, "console/exceptions/case.html", context)
