"""Messages as they came: the list by what became of them, one message with its bytes, the bytes alone."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.console import words
from apps.console.access import Reader, page
from apps.console.pages.messages.presenters import short_type, shown_body, shown_message
from apps.contracts.registry import CONTRACTS
from apps.core.errors import Conflict, NotFound, Unreadable
from apps.core.pagination import Page
from apps.pipeline.queries import MessageDetail, MessageFilter, MessageRow, find_messages, get_message

PAGE_SIZE = 50
TEXT_FIELDS = ("source", "type", "id", "order")
# What belongs to no order yet, or was refused, is for those who mend it.
MENDING_STATES = ("unmatched", "ambiguous", "quarantined", "conflict")
EXPLANATIONS = {
    "": "Everything that any system has sent and any person has done, the newest first.",
    "pending": "Durable in the log; the effect is being worked out. This list empties by itself within seconds.",
    "applied": "Messages whose facts are part of an order or were kept for the figures, and what people did.",
    "unmatched": "Messages whose references lead to no order that is known yet. They join by themselves once a link arrives.",
    "ambiguous": "Messages whose references fit more than one order. They wait until something tells which one is meant.",
    "quarantined": "Messages that could not be read as what they say they are, each with the reason.",
    "conflict": "Messages that repeat the source and id of an earlier one with other content. The first stays in force.",
}


def states_for(reader: Reader) -> list[str]:
    return [state for state in words.MESSAGE_STATE if state not in MENDING_STATES or reader.may(Permission.SEE_UNMATCHED)]


@require_safe
@page(Permission.SEE_MESSAGES)
def message_list(request: HttpRequest, reader: Reader) -> HttpResponse:
    state = request.GET.get("state", "")
    state = state if state in states_for(reader) else ""
    fields = {name: request.GET.get(name, "").strip()[:500].replace("\0", "") for name in TEXT_FIELDS}
    meaning = MessageFilter(
        **{name: value or None for name, value in fields.items()}, state=state or None, visible_partner=reader.partner
    )
    needs_order = reader.partner is not None and not fields["order"]
    problem, found = ("", Page([])) if needs_order else _find(meaning, request.GET.get("cursor"))
    active = {name: value for name, value in fields.items() if value}
    query = urlencode({"state": state, **active} if state else active)
    context = {
        "rows": [shown_message(row, reader.clock) for row in found.rows],
        "state": state,
        "tabs": [("", "All"), *((name, words.MESSAGE_STATE[name].word) for name in states_for(reader))],
        "tab_query": f"&{urlencode(active)}" if active else "",
        "explanation": EXPLANATIONS[state],
        "fields": fields,
        "is_filtered": bool(active),
        "needs_order": needs_order,
        "problem": problem,
        "next": _address(query, found.next),
        "previous": _address(query, found.previous),
    }
    return render(request, "console/messages/page.html", context)


def _find(meaning: MessageFilter, cursor: str | None) -> tuple[str, Page[MessageRow]]:
    """A page, or a sentence saying why there is none."""
    try:
        return "", find_messages(meaning, cursor=cursor, page_size=PAGE_SIZE)
    except Unreadable:
        return "This page's place in the list is no longer known: start again from its beginning.", Page([])
    except (NotFound, Conflict) as error:
        return error.detail, Page([])


def _address(query: str, cursor: str | None) -> str:
    return f"/messages/?{query}{'&' if query else ''}cursor={cursor}" if cursor else ""


@require_safe
@page(Permission.SEE_MESSAGES)
def message(request: HttpRequest, reader: Reader, key: str) -> HttpResponse:
    detail = _visible(key, reader)
    is_sheet = request.headers.get("HX-Target") == "sheet"
    shown = shown_message(detail.row, reader.clock)
    context = {
        "message": shown,
        "short_type": short_type(shown.title),
        "has_contract": detail.row.type in CONTRACTS,
        "body": shown_body(detail),
        "content_type": detail.content_type,
        "attributes": sorted(detail.attributes.items()),
        "door": detail.door,
        "credential": detail.credential if reader.may(Permission.SEE_SOURCES) else "",
        "is_sheet": is_sheet,
    }
    return render(request, f"console/messages/{'sheet' if is_sheet else 'message'}.html", context)


@require_safe
@page(Permission.SEE_MESSAGES)
def message_body(_request: HttpRequest, reader: Reader, key: str) -> HttpResponse:
    """The bytes as they came, always as a download: what strangers sent must not run in the reader's browser."""
    detail = _visible(key, reader)
    response = HttpResponse(detail.body, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="message-{detail.row.key}{_suffix(detail.content_type)}"'
    return response


def _suffix(content_type: str) -> str:
    return (
        ".json"
        if "json" in content_type
        else ".xml"
        if "xml" in content_type
        else ".txt"
        if "text/" in content_type
        else ".bin"
    )


def _visible(key: str, reader: Reader) -> MessageDetail:
    try:
        found = get_message(key, visible_partner=reader.partner)
    except NotFound as error:
        raise Http404(error.detail) from error
    if found.row.state in MENDING_STATES and not reader.may(Permission.SEE_UNMATCHED):
        raise Http404("No such message, or none that you may see.")
    return found
