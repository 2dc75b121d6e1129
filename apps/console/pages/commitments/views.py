"""Commitments: what is promised for each measure, to whom, and since when; and the forms by which that is changed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.roles import Permission
from apps.acts import settings as kept
from apps.acts.settings import Standing
from apps.console import words
from apps.console.access import Reader, page
from apps.console.pages.commitments import forms
from apps.console.pages.commitments.presenters import PATH, panels, sender_row, told, trial_of, version_of, version_rows
from apps.console.pages.rules.choices import choices
from apps.console.pages.rules.entries import FORM_METHODS, FROM, Problem, asked_again, author_of, problem_of
from apps.console.pages.rules.history import history_rows
from apps.console.pages.rules.saying import BASIS, UNITS
from apps.core.errors import DistSyncError, NotFound, Unreadable
from apps.core.paths import segment
from apps.exceptions import measured
from apps.exceptions.changes import set_measured
from apps.exceptions.commitment_changes import (
    KIND,
    Placed,
    arrangement,
    end_commitment,
    last_of,
    move_commitment,
    set_commitment,
)
from apps.exceptions.previews import try_commitment
from apps.exceptions.rules import in_force
from apps.partners.discovery import display_names
from apps.sla.commitments import DEFAULTS, MEASURES, commitment_of
from apps.sla.settings_reading import placed_commitment


@require_safe
@page(Permission.SEE_RULES)
def commitment_list(request: HttpRequest, reader: Reader) -> HttpResponse:
    standing = kept.standing([KIND, measured.KIND])
    last = last_of(standing)
    context = {
        "panels": panels(standing, measured.evidence(standing), display_names(), reader.clock),
        "may_change": reader.may(Permission.CHANGE_RULES),
        "flaws": [flaw for flaw in in_force().policy.flaws if flaw.startswith("commitment ")],
        "seen": last.position if last else 0,
    }
    return render(request, "console/commitments/page.html", context)


@require_safe
@page(Permission.SEE_RULES)
def commitment(request: HttpRequest, reader: Reader, name: str) -> HttpResponse:
    """One commitment: every version, and what was done to it."""
    changes = kept.history(KIND, name)
    if not changes:
        raise Http404("No commitment of that name.")
    names, clock = display_names(), reader.clock
    found = kept.standing([KIND]).get((KIND, name))
    placed = _placed(name, found)
    context = {
        "name": name,
        "url": _url(name),
        "measure": MEASURES[placed.latest.measure] if placed else None,
        "versions": version_rows(placed, names, clock) if placed else [],
        "is_over": placed is None or (placed.latest.effective_to is not None and placed.latest.effective_to <= clock.now),
        "history": history_rows(changes, clock, lambda value: told(value, clock, names)),
        "may_change": reader.may(Permission.CHANGE_RULES),
        "seen": found.position if found else 0,
    }
    return render(request, "console/commitments/commitment.html", context)


@require_http_methods(FORM_METHODS)
@page(Permission.CHANGE_RULES)
def new_commitment(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The form of a new commitment of the measure `measure`."""
    measure = request.GET.get("measure", "")
    if measure not in MEASURES:
        raise Http404("No such measure.")
    if request.method == "POST":
        return _decide(request, reader, request.POST.get("name", "").strip(), measure, is_new=True)
    default = next(each for each in DEFAULTS if each.measure == measure)
    return _form(request, reader, forms.blank(measure, default), is_new=True)


@require_http_methods(FORM_METHODS)
@page(Permission.CHANGE_RULES)
def change_commitment(request: HttpRequest, reader: Reader, name: str) -> HttpResponse:
    found = kept.standing([KIND]).get((KIND, name))
    placed = _placed(name, found)
    if placed is None or found is None:
        raise Http404("No commitment of that name.")
    if request.method == "POST":
        return _decide(request, reader, name, placed.latest.measure, is_new=False)
    fields = forms.entered(version_of(placed, reader.clock.now), reader.clock) | {"seen": str(found.position)}
    return _form(request, reader, fields, is_new=False)


@require_POST
@page(Permission.CHANGE_RULES)
def move(request: HttpRequest, reader: Reader, name: str) -> HttpResponse:
    """Moves it `up` or `down` among those of its measure."""
    direction = request.POST.get("direction")
    return _done(
        request,
        reader,
        lambda author: move_commitment(name, "up" if direction == "up" else "down", author=author),
        f"“{name}” is tried {'earlier' if direction == 'up' else 'later'} from now on.",
        PATH,
    )


@require_POST
@page(Permission.CHANGE_RULES)
def end(request: HttpRequest, reader: Reader, name: str) -> HttpResponse:
    """Ends it now: the next that matches holds for clocks that start later."""
    said = f"“{name}” has ended: clocks that start from now on are under the next that matches."
    return _done(request, reader, lambda author: end_commitment(name, author=author), said, _url(name))


