"""The inbox: what one was told, the newest first, and what is not read yet."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.roles import Permission
from apps.console.access import Reader, page
from apps.console.pages.notifications.presenters import shown_notification
from apps.core.errors import NotFound, Unreadable
from apps.delivery import inbox
from apps.delivery.queries import find_notifications

PAGE_SIZE = 50
PATH = "/notifications/"


@require_safe
@page(Permission.SEE_EXCEPTIONS)
def notification_list(request: HttpRequest, reader: Reader) -> HttpResponse:
    unread_only = request.GET.get("show") == "unread"
    problem, cursor = "", request.GET.get("cursor")
    try:
        found = find_notifications(reader.username, partner=reader.partner, unread_only=unread_only, cursor=cursor)
    except Unreadable:
        problem = "This page's place in the list is no longer known; here is its beginning."
        found = find_notifications(reader.username, partner=reader.partner, unread_only=unread_only)
    rows = [shown_notification(each, reader.clock) for each in found.rows]
    context = {
        "rows": rows,
        "has_unread": any(row.is_unread for row in rows),
        "until": found.rows[0].at.isoformat() if found.rows else "",
        "unread_only": unread_only,
        "problem": problem,
        "next": _address(found.next, unread_only=unread_only),
        "previous": _address(found.previous, unread_only=unread_only),
        "here": request.get_full_path() if not problem else PATH,
        "is_first": cursor is None,
    }
    is_part = request.headers.get("HX-Target") == "inbox"
    return render(request, f"console/notifications/{'list' if is_part else 'page'}.html", context)


@require_safe
@page(Permission.SEE_EXCEPTIONS)
def open_notification(_request: HttpRequest, reader: Reader, number: str) -> HttpResponse:
    """Where the notification leads; that it was read is noted on the way."""
    try:
        return redirect(inbox.read(number, username=reader.username, partner=reader.partner, now=reader.clock.now))
    except NotFound as error:
        raise Http404(error.detail) from error


@require_POST
@page(Permission.SEE_EXCEPTIONS)
def read_one(_request: HttpRequest, reader: Reader, number: str) -> HttpResponse:
    try:
        inbox.read(number, username=reader.username, partner=reader.partner, now=reader.clock.now)
    except NotFound as error:
        raise Http404(error.detail) from error
    return redirect(PATH)


@require_POST
@page(Permission.SEE_EXCEPTIONS)
def read_all(request: HttpRequest, reader: Reader) -> HttpResponse:
    """All that the reader had before their eyes: what came after the page was made stays unread."""
    until = _moment(request.POST.get("until", "")) or reader.clock.now
    inbox.read_all(username=reader.username, partner=reader.partner, until=until, now=reader.clock.now)
    return redirect(PATH)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _address(cursor: str | None, *, unread_only: bool) -> str:
    if cursor is None:
        return ""
    return f"{PATH}?{'show=unread&' if unread_only else ''}cursor={cursor}"
