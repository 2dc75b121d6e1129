"""One act on many cases: on a selection, on an incident, or on all that fit the filter. Each for itself, with a summary."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from apps.accounts.roles import Permission
from apps.console.access import Reader, page
from apps.console.pages.exceptions.acting import versions_of
from apps.console.pages.exceptions.answers import Refusal, answered, list_filters, shown_cases
from apps.console.pages.exceptions.presenters import sentence_of
from apps.console.pages.exceptions.wishes import ALWAYS_WELCOME, read_wish, said_of_many
from apps.core.errors import DistSyncError, Unreadable
from apps.exceptions.cases import ACTS
from apps.exceptions.filters import CaseFilter
from apps.exceptions.queries import find_cases, get_cases
from apps.exceptions.services import Outcome, Wish, act_on_many
from apps.partners.discovery import display_names

AT_ONCE: Final = 500
MOST: Final = 10_000
REFUSALS_SHOWN: Final = 50


@require_POST
@page(Permission.BULK_EXCEPTIONS)
def act_on_cases(request: HttpRequest, reader: Reader) -> HttpResponse:
    """`act` with its fields; `case` (`<id>:<version>`) and `incident` (id) as often as there are, or `all`."""
    act = request.POST.get("act", "")
    if act not in ACTS or not reader.may(Permission.WORK_EXCEPTIONS):
        raise Http404("No such act of this role.")
    wish = replace(read_wish(request.POST, reader, act), version=None)
    versions = versions_of(request.POST.getlist("case"))
    try:
        numbers = chosen(request, reader, list(versions))
        outcomes = _in_turns(numbers, wish, reader, {} if act in ALWAYS_WELCOME else versions)
    except DistSyncError as error:
        return answered(request, reader, [], problem=error.detail, status=error.status)
    done = [outcome.case for outcome in outcomes if outcome.case]
    refused = [outcome for outcome in outcomes if outcome.problem]
    return answered(
        request,
        reader,
        shown_cases(request, reader, done),
        message=said_of_many(wish, len(done), len(refused), reader),
        undoable={case.id: case.version for case in done} if act != "comment" and len(done) <= AT_ONCE else {},
        refused=_why(refused[:REFUSALS_SHOWN], reader),
    )


def chosen(request: HttpRequest, reader: Reader, selected: Sequence[str]) -> list[str]:
    """The ids that the form names. Raises Unreadable for none, and for more than are worked from here."""
    filters = list_filters(request, reader)
    numbers = list(selected)
    if filters is not None:
        meaning = filters.meaning(reader.partner)
        if request.POST.get("all"):
            numbers = ids_of(meaning, reader)
        for incident in request.POST.getlist("incident"):
            numbers += ids_of(replace(meaning, incident=incident), reader)
    if not numbers:
        raise Unreadable("No case is chosen, or none of them fits any more. Choose again.")
    return list(dict.fromkeys(numbers))


def ids_of(meaning: CaseFilter, reader: Reader) -> list[str]:
    """Every id that passes. Raises Unreadable where there are more than MOST."""
    numbers: list[str] = []
    cursor: str | None = None
    while True:
        found = find_cases(meaning, now=reader.clock.now, sort="age", cursor=cursor, page_size=AT_ONCE)
        numbers += [case.id for case in found.rows]
        if len(numbers) > MOST:
            raise Unreadable(f"More than {MOST:,} cases fit: narrow the filter, and do it in parts.")
        if found.next is None:
            return numbers
        cursor = found.next


def _in_turns(numbers: Sequence[str], wish: Wish, reader: Reader, versions: dict[str, int]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for start in range(0, len(numbers), AT_ONCE):
        turn = numbers[start : start + AT_ONCE]
        now, partner = reader.clock.now, reader.partner
        outcomes += act_on_many(turn, wish, who=reader.username, now=now, visible_partner=partner, versions=versions)
    return outcomes


def _why(refused: Sequence[Outcome], reader: Reader) -> list[Refusal]:
    known = get_cases([outcome.id for outcome in refused], now=reader.clock.now, visible_partner=reader.partner)
    partners = display_names().partners
    found = []
    for outcome in refused:
        case = known.get(outcome.id)
        sentence = (
            sentence_of(case, reader, partners.get(case.partner or "", case.partner or "")) if case else "A case that is gone"
        )
        found.append(Refusal(sentence, case.order if case else "", outcome.problem.detail if outcome.problem else ""))
    return found
