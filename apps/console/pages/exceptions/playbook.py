"""The next steps of a type of exception, written anew by those who may."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.roles import Permission
from apps.console.access import Reader, page
from apps.console.pages.exceptions.case import case_context
from apps.core.errors import DistSyncError, NotFound
from apps.exceptions.catalogue import TYPES
from apps.exceptions.playbooks import put_playbook, reset_playbook
from apps.exceptions.queries import get_case


@require_POST
@page(Permission.EDIT_PLAYBOOKS)
def edit_playbook(request: HttpRequest, reader: Reader, number: str) -> HttpResponse:
    """`steps`: a step a line; `act` reset goes back to the type's own. What cannot be kept is shown again as it was typed."""
    try:
        code = get_case(number, now=reader.clock.now, visible_partner=reader.partner).code
    except NotFound as error:
        raise Http404(error.detail) from error
    if code not in TYPES:
        raise Http404("This type has no steps of its own.")
    steps, reason = request.POST.get("steps", ""), request.POST.get("reason", "")
    lines = [line for line in steps.splitlines() if line.strip()]
    try:
        if request.POST.get("act") == "reset":
            reset_playbook(code, who=reader.username, reason=reason, now=reader.clock.now)
        else:
            put_playbook(code, lines, who=reader.username, reason=reason, now=reader.clock.now)
    except DistSyncError as error:
        typed = {"playbook_error": error.detail, "typed_steps": steps, "typed_reason": reason}
        return render(request, "console/exceptions/case.html", case_context(number, reader) | typed, status=400)
    messages.success(request, f"Kept: the next steps of every case of the type “{TYPES[code].title}”.")
    return redirect(f"/exceptions/{number}/")
