"""The log of deliveries: what left, by which way, what the other side said, and what is tried next."""

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.roles import Permission
from apps.console import words
from apps.console.access import Reader, page
from apps.console.times import Clock, Instant
from apps.core.errors import Conflict, NotFound, Unreadable
from apps.delivery.journal import Entry, find_deliveries, retry
from apps.delivery.kinds import EMAIL
from apps.delivery.outbox import ATTEMPTS, GIVEN_UP, SENT, STATES, WAITING
from apps.delivery.preferences import PERSON, TEAM
from apps.exceptions.catalogue import TEAMS

PATH: Final = "/notifications/deliveries/"
_TONES: Final = {WAITING: "wait", SENT: "ok", GIVEN_UP: "late"}


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """`where`: of a webhook its address without what follows a `?`, where keys are often put. `next_at` only while it waits."""

    id: str
    to: str
    channel: str
    where: str
    count: str
    state: words.Chip
    attempts: str
    created_at: Instant
    next_at: Instant | None
    last_at: Instant | None
    answer: str
    can_retry: bool


def shown_delivery(entry: Entry, clock: Clock) -> ShownDelivery:
    """One line of the log. Pure."""
    code = entry.recipient.removeprefix(TEAM)
    return ShownDelivery(
        id=entry.id.hex,
        to=entry.recipient.removeprefix(PERSON) if entry.recipient.startswith(PERSON) else TEAMS.get(code, code),
        channel="E-mail" if entry.channel == EMAIL else "Webhook",
        where=entry.address.partition("?")[0],
        count=words.count_of(entry.count, "notification"),
        state=words.Chip(STATES[entry.state], _TONES[entry.state]),
        attempts=f"{entry.attempts} of {ATTEMPTS}",
        created_at=clock.instant(entry.created_at),
        next_at=clock.instant(entry.next_at) if entry.state == WAITING else None,
        last_at=clock.instant(entry.last_at) if entry.last_at else None,
        answer=entry.answer,
        can_retry=entry.state != SENT,
    )


@require_safe
@page(Permission.SEE_DELIVERIES)
def delivery_list(request: HttpRequest, reader: Reader) -> HttpResponse:
    wanted = request.GET.get("state", "")
    state, problem = (wanted if wanted in STATES else None), ""
    try:
        found = find_deliveries(state=state, cursor=request.GET.get("cursor"))
    except Unreadable:
        problem = "This page's place in the list is no longer known; here is its beginning."
        found = find_deliveries(state=state)
    context = {
        "rows": [shown_delivery(entry, reader.clock) for entry in found.rows],
        "states": STATES.items(),
        "state": state or "",
        "problem": problem,
        "next": _address(state, found.next),
        "previous": _address(state, found.previous),
    }
    return render(request, "console/notifications/deliveries.html", context)


@require_POST
@page(Permission.SEE_DELIVERIES)
def retry_delivery(request: HttpRequest, reader: Reader, number: str) -> HttpResponse:
    try:
        retry(number, who=reader.username, now=reader.clock.now)
    except NotFound as error:
        raise Http404(error.detail) from error
    except Conflict as error:
        messages.warning(request, error.detail)
    else:
        messages.success(request, "It is sent now; reload in a moment to see what came of it.")
    return redirect(PATH)


def _address(state: str | None, cursor: str | None) -> str:
    if cursor is None:
        return ""
    return f"{PATH}?{f'state={state}&' if state else ''}cursor={cursor}"
