"""Calendars: when sites, partners and teams work, and where partners stand; and the forms by which that is changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

import holidays
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.roles import Permission
from apps.acts import settings as kept
from apps.acts.settings import Standing
from apps.console.access import Reader, page
from apps.console.pages.calendars import forms
from apps.console.pages.calendars.presenters import (
    PATH,
    CalendarRow,
    in_force,
    row_of,
    shown,
    status_at,
    told_calendar,
    told_status,
    version_rows,
)
from apps.console.pages.rules.entries import (
    FORM_METHODS,
    FROM,
    Problem,
    asked_again,
    author_of,
    problem_of,
    since_of,
)
from apps.console.pages.rules.history import history_rows
from apps.console.pages.rules.saying import STATUS
from apps.core.errors import DistSyncError, Unreadable
from apps.core.paths import segment
from apps.exceptions.catalogue import TEAMS
from apps.exceptions.changes import check_name, is_name, set_calendar, set_partner_status
from apps.exceptions.rules import in_force as rules_in_force
from apps.partners.discovery import display_names
from apps.partners.models import Partner, Site
from apps.sla.calendars import Calendar, calendar_of
from apps.sla.policy import Context
from apps.sla.settings_reading import CalendarVersion, calendar_owner

LIMIT = 500
KIND, PARTNER = "calendar", "partner"
TITLES = {"site": "Sites", "partner": "Partners", "team": "Teams"}


@require_safe
@page(Permission.SEE_RULES)
def calendar_list(request: HttpRequest, reader: Reader) -> HttpResponse:
    policy = rules_in_force().policy
    context = {
        "groups": [(kind, title, _rows(kind, reader)) for kind, title in TITLES.items()],
        "flaws": [flaw for flaw in policy.flaws if flaw.startswith(("calendar ", "partner "))],
        "may_change": reader.may(Permission.CHANGE_RULES),
        "limit": LIMIT,
    }
    return render(request, "console/calendars/page.html", context)


@require_safe
@page(Permission.SEE_RULES)
def calendar(request: HttpRequest, reader: Reader, name: str) -> HttpResponse:
    """The calendar of `site:ATL-1`, `partner:polaris` or `team:finance`."""
    kind, code = _owner(name)
    found, clock = kept.standing([KIND]).get((KIND, name)), reader.clock
    versions = _versions(kind, code)
    own = in_force(versions, clock.now)
    used = own or _otherwise(kind, code, clock.now)
    changes = kept.history(KIND, name)
    statuses = rules_in_force().policy.statuses.get(code, ()) if kind == "partner" else ()
    context = {
        "name": name,
        "title": _title(kind, code),
        "code": code,
        "kind": kind,
        "url": _url(name),
        "is_own": own is not None,
        "shown": shown(used, clock),
        "versions": version_rows(versions, clock),
        "history": history_rows(changes, clock, lambda value: told_calendar(value, clock)),
        "status": STATUS[status_at(statuses, clock.now)] if kind == "partner" else None,
        "may_change": reader.may(Permission.CHANGE_RULES),
        "seen": found.position if found else 0,
    }
    return render(request, "console/calendars/calendar.html", context)


@require_http_methods(FORM_METHODS)
@page(Permission.CHANGE_RULES)
def change_calendar(request: HttpRequest, reader: Reader, name: str) -> HttpResponse:
    """The form of a calendar: `act` tries it, fills the week in like Monday, saves it, or takes it away."""
    kind, code = _owner(name)
    if request.method != "POST":
        own = in_force(_versions(kind, code), reader.clock.now)
        fields = forms.entered(own) if own else forms.blank(_zone(kind, code))
        return _form(request, reader, name, fields | {"seen": str(_position(kept.standing([KIND]).get((KIND, name))))})
    fields, act = forms.posted(request.POST), request.POST.get("act")
    if act == "like_monday":
        return _form(request, reader, name, forms.like_monday(fields))
    try:
        value = forms.value_of(request.POST) if act != "remove" else None
        if act not in {"save", "remove"}:
            return _form(request, reader, name, fields, tried=calendar_of(value))
        since = since_of(request.POST, reader.clock)
        changed = set_calendar(name, value, effective_from=since, author=author_of(request.POST, reader))
    except DistSyncError as error:
        return _form(request, reader, name, fields, problem=problem_of(error, reader.clock))
    what = "the calendar of" if value is not None else "that there is no calendar of"
    again = asked_again(changed) if kind != "team" else f"{changed.asked:,} cases may escalate at another time."
    messages.success(request, f"Saved {what} {_title(kind, code)}. {again}")
    return redirect(_url(name))


@require_http_methods(FORM_METHODS)
@page(Permission.CHANGE_RULES)
def change_status(request: HttpRequest, reader: Reader, partner: str) -> HttpResponse:
    """Where a partner stands: active, onboarding or paused."""
    try:
        check_name(partner, "partner")
    except Unreadable as error:
        raise Http404("No such partner.") from error
    found, clock, problem = kept.standing([PARTNER]).get((PARTNER, partner)), reader.clock, None
    fields = {"status": status_at(rules_in_force().policy.statuses.get(partner, ()), clock.now), "from": "now"}
    if request.method == "POST":
        fields = {name: request.POST.get(name, "") for name in ("status", "from", "from_time", "reason", "seen")}
        try:
            since = since_of(request.POST, clock)
            changed = set_partner_status(
                partner, fields["status"], effective_from=since, author=author_of(request.POST, reader)
            )
        except DistSyncError as error:
            problem = problem_of(error, clock)
        else:
            messages.success(request, f"Saved where {_title('partner', partner)} stands. {asked_again(changed)}")
            return redirect(PATH)
    context = {
        "partner": partner,
        "title": _title("partner", partner),
        "fields": fields,
        "statuses": STATUS.items(),
        "froms": FROM.items(),
        "zone": clock.zone.key,
        "history": history_rows(kept.history(PARTNER, partner), clock, lambda value: told_status(value, clock)),
        "problem": problem,
        "seen": _seen(problem, fields, found),
    }
    return render(request, "console/calendars/status.html", context, status=problem.status if problem else 200)


def _form(  # noqa: PLR0913 - what one form may show
    request: HttpRequest,
    reader: Reader,
    name: str,
    fields: Mapping[str, str],
    *,
    tried: Calendar | None = None,
    problem: Problem | None = None,
) -> HttpResponse:
    kind, code = _owner(name)
    if problem and problem.version is not None:
        fields = {**fields, "seen": str(problem.version)}
    context: dict[str, Any] = {
        "name": name,
        "title": _title(kind, code),
        "kind": kind,
        "fields": fields,
        "days": forms.days(fields),
        "tried": shown(tried, reader.clock) if tried is not None else None,
        "problem": problem,
        "froms": FROM.items(),
        "zone": reader.clock.zone.key,
        "zones": sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/"))),
        "places": sorted(holidays.list_supported_countries()),
        "back": _url(name),
        "is_own": in_force(_versions(kind, code), reader.clock.now) is not None,
    }
    return render(request, "console/calendars/form.html", context, status=problem.status if problem else 200)


def _rows(kind: str, reader: Reader) -> list[CalendarRow]:
    """Everybody of a kind who is known or has a calendar, by code."""
    policy, clock = rules_in_force().policy, reader.clock
    known: dict[str, str] = dict(TEAMS)
    owners: dict[str, str | None] = {}
    if kind == "site":
        rows = Site.objects.order_by("code").values_list("code", "name", "partner")[:LIMIT]
        known, owners = {code: name or code for code, name, _ in rows}, {code: partner for code, _, partner in rows}
    elif kind == "partner":
        known = {code: name or code for code, name in Partner.objects.order_by("code").values_list("code", "name")[:LIMIT]}
    known |= {code: code for each, code in policy.calendars if each == kind and code not in known}
    if kind == "partner":
        known |= {code: code for code in policy.statuses if code not in known}
    names, found = display_names().partners, []
    for code, title in sorted(known.items()):
        own = in_force(policy.calendars.get((kind, code), ()), clock.now)
        otherwise = policy.calendar_for(Context(partner=owners.get(code)), clock.now)
        row = row_of(f"{kind}:{code}", title, own, otherwise, clock)
        more: dict[str, Any] = {}
        if kind == "partner":
            status = status_at(policy.statuses.get(code, ()), clock.now)
            more = {"status": STATUS[status], "status_url": f"{PATH}{segment(code)}/status" if is_name(code) else ""}
        if partner := owners.get(code):
            more["owner"] = names.get(partner, partner)
        found.append(CalendarRow(**{name: getattr(row, name) for name in row.__slots__} | more))
    return found


def _owner(name: str) -> tuple[str, str]:
    """Whose calendar it is; 404 for a name that can be nobody's."""
    try:
        kind, code = calendar_owner(name)
        check_name(code, "code")
    except Unreadable as error:
        raise Http404("No calendar of that name.") from error
    if kind == "team" and code not in TEAMS:
        raise Http404("No such team.")
    return kind, code


def _versions(kind: str, code: str) -> tuple[CalendarVersion, ...]:
    return rules_in_force().policy.calendars.get((kind, code), ())


def _otherwise(kind: str, code: str, now: datetime) -> Calendar:
    """What holds where none is set: for a site its partner's, at last always open."""
    partner = Site.objects.filter(code=code).values_list("partner", flat=True).first() if kind == "site" else None
    return rules_in_force().policy.calendar_for(Context(partner=partner), now)


def _zone(kind: str, code: str) -> str:
    """The zone that a new calendar begins with."""
    zone = Site.objects.filter(code=code).values_list("zone", flat=True).first() if kind == "site" else ""
    return zone or settings.DEPLOYMENT_TIME_ZONE


def _title(kind: str, code: str) -> str:
    names = display_names()
    known: Mapping[str, str] = {"site": names.sites, "partner": names.partners, "team": TEAMS}[kind]
    return known.get(code, code)


def _position(found: Standing | None) -> int:
    return found.position if found else 0


def _seen(problem: Problem | None, fields: Mapping[str, str], found: Standing | None) -> int | str:
    if problem and problem.version is not None:
        return problem.version
    return fields.get("seen") or _position(found)


def _url(name: str) -> str:
    return f"{PATH}{segment(name)}/"
