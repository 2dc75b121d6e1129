"""The live streams: `changed` (which orders; null for "look again at all"), `inbox` (the reader's own has changed) and
`pulse` (how far behind the screens are)."""

from collections.abc import Iterable
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from apps.accounts.models import User
from apps.accounts.roles import Permission, may
from apps.core.errors import DistSyncError, NotFound, Unauthenticated
from apps.core.problems import problem_response
from apps.delivery.queries import unread_count
from apps.live.hints import of_person
from apps.live.hub import behind_seconds, hub
from apps.live.streams import Choose, EventStream
from apps.orders.queries import get_order, handles_of_partner
from apps.orders.visibility import redact, visible_partner


@require_GET
def orders(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Every order that the reader may see."""
    try:
        reader = _reader(request)
        return _stream(request, reader, _choice_for(reader))
    except DistSyncError as error:
        return problem_response(error, request)


@require_GET
def order(request: HttpRequest, identifier: str) -> HttpResponse | StreamingHttpResponse:
    """One order."""
    try:
        reader = _reader(request)
        handle = _visible_handle(identifier, reader)
        return _stream(request, reader, lambda changed: {handle} & set(changed))
    except DistSyncError as error:
        return problem_response(error, request)


@require_GET
def inbox(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The reader's own inbox, and no order."""
    try:
        return _stream(request, _reader(request), lambda _changed: ())
    except DistSyncError as error:
        return problem_response(error, request)


@require_GET
def freshness(request: HttpRequest) -> HttpResponse:
    """How far behind the screens are, and how many notifications the reader has not read, for pages that hold no stream."""
    try:
        reader = _reader(request)
    except DistSyncError as error:
        return problem_response(error, request)
    unread = unread_count(reader.username, partner=visible_partner(reader))
    told = {"behind_seconds": round(behind_seconds(), 1), "unread": unread}
    return JsonResponse(told, headers={"Cache-Control": "no-store"})


def _reader(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Unauthenticated("Sign in first.")
    if not may(request.user.role, Permission.SEE_ORDERS):
        raise NotFound("There is nothing at this address, or nothing that you may see.")
    return request.user


def _choice_for(user: User) -> Choose:
    partner = visible_partner(user)
    if partner is None:
        return lambda changed: changed

    def own(changed: Iterable[str]) -> Iterable[str]:
        try:
            return handles_of_partner(changed, partner)
        finally:
            connection.close()

    return own


def _visible_handle(identifier: str, user: User) -> str:
    partner = visible_partner(user)
    found = get_order(identifier, visible_partner=partner)
    if partner is not None and not redact(found.state, user).legs:
        raise NotFound("There is no such order, or none that you may see.")
    return found.handle


def _still_welcome(session_key: str | None, reader: User) -> bool:
    """True while the session stands, for the same active user with the same role and partner."""
    asking = HttpRequest()
    asking.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    try:
        user = get_user(asking)
    finally:
        connection.close()
    return isinstance(user, User) and (user.pk, user.role, user.partner) == (reader.pk, reader.role, reader.partner)


def _stream(request: HttpRequest, reader: User, choose: Choose) -> StreamingHttpResponse:
    """`age` says how many milliseconds ago the page was rendered, so that no change falls between page and stream."""
    age = request.GET.get("age", "")
    milliseconds = int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0
    session_key = request.session.session_key
    subscription = hub.subscribe(milliseconds / 1_000)
    own = of_person(reader.username)
    stream = EventStream(hub, subscription, choose, lambda: _still_welcome(session_key, reader), inbox=own)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(stream, content_type="text/event-stream", headers=headers)
