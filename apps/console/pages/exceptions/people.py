"""Whom a case can be given to, or a comment can call: a few names as one types, the team's own people first."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.roles import Permission
from apps.console.access import Reader, page
from apps.console.words import ROLE
from apps.exceptions.catalogue import TEAMS
from apps.exceptions.services import WORKERS

MOST: Final = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`value` is what the form sends, `name` what stands in the field, `about` says who that is."""

    value: str
    name: str
    about: str


@require_safe
@page(Permission.COMMENT_EXCEPTIONS)
def people(request: HttpRequest, reader: Reader) -> HttpResponse:
    """`for` says what is asked: assign (people), escalate (teams, then people), mention (people)."""
    typed, team = request.GET.get("typed", "").strip()[:100], request.GET.get("team", "")
    asked = request.GET.get("for", "assign")
    found: list[Suggestion] = []
    if asked == "escalate" and reader.may(Permission.WORK_EXCEPTIONS):
        found += teams(typed, team)
    found += suggested(reader, typed, team)
    if asked == "assign" and not typed:
        found.append(Suggestion("", "Nobody", "back into the team's queue"))
    return render(request, "console/exceptions/people.html", {"suggestions": found})


def teams(typed: str, own: str) -> list[Suggestion]:
    """The teams whose name holds what was typed, the case's own left out."""
    return [
        Suggestion(code, name, "team") for code, name in TEAMS.items() if code != own and typed.casefold() in name.casefold()
    ]


def suggested(reader: Reader, typed: str, team: str) -> list[Suggestion]:
    """People whose name begins with what was typed, then those whose name holds it; of the team first. A partner's reader is
    offered its own colleagues alone."""
    rows = visible_people(reader).filter(username__icontains=typed) if typed else visible_people(reader)
    begins: Any = When(username__istartswith=typed, then=Value(0)) if typed else When(username=reader.username, then=Value(0))
    ranked = rows.annotate(
        of_team=Case(When(team=team, then=Value(0)), default=Value(1), output_field=IntegerField()),
        begins=Case(begins, default=Value(1), output_field=IntegerField()),
    ).order_by("of_team", "begins", "username")[:MOST]
    return [Suggestion(user.username, user.username, _about(user, reader)) for user in ranked]


def visible_people(reader: Reader) -> QuerySet[User]:
    if reader.partner is None:
        return User.objects.filter(is_active=True, role__in=WORKERS)
    return User.objects.filter(Q(partner=reader.partner) & ~Q(partner=""), is_active=True)


def _about(user: User, reader: Reader) -> str:
    if user.username == reader.username:
        return "you"
    return TEAMS.get(user.team) or ROLE.get(user.role, user.role)