@require_http_methods(FORM_METHODS)
@page(Permission.CHANGE_RULES)
def override(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Whether a sender's stop milestone is measured: as learned, or as a person says."""
    asked = request.POST if request.method == "POST" else request.GET
    measure, sender = asked.get("measure", ""), asked.get("sender", "")
    standing = kept.standing([measured.KIND])
    sent = next((s for s in measured.evidence(standing) if (s.measure, s.sender) == (measure, sender)), None)
    if sent is None:
        raise Http404("No such measure of such a sender.")
    problem, chosen = None, {None: "learned", True: "yes", False: "no"}[sent.said]
    if request.method == "POST":
        chosen = asked.get("said", "")
        try:
            set_measured(measure, sender, {"yes": True, "no": False}.get(chosen), author=author_of(asked, reader))
        except DistSyncError as error:
            problem = problem_of(error, reader.clock)
        else:
            messages.success(request, f"Saved what is measured of {MEASURES[measure].title.lower()}.")
            return redirect(f"{PATH}#measure-{measure}")
    found = standing.get((measured.KIND, f"{measure}:{sender}"))
    context = {
        "measure": MEASURES[measure],
        "row": sender_row(sent, display_names()),
        "sender": sender,
        "is_learned": sent.count > 0,
        "chosen": chosen,
        "reason": asked.get("reason", ""),
        "seen": _seen(problem, asked, found),
        "problem": problem,
    }
    return render(request, "console/commitments/override.html", context, status=problem.status if problem else 200)


def _decide(request: HttpRequest, reader: Reader, name: str, measure: str, *, is_new: bool) -> HttpResponse:
    """Tries what was entered, or saves it (`act` says which)."""
    fields = forms.posted(request.POST) | {"name": name, "measure": measure}
    try:
        value = forms.value_of(fields, reader)
        if request.POST.get("act") != "save":
            wanted = commitment_of({**value, "name": name or "-"})
            return _form(request, reader, fields, is_new=is_new, trial=try_commitment(wanted, now=reader.clock.now))
        changed = set_commitment(name, value, author=author_of(request.POST, reader))
    except DistSyncError as error:
        return _form(request, reader, fields, is_new=is_new, problem=problem_of(error, reader.clock))
    messages.success(request, f"Saved “{name}”. {asked_again(changed)}")
    return redirect(_url(name))


def _form(  # noqa: PLR0913 - what one form may show
    request: HttpRequest,
    reader: Reader,
    fields: dict[str, str],
    *,
    is_new: bool,
    trial: Any = None,
    problem: Problem | None = None,
) -> HttpResponse:
    measure = fields["measure"]
    if problem and problem.version is not None:
        fields = fields | {"seen": str(problem.version)}
    context = {
        "fields": fields,
        "is_new": is_new,
        "measure": MEASURES[measure],
        "expectations": forms.expectations(measure),
        "matches": [(field, words.plain(field), fields[field]) for field in forms.MATCHES],
        "choices": choices(),
        "units": [(code, word) for code, (word, _) in UNITS.items()],
        "bases": BASIS.items(),
        "froms": FROM.items(),
        "zone": reader.clock.zone.key,
        "trial": trial_of(trial, reader.clock) if trial is not None else None,
        "problem": problem,
        "back": PATH if is_new else _url(fields["name"]),
    }
    return render(request, "console/commitments/form.html", context, status=problem.status if problem else 200)


def _done(request: HttpRequest, reader: Reader, change: Any, said: str, to: str) -> HttpResponse:
    """Makes a change that a button asks for, and tells what became of it."""
    try:
        changed = change(author_of(request.POST, reader))
    except NotFound as error:
        raise Http404(error.detail) from error
    except DistSyncError as error:
        problem = problem_of(error, reader.clock)
        messages.error(request, f"{problem.text} {problem.first}".strip(), extra_tags="late")
    else:
        messages.success(request, f"{said} {asked_again(changed)}")
    return redirect(to)


def _placed(name: str, found: Standing | None) -> Placed | None:
    if found is None or not found.is_there:
        return None
    try:
        measure = placed_commitment(name, found.value)[1][0].measure
    except (Unreadable, IndexError):
        return None
    return next((each for each in arrangement({(KIND, name): found}, measure)), None)


def _seen(problem: Problem | None, asked: QueryDict, found: Standing | None) -> int | str:
    if problem and problem.version is not None:
        return problem.version
    return asked.get("seen") or (found.position if found else 0)


def _url(name: str) -> str:
    return f"{PATH}{segment(name)}/"
