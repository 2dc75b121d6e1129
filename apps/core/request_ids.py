"""Every request has an id: the caller's where it is well-formed, else one of ours. Answers and log lines carry it."""

import re
import uuid
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import LazyObject
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

HEADER: Final = "X-Request-ID"
# What proxies and tracing tools make: no blanks, no quotes, nothing that could begin a new line or a new field of a log.
WELL_FORMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/=-]{0,127}", re.ASCII)


class RequestIdMiddleware:
    """Binds `request_id` for all lines of the request, and afterwards `user` (the number, never the name) and the trace,
    for the line that the web process writes when the answer has gone out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        clear_contextvars()  # of the request that this thread answered before
        request_id = well_formed(request.headers.get(HEADER, "")) or uuid.uuid4().hex
        bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        if user := user_number(request):
            bind_contextvars(user=user)
        response.headers[HEADER] = request_id
        return response


def current() -> str:
    """The id of the request that this thread answers; empty outside one."""
    return str(get_contextvars().get("request_id", ""))


def well_formed(told: str) -> str:
    """`told`, or nothing when it is not an id that can be trusted in a log."""
    return told if WELL_FORMED.fullmatch(told) else ""


def user_number(request: HttpRequest) -> int | None:
    """Of whoever asked, when that is known already: nobody is looked up for a log line."""
    held: Any = request.__dict__.get("user")
    if isinstance_lazily(held):
        held = request.__dict__.get("_cached_user")
    return getattr(held, "pk", None)


def isinstance_lazily(held: object) -> bool:
    """True for a lazy object, without waking it (isinstance would ask what it stands for)."""
    return issubclass(type(held), LazyObject)
