"""What a person does to one case, from the queue or from its page: the fresh row comes back, with what can be undone."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.roles import Permission
from apps.console.access import Reader, page
from apps.console.pages.exceptions.presenters import listed_case
from apps.core.errors import Conflict, DistSyncError, NotFound
from apps.exceptions import services
from apps.exceptions.cases import ACTS
from apps.exceptions.queries import Case, get_case
from apps.exceptions.rules import in_force
from apps.exceptions.services import Wish
from apps.partners.discovery import display_names


@require_POST
@page(Permission.COMMENT_EXCEPTIONS)
def act_on_case(request: HttpRequest, reader: Reader, number: str, act: str) -> HttpResponse:
    """Asked by a script it answers the row alone, else it leads back to the case's page."""
    if act not in ACTS or (act != "comment" and not reader.may(Permission.WORK_EXCEPTIONS)):
        raise Http404("No such act of this role.")
    try:
        wish = read_wish(request, reader, act)
        case = services.act(number, wish, who=reader.username, now=reader.clock.now, visible_partner=reader.partner)
    except NotFound as error:
        raise Http404(error.detail) from error
    except DistSyncError as error:
        return _refused(request, reader, number, error)
    if not is_scripted(request):
        messages.success(request, "Done.")
        return redirect(f"/exceptions/{number}/")
    return render(request, "console/exceptions/acted.html", _row(case, reader))


def _refused(request: HttpRequest, reader: Reader, number: str, error: DistSyncError) -> HttpResponse:
    if not is_scripted(request):
        messages.error(request, error.detail)
        return redirect(f"/exceptions/{number}/")
    context: dict[str, Any] = {"problem": error.detail}
    if isinstance(error, Conflict):
        context |= _row(get_case(number, now=reader.clock.now, visible_partner=reader.partner), reader)
    return render(request, "console/exceptions/acted.html", context, status=error.status)


def _row(case: Case, reader: Reader) -> dict[str, Any]:
    return {"case": listed_case(case, reader, display_names(), in_force().policy)}


def is_scripted(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def read_wish(request: HttpRequest, reader: Reader, act: str) -> Wish:
    form = request.POST
    version = form.get("version", "")
    return Wish(
        act,
        to=form.get("to", "").strip(),
        text=form.get("text", ""),
        until=_until(form.get("until", ""), reader),
        reason=form.get("reason", ""),
        version=int(version) if version.isdecimal() and act != "comment" else None,
    )


def _until(text: str, reader: Reader) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=reader.clock.zone)
