"""The order trace: one order as all its systems together tell it. A live refresh asks for the body alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.console import as_of, words
from apps.console.access import Reader, page
from apps.console.pages.exceptions.presenters import ListedCase
from apps.console.pages.exceptions.queue import listed
from apps.console.pages.trace import presenters
from apps.console.pages.trace.lines import line_table
from apps.console.pages.trace.oddities import oddities
from apps.console.pages.trace.promises import shown_clocks
from apps.console.pages.trace.reading import read_trace
from apps.console.pages.trace.story import story_of
from apps.console.pages.trace.swimlane import draw
from apps.console.pages.trace.tellings import counts, tellings
from apps.contracts.facts import StampedFact
from apps.core.errors import Conflict, NotFound
from apps.core.paths import segment
from apps.exceptions.at_risk import counted, is_at_risk
from apps.exceptions.cases import OPEN_STATES
from apps.exceptions.filters import CaseFilter
from apps.exceptions.known import cases_as_known, clocks_as_known
from apps.exceptions.queries import find_cases
from apps.orders.answer import what_to_tell
from apps.orders.known import KnownOrder
from apps.orders.naming import with_names
from apps.orders.queries import OrderDetail
from apps.orders.timeline import TimelineRow, timeline
from apps.partners.discovery import display_names
from apps.sla.clocks import Clock
from apps.sla.queries import clocks_of_order

ANSWER_TONES = {"on_time": "info", "late": "late", "at_risk": "risk", "delivered": "ok", "cancelled": "wait", "unknown": "wait"}
TELLINGS_SHOWN = 500
EXCEPTIONS_SHOWN = 20


@require_safe
@page(Permission.SEE_ORDERS)
def order_trace(request: HttpRequest, reader: Reader, handle: str) -> HttpResponse:
    asked = as_of.asked(request, reader.clock)
    if asked.redirect:
        return redirect(asked.redirect)
    try:
        traced = read_trace(handle, reader, asked.moment)
    except NotFound as error:
        raise Http404(error.detail) from error
    except Conflict as error:
        choices = [(str(each["order"]), f"/orders/{segment(str(each['order']))}/") for each in error.errors]
        return render(request, "console/trace/choose.html", {"number": handle, "choices": choices}, status=409)
    if traced.detail is None:
        shown = as_of.shown(request, asked.moment, reader.clock, traced.hearings)
        return render(request, "console/trace/unknown.html", {"order": traced.order, "as_of": shown}, status=404)
    context = trace_context(traced.detail, traced.facts, reader, asked.moment)
    context["as_of"] = as_of.shown(request, asked.moment, reader.clock, traced.hearings, context["heard"])
    context |= {"problem": asked.problem, "is_refresh": request.headers.get("HX-Target") == "trace"}
    template = "console/trace/body.html" if context["is_refresh"] else "console/trace/page.html"
    return render(request, template, context, status=400 if asked.problem else 200)


def trace_context(
    detail: OrderDetail, facts: Sequence[StampedFact], reader: Reader, moment: datetime | None = None
) -> dict[str, Any]:
    """What the trace shows of an order and its facts, both redacted and of the same moment; None: now. Every word about time
    (late, overdue, `2 h ago`) is said as of that moment."""
    now_label = as_of.said(moment, reader.clock) if moment else "Now"
    reader = reader if moment is None else replace(reader, clock=replace(reader.clock, now=moment))
    names, clock = display_names(), reader.clock
    state = with_names(detail.state, partners=names.partners, sites=names.sites)
    rows = timeline(state, facts, now=clock.now)
    told = tellings(rows, state, clock)
    promises = counted(clocks_of(detail), visible_partner=reader.partner)
    answer = what_to_tell(state, now=clock.now, zone=clock.zone)
    return {
        "order": state.order,
        "handle": detail.handle,
        "revision": detail.revision,
        "here": f"/orders/{segment(detail.handle)}/",
        "stream": f"/live/orders/{segment(detail.handle)}",
        "head": presenters.head(state, reader, is_at_risk=is_at_risk(promises, clock.now)),
        "answer": answer,
        "answer_tone": ANSWER_TONES.get(answer.tone, "wait"),
        "drawing": draw(story_of(state, rows, clock, now_label), clock),
        "oddities": oddities(state, clock),
        "exceptions": open_exceptions(detail, reader),
        "clocks": shown_clocks(promises, reader),
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
        "clock": clock,
        "heard": [f"{each.name} ({each.lane})" for row, each in zip(rows, told, strict=True) if _is_heard_at(moment, row)],
    }


def _is_heard_at(moment: datetime | None, row: TimelineRow) -> bool:
    return moment is not None and row.received_at == moment


def open_exceptions(detail: OrderDetail, reader: Reader) -> list[ListedCase]:
    """The order's open cases as of the moment that is shown, the gravest first."""
    if isinstance(detail, KnownOrder):
        known = [case for case in cases_as_known(detail, visible_partner=reader.partner) if case.state in OPEN_STATES]
        return listed(sorted(known, key=lambda case: (-case.severity, case.opened_at))[:EXCEPTIONS_SHOWN], reader)
    filters = CaseFilter(order=detail.handle, visible_partner=reader.partner)
    found = find_cases(filters, now=reader.clock.now, page_size=EXCEPTIONS_SHOWN).rows
    return listed(found, reader) if found else []


def clocks_of(detail: OrderDetail) -> list[Clock]:
    """The order's clocks, those of the moment where that is past."""
    return clocks_as_known(detail) if isinstance(detail, KnownOrder) else clocks_of_order(bytes.fromhex(detail.key))
