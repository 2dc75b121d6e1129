"""The order trace: one order as all its systems together tell it. A live refresh asks for the body alone."""

from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.console import words
from apps.console.access import Reader, page
from apps.console.pages.exceptions.presenters import ListedCase
from apps.console.pages.exceptions.queue import listed
from apps.console.pages.trace import presenters
from apps.console.pages.trace.lines import line_table
from apps.console.pages.trace.oddities import oddities
from apps.console.pages.trace.promises import shown_clocks
from apps.console.pages.trace.story import story_of
from apps.console.pages.trace.swimlane import draw
from apps.console.pages.trace.tellings import counts, tellings
from apps.core.errors import Conflict, NotFound
from apps.core.paths import segment
from apps.exceptions import measured
from apps.exceptions.filters import CaseFilter
from apps.exceptions.queries import find_cases
from apps.orders.answer import what_to_tell
from apps.orders.naming import with_names
from apps.orders.queries import OrderDetail, facts_of_order, get_order
from apps.orders.timeline import timeline
from apps.orders.visibility import redact, visible_facts
from apps.partners.discovery import display_names
from apps.sla.queries import clocks_of_order

ANSWER_TONES = {"on_time": "info", "late": "late", "at_risk": "risk", "delivered": "ok", "cancelled": "wait", "unknown": "wait"}
TELLINGS_SHOWN = 500
EXCEPTIONS_SHOWN = 20


@require_safe
@page(Permission.SEE_ORDERS)
def order_trace(request: HttpRequest, reader: Reader, handle: str) -> HttpResponse:
    try:
        detail = visible_order(handle, reader)
    except NotFound as error:
        raise Http404(error.detail) from error
    except Conflict as error:
        choices = [(str(each["order"]), f"/orders/{segment(str(each['order']))}/") for each in error.errors]
        return render(request, "console/trace/choose.html", {"number": handle, "choices": choices}, status=409)
    context = trace_context(detail, reader)
    is_refresh = request.headers.get("HX-Target") == "trace"
    return render(request, "console/trace/body.html" if is_refresh else "console/trace/page.html", context)


def visible_order(handle: str, reader: Reader) -> OrderDetail:
    """The order as the reader may see it. Raises NotFound and Conflict as `get_order`."""
    detail = get_order(handle, visible_partner=reader.partner)
    state = redact(detail.state, reader)
    if reader.partner is not None and not state.legs:
        raise NotFound("There is no such order, or none that you may see.")
    return OrderDetail(detail.key, detail.handle, detail.revision, state)


def trace_context(detail: OrderDetail, reader: Reader) -> dict[str, Any]:
    names, clock = display_names(), reader.clock
    state = with_names(detail.state, partners=names.partners, sites=names.sites)
    facts = visible_facts(state, facts_of_order(detail.key), reader)
    rows = timeline(state, facts, now=clock.now)
    told = tellings(rows, state, clock)
    answer = what_to_tell(state, now=clock.now, zone=clock.zone)
    return {
        "order": state.order,
        "handle": detail.handle,
        "revision": detail.revision,
        "here": f"/orders/{segment(detail.handle)}/",
        "stream": f"/live/orders/{segment(detail.handle)}",
        "head": presenters.head(state, reader),
        "answer": answer,
        "answer_tone": ANSWER_TONES.get(answer.tone, "wait"),
        "drawing": draw(story_of(state, rows, clock), clock),
        "oddities": oddities(state, clock),
        "exceptions": open_exceptions(detail.handle, reader),
        "clocks": shown_clocks(clocks_of_order(bytes.fromhex(detail.key)), measured.pairs(), reader),
        "legs": presenters.legs(state, reader),
        "loose": presenters.loose(state, reader),
        "lines": line_table(state.lines, reader),
        "references": presenters.references(state.references),
        "tellings": told[:TELLINGS_SHOWN],
        "messages_of_order": [telling for telling in told if telling.key][:TELLINGS_SHOWN],
        "message_counts": counts(told),
        "all_messages": f"/messages/?order={quote(detail.handle, safe='')}",
        "has_more": len(told) > TELLINGS_SHOWN,
        "leg_count": words.count_of(len(state.legs), "leg"),
        "zone": clock.zone.key,
    }


def open_exceptions(handle: str, reader: Reader) -> list[ListedCase]:
    """The order's open cases, the gravest first."""
    filters = CaseFilter(order=handle, visible_partner=reader.partner)
    found = find_cases(filters, now=reader.clock.now, page_size=EXCEPTIONS_SHOWN).rows
    return listed(found, reader) if found else []
