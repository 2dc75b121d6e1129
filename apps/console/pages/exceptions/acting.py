"""What a person does to one case, from the queue or from its page: the fresh row (or page) comes back, and what to say."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.accounts.roles import Permission
from apps.console.access import Reader, page
from apps.console.pages.exceptions.answers import answered, shown_cases
from apps.console.pages.exceptions.wishes import read_wish, said
from apps.core.errors import Conflict, DistSyncError, NotFound
from apps.exceptions import services
from apps.exceptions.cases import ACTS
from apps.exceptions.queries import Case, get_cases
from apps.exceptions.undoing import undo


@require_POST
@page(Permission.COMMENT_EXCEPTIONS)
def act_on_case(request: HttpRequest, reader: Reader, number: str, act: str) -> HttpResponse:
    """Asked by a script it answers the row (or the page's body) alone, else it leads back to the case's page."""
    if act not in ACTS or (act != "comment" and not reader.may(Permission.WORK_EXCEPTIONS)):
        raise Http404("No such act of this role.")
    wish = read_wish(request.POST, reader, act)
    try:
        case = services.act(number, wish, who=reader.username, now=reader.clock.now, visible_partner=reader.partner)
    except NotFound as error:
        raise Http404(error.detail) from error
    except DistSyncError as error:
        return _refused(request, reader, number, error)
    undoable = {case.id: case.version} if act != "comment" else {}
    return _done(request, reader, case, said(wish, reader), undoable)


@require_POST
@page(Permission.WORK_EXCEPTIONS)
def take_back(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Undoes what the person has just done: `case` is `<id>:<version>`, as often as there are cases."""
    versions = versions_of(request.POST.getlist("case"))
    if not versions:
        raise Http404("Nothing to undo.")
    outcomes = undo(versions, who=reader.username, now=reader.clock.now, visible_partner=reader.partner)
    problems = [outcome.problem.detail for outcome in outcomes if outcome.problem]
    done = [outcome.case for outcome in outcomes if outcome.case]
    if len(versions) == 1 and problems:
        return _refused(request, reader, next(iter(versions)), Conflict(problems[0]))
    said_so = "Undone" if not problems else f"{len(done):,} undone, {len(problems):,} not: {problems[0]}"
    return answered(request, reader, shown_cases(request, reader, done), message=said_so)


def versions_of(pairs: list[str]) -> dict[str, int]:
    """`<id>:<version>` as a table; what is none is left out."""
    found = {}
    for pair in pairs:
        number, _, version = pair.partition(":")
        if version.isdecimal() and len(version) < 19:
            found[number] = int(version)
    return found


def _done(request: HttpRequest, reader: Reader, case: Case, message: str, undoable: Mapping[str, int]) -> HttpResponse:
    if not is_scripted(request):
        messages.success(request, f"{message}.")
        return redirect(f"/exceptions/{case.id}/")
    return answered(request, reader, shown_cases(request, reader, [case]), message=message, undoable=undoable)


def _refused(request: HttpRequest, reader: Reader, number: str, error: DistSyncError) -> HttpResponse:
    """Why not. Where somebody was first, the case as it is now comes along."""
    if not is_scripted(request):
        messages.error(request, error.detail)
        return redirect(f"/exceptions/{number}/")
    is_race = isinstance(error, Conflict)
    fresh = get_cases([number], now=reader.clock.now, visible_partner=reader.partner) if is_race else {}
    shown = shown_cases(request, reader, list(fresh.values()))
    return answered(request, reader, shown, problem=error.detail, status=error.status)


def is_scripted(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
