"""The door `POST /api/v1/events`: CloudEvents in, an answer that is 2xx only for what is durable."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import cache

import msgspec
from django.conf import settings
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from structlog.contextvars import bind_contextvars

from apps.core.clients import client_address
from apps.core.errors import DistSyncError, Unauthenticated, Unavailable, Unreadable, UnsupportedMedia
from apps.core.problems import MethodNotAllowed, problem_response
from apps.core.text import printable
from apps.eventlog import log
from apps.eventlog.types import Appended, NewMessage
from apps.intake import doorbell
from apps.intake.arrivals import Arrivals, tell
from apps.intake.bodies import discard_rest, read_body
from apps.intake.envelope import BATCH_TYPE, STRUCTURED_TYPE, Arrival, Rejection, read_batch, read_binary, read_structured
from apps.intake.headers import attributes_of
from apps.intake.limits import Backlog, RateLimiter
from apps.intake.ownership import refuse_foreign
from apps.intake.rejections import record
from apps.partners.discovery import hear
from apps.partners.services import CredentialInfo, authenticate

DOOR = "events"
DATABASE_RETRY_SECONDS = 2
_UTF8_NAMES = ("", "utf-8", "utf8", "us-ascii", "ascii")
_backlog = Backlog()
logger = logging.getLogger(__name__)


@cache
def _rate_limiter(url: str) -> RateLimiter:
    return RateLimiter(url)


@csrf_exempt
def events(request: HttpRequest) -> HttpResponse:
    """202 with what became of each item; else problem details."""
    try:
        if request.method != "POST":
            raise MethodNotAllowed(request.method, allowed=("POST",))
        return _take(request, timezone.now())
    except DistSyncError as error:
        discard_rest(request)
        return problem_response(error, request)
    except (OperationalError, InterfaceError, InternalError):
        unavailable = Unavailable("The log cannot be reached now. Send this again.", retry_after_seconds=DATABASE_RETRY_SECONDS)
        return problem_response(unavailable, request)


def _take(request: HttpRequest, now: datetime) -> HttpResponse:
    credential = authenticate(bearer_token(request), DOOR, now, client_address(request))
    bind_contextvars(credential=credential.name)
    _backlog.refuse_when_full()
    arrival = Arrival(now, credential.name, DOOR, is_history=credential.may_send_history)
    items = refuse_foreign(_read(request, arrival), credential)
    limit = credential.rate_limit_per_second or settings.INTAKE_RATE_LIMIT_PER_SECOND
    _rate_limiter(settings.REDIS_URL).take(credential.name, len(items), limit)
    messages = [item for item in items if isinstance(item, NewMessage)]
    rejected = [item for item in items if isinstance(item, Rejection)]
    appended = log.append(messages, now=now)
    record(rejected, arrival)
    tell(Arrivals(credential.name, messages, appended, len(rejected)))
    if rejected and not messages:
        raise _nothing_taken(rejected)
    _after_commit(messages, appended, credential, now)
    return _answer(appended, rejected)


def _after_commit(messages: Sequence[NewMessage], appended: Appended, credential: CredentialInfo, now: datetime) -> None:
    """Nothing here may change the answer: the messages are durable."""
    if appended.accepted:
        doorbell.ring()
    speaks_for = None if credential.may_send_history else credential.partner or ""
    try:
        hear({message.source for message in messages}, partner=speaks_for, now=now)
    except DatabaseError:
        logger.warning("The sources of %s could not be noted as heard.", credential.name, exc_info=True)


def _read(request: HttpRequest, arrival: Arrival) -> Sequence[NewMessage | Rejection]:
    """The items of the request in whichever mode it came."""
    content_type = request.META.get("CONTENT_TYPE", "")
    media_type, _, parameters = content_type.partition(";")
    media_type = media_type.strip().lower()
    is_structured = media_type.startswith("application/cloudevents")
    headers = {} if is_structured else attributes_of(request.META.items())
    if is_structured:
        _refuse_other_formats(media_type, parameters)
    elif not headers:
        raise UnsupportedMedia(
            f"This door takes {BATCH_TYPE}, {STRUCTURED_TYPE}, or any Content-Type with the event's attributes in `ce-` "
            f"headers. It came as `{printable(media_type)}` without them."
        )
    body = read_body(request, settings.INTAKE_BODY_LIMIT_BYTES)
    if headers:
        return [read_binary(headers, content_type, body, arrival)]
    if media_type == BATCH_TYPE:
        return read_batch(body, arrival, settings.INTAKE_BATCH_LIMIT_EVENTS)
    return [read_structured(body, arrival)]


def _refuse_other_formats(media_type: str, parameters: str) -> None:
    if media_type not in (STRUCTURED_TYPE, BATCH_TYPE):
        raise UnsupportedMedia(f"This door reads CloudEvents as JSON ({STRUCTURED_TYPE}), not as `{printable(media_type)}`.")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and charset not in _UTF8_NAMES:
            raise UnsupportedMedia(f"JSON is UTF-8; `charset={printable(charset, 40)}` is not read.")


def bearer_token(request: HttpRequest) -> str:
    """The token of the Authorization header. Raises Unauthenticated."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send the credential's token as `Authorization: Bearer <token>`.")
    return str(token.strip())


def _nothing_taken(rejected: Sequence[Rejection]) -> Unreadable:
    first = rejected[0].reason
    detail = (
        f"Not taken: {first}."
        if len(rejected) == 1
        else f"None of the {len(rejected)} events could be read; the first: {first}."
    )
    return Unreadable(detail, errors=[_document(rejection) for rejection in rejected])


def _answer(appended: Appended, rejected: Sequence[Rejection]) -> HttpResponse:
    document = {
        "accepted": appended.accepted,
        "duplicates": appended.duplicates,
        "conflicts": appended.conflicts,
        "rejected": [_document(rejection) for rejection in rejected],
    }
    return HttpResponse(msgspec.json.encode(document), status=202, content_type="application/json")


def _document(rejection: Rejection) -> dict[str, object]:
    return {"index": rejection.index, "id": rejection.id, "reason": rejection.reason}
