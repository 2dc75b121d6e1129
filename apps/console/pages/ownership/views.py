"""Ownership: which team has which case, by rules in order; and the form by which they are changed, tried before."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.roles import Permission
from apps.acts import settings as kept
from apps.acts.settings import Standing
from apps.console import words
from apps.console.access import Reader, page
from apps.console.pages.ownership import forms
from apps.console.pages.ownership.presenters import PATH, default_rows, rule_rows, told, trial_of
from apps.console.pages.rules.choices import choices
from apps.console.pages.rules.entries import FORM_METHODS, Problem, author_of, problem_of
from apps.console.pages.rules.history import history_rows
from apps.console.pages.rules.saying import UNITS
from apps.core.errors import DistSyncError, Unreadable
from apps.exceptions.catalogue import TEAMS, TYPES
from apps.exceptions.changes import set_ownership
from apps.exceptions.ownership import rules_of
from apps.exceptions.previews import OwnershipTrial, try_ownership
from apps.exceptions.rules import OWNERSHIP, in_force
from apps.partners.discovery import display_names


@require_safe
@page(Permission.SEE_RULES)
def ownership(request: HttpRequest, reader: Reader) -> HttpResponse:
    found = _standing()
    context = {
        "rules": rule_rows(in_force().rules, display_names()),
        "defaults": default_rows(),
        "flaw": _flaw(found),
        "history": history_rows(kept.history(*OWNERSHIP), reader.clock, told),
        "may_change": reader.may(Permission.CHANGE_RULES),
    }
    return render(request, "console/ownership/page.html", context)


@require_http_methods(FORM_METHODS)
@page(Permission.CHANGE_RULES)
def change_ownership(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The form of the rules. `act` adds, moves or removes a row, tries the rules, or saves them."""
    if request.method != "POST":
        found = _standing()
        return _form(request, forms.entered(in_force().rules), seen=str(found.position if found else 0))
    act, rows, seen = request.POST.get("act", ""), forms.posted(request.POST), request.POST.get("seen", "")
    arranged = forms.rearranged(rows, act)
    if arranged is not None:
        return _form(request, arranged, seen=seen)
    try:
        value = forms.value_of(rows)
        rules = rules_of(value)
        if act != "save":
            return _form(request, rows, seen=seen, trial=try_ownership(rules, now=reader.clock.now))
        changed = set_ownership(value, author=author_of(request.POST, reader))
    except DistSyncError as error:
        return _form(request, rows, seen=seen, problem=problem_of(error, reader.clock))
    looked = words.count_of(changed.asked, "open case")
    messages.success(request, f"Saved. {looked} {'is' if changed.asked == 1 else 'are'} being looked at again.")
    return redirect(PATH)


def _form(
    request: HttpRequest,
    rows: Sequence[forms.Row],
    *,
    seen: str,
    trial: OwnershipTrial | None = None,
    problem: Problem | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "rows": list(enumerate(rows)),
        "count": len(rows),
        "teams": TEAMS.items(),
        "types": [(each.code, each.title) for each in TYPES.values()],
        "choices": choices(),
        "units": [(code, word) for code, (word, _) in UNITS.items()],
        "trial": trial_of(trial) if trial is not None else None,
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "seen": problem.version if problem and problem.version is not None else seen,
    }
    return render(request, "console/ownership/form.html", context, status=problem.status if problem else 200)


def _standing() -> Standing | None:
    return kept.standing([OWNERSHIP[0]]).get(OWNERSHIP)


def _flaw(found: Standing | None) -> str:
    """Why the rules cannot be read; empty where they can."""
    if found is None or not found.is_there:
        return ""
    try:
        rules_of(found.value)
    except Unreadable as error:
        return error.detail
    return ""
