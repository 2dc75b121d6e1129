"""One case: what is wrong first, then who has it and what is next, then the evidence and its history."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.console import words
from apps.console.access import Reader, page
from apps.console.pages.exceptions.evidence import clock_of, evidence_of
from apps.console.pages.exceptions.past import past_of
from apps.console.pages.exceptions.presenters import ListedCase, ending_of, listed_case, next_step
from apps.console.pages.exceptions.snoozing import presets
from apps.console.pages.trace.views import ANSWER_TONES
from apps.core.errors import Conflict, NotFound
from apps.core.paths import segment
from apps.eventlog import log
from apps.exceptions.catalogue import REASONS, TYPES
from apps.exceptions.filters import OPEN, RESOLVED, CaseFilter
from apps.exceptions.playbooks import playbook_of
from apps.exceptions.queries import Case, count_cases, find_cases, get_case
from apps.exceptions.rules import in_force
from apps.exceptions.story import Story, story_of
from apps.exceptions.visibility import redact_case, redact_story, sees_steps
from apps.orders.answer import what_to_tell
from apps.orders.naming import with_names
from apps.orders.queries import get_order
from apps.orders.visibility import redact
from apps.partners.discovery import DisplayNames, display_names
from apps.sla.queries import clocks_of_order

SIMILAR_SHOWN: Final = 5
MESSAGES_LINKED: Final = 2


@require_safe
@page(Permission.SEE_EXCEPTIONS)
def case_page(request: HttpRequest, reader: Reader, number: str) -> HttpResponse:
    try:
        context = case_context(number, reader)
    except NotFound as error:
        raise Http404(error.detail) from error
    is_refresh = request.headers.get("HX-Target") == "case"
    return render(request, f"console/exceptions/{'case_body' if is_refresh else 'case'}.html", context)


def case_context(number: str, reader: Reader) -> dict[str, Any]:
    """All that the page shows. Raises NotFound for a case that is none, or not the reader's to see."""
    case = get_case(number, now=reader.clock.now, visible_partner=reader.partner)
    names, policy, now = display_names(), in_force().policy, reader.clock.now
    told = redact_case(case, reader)
    story = redact_story(story_of(case, now=now), reader)
    listed = listed_case(told, reader, names, policy)
    playbook = playbook_of(case.code) if sees_steps(reader) else None
    known = TYPES.get(case.code)
    return {
        "case": listed,
        "ending": ending_of(told),
        "next_step": next_step(told, listed, playbook),
        "playbook": playbook,
        "steps_text": "\n".join(playbook.steps) if playbook else "",
        "may_edit_playbook": playbook is not None and reader.may(Permission.EDIT_PLAYBOOKS),
        "evidence": evidence_of(told, story, clock_of(told, clocks_of_order(bytes.fromhex(case.key))), reader, urls_of(story)),
        "past": past_of(story, reader),
        "order": order_of(case, reader, names) if case.handle else None,
        "similar": similar(case, reader, names) if reader.partner is None else [],
        "incident": incident_of(case, story, reader) if reader.partner is None else None,
        "opens": known.opens if known else "",
        "clears": known.clears if known else "",
        "may_work": reader.may(Permission.WORK_EXCEPTIONS),
        "may_comment": reader.may(Permission.COMMENT_EXCEPTIONS),
        "stream": f"/live/orders/{segment(case.handle)}" if case.handle else "/live/orders",
        "presets": presets(reader.clock),
        "reasons": REASONS,
        "zone": reader.clock.zone.key,
    }


def urls_of(story: Story) -> dict[tuple[str, str], str]:
    """Where the messages can be read that the story names as evidence, by source and id."""
    words_ = [entry.evidence for entry in story.entries if entry.evidence and entry.evidence.message]
    names = dict.fromkeys((word.source, word.message) for word in words_[-MESSAGES_LINKED:])
    kept = {name: log.find(*name) for name in names}
    return {name: f"/messages/{message.position}/" for name, message in kept.items() if message}


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """The order in brief, with what may be told to its customer."""

    order: str
    url: str
    status: words.Chip
    promise: str
    value: str
    answer: str
    tone: str


def order_of(case: Case, reader: Reader, names: DisplayNames) -> ShownOrder | None:
    """None where the order is no more, or hidden from the reader."""
    try:
        state = redact(get_order(case.handle, visible_partner=reader.partner).state, reader)
    except (NotFound, Conflict):
        return None
    if reader.partner is not None and not state.legs:
        return None
    answer = what_to_tell(
        with_names(state, partners=names.partners, sites=names.sites), now=reader.clock.now, zone=reader.clock.zone
    )
    return ShownOrder(
        order=state.order,
        url=f"/orders/{segment(case.handle)}/",
        status=words.chip(words.STATUS, state.status),
        promise=reader.clock.claimed(state.promised_date),
        value=words.money(state.value, state.currency) if reader.sees_money else "",
        answer=answer.text,
        tone=ANSWER_TONES.get(answer.tone, "wait"),
    )


@dataclass(frozen=True, slots=True)
class Similar:
    """A case of the same kind that is over: how, how long it took, and who had it."""

    case: ListedCase
    ending: str


def similar(case: Case, reader: Reader, names: DisplayNames) -> list[Similar]:
    """The last ones of the same type and partner that were resolved."""
    filters = CaseFilter(code=case.code, partner=case.partner, state=RESOLVED)
    found = find_cases(filters, now=reader.clock.now, sort="resolved", page_size=SIMILAR_SHOWN + 1).rows
    policy = in_force().policy
    others = [other for other in found if other.id != case.id][:SIMILAR_SHOWN]
    return [Similar(listed_case(redact_case(other, reader), reader, names, policy), ending_of(other)) for other in others]


@dataclass(frozen=True, slots=True)
class ItsIncident:
    """The incident that the case is of (`count` open cases with it), or that it was taken out of."""

    url: str
    count: int
    is_apart: bool


def incident_of(case: Case, story: Story, reader: Reader) -> ItsIncident | None:
    """None where it stands alone."""
    if case.incident is None:
        moved = [entry.kind for entry in story.entries if entry.kind in {"take_out", "put_back"}]
        return ItsIncident("", 0, is_apart=True) if moved and moved[-1] == "take_out" else None
    count = count_cases(CaseFilter(incident=case.incident, state=OPEN), now=reader.clock.now)
    return ItsIncident(f"/exceptions/?tab=all&incident={case.incident}", count, is_apart=False) if count > 1 else None
