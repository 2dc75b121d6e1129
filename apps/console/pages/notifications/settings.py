"""What to tell whom: a person's own preferences, and for who changes rules those of the teams."""

from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.roles import Permission
from apps.console.access import Reader, page
from apps.console.pages.notifications import forms
from apps.core.errors import NotFound, Unreadable
from apps.delivery import changes
from apps.delivery.kinds import FOR_TEAMS, KINDS
from apps.delivery.preferences import Preferences, person, preferences_of, team
from apps.delivery.schedule import DIGESTS
from apps.exceptions.catalogue import TEAMS

PATH = "/notifications/settings"


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.SEE_EXCEPTIONS)
def own_settings(request: HttpRequest, reader: Reader) -> HttpResponse:
    if request.method != "POST":
        kept = preferences_of([person(reader.username)])[person(reader.username)]
        return _own(request, reader, forms.entered(kept))
    fields = forms.posted(request.POST)
    try:
        changes.save_person(reader.username, forms.preferences_in(fields))
    except Unreadable as error:
        return _own(request, reader, fields, error)
    messages.success(request, "Saved. It holds for what comes about from now on.")
    return redirect(PATH)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.CHANGE_RULES)
def team_settings(request: HttpRequest, reader: Reader, code: str) -> HttpResponse:
    if code not in TEAMS:
        raise Http404("There is no such team.")
    if request.method != "POST":
        return _team(request, code, forms.entered(_kept(code)))
    fields, reason = forms.posted(request.POST), request.POST.get("reason", "").replace("\r\n", "\n").strip()
    try:
        wanted = forms.preferences_in(fields)
        secret = changes.save_team(code, wanted, who=reader.username, reason=reason, now=reader.clock.now)
    except Unreadable as error:
        return _team(request, code, fields, error=error)
    if secret:
        return _team(request, code, fields, secret=secret)
    messages.success(request, "Saved. It holds for what comes about from now on.")
    return redirect(f"{PATH}/{code}")


@require_POST
@page(Permission.CHANGE_RULES)
def new_secret(request: HttpRequest, reader: Reader, code: str) -> HttpResponse:
    try:
        secret = changes.new_secret(code, who=reader.username, now=reader.clock.now)
    except NotFound as error:
        raise Http404(error.detail) from error
    return _team(request, code, forms.entered(_kept(code)), secret=secret)


def _kept(code: str) -> Preferences:
    return preferences_of([team(code)])[team(code)]


def _own(request: HttpRequest, reader: Reader, fields: dict[str, Any], error: Unreadable | None = None) -> HttpResponse:
    context = _context(fields, error) | {
        "kinds": list(KINDS.values()),
        "teams": TEAMS.items() if reader.may(Permission.CHANGE_RULES) else (),
        "own_zone": reader.clock.zone.key,
    }
    return render(request, "console/notifications/settings.html", context, status=400 if error else 200)


def _team(
    request: HttpRequest, code: str, fields: dict[str, Any], *, error: Unreadable | None = None, secret: str = ""
) -> HttpResponse:
    context = _context(fields, error) | {
        "kinds": [KINDS[each] for each in FOR_TEAMS],
        "code": code,
        "team_name": TEAMS[code],
        "secret": secret,
        "has_secret": _kept(code).has_secret,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "console/notifications/team.html", context, status=400 if error else 200)


def _context(fields: dict[str, Any], error: Unreadable | None) -> dict[str, Any]:
    wrong, sentence = forms.problem_in(error) if error else ("", "")
    return {
        "fields": fields,
        "wrong": wrong,
        "problem": sentence,
        "digests": DIGESTS.items(),
        "zones": sorted(
            name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))
        ),
    }
