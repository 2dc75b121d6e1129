"""Every refusal of the API as RFC 9457 problem details, whether DRF, Django or we raised it."""

import logging
import math
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.request import Request

from apps.api.authentication import CHALLENGE
from apps.core.errors import (
    DistSyncError,
    Forbidden,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unreadable,
    UnsupportedMedia,
)
from apps.core.problems import MethodNotAllowed, problem_response

DATABASE_RETRY_SECONDS = 2
logger = logging.getLogger(__name__)


class BadParameter(DistSyncError):
    """A query parameter that we do not know or whose value cannot be meant. `allowed` lists what can."""

    problem, title, status = "urn:distsync:problem:bad-parameter", "Bad query parameter", 400

    def __init__(self, parameter: str, detail: str, *, allowed: list[str] | None = None) -> None:
        entry: dict[str, object] = {"parameter": parameter, "detail": detail}
        if allowed is not None:
            entry["allowed"] = allowed
        super().__init__(detail, errors=[entry])


_KINDS: dict[type[exceptions.APIException], type[DistSyncError]] = {
    exceptions.ParseError: Unreadable,
    exceptions.ValidationError: Unreadable,
    exceptions.NotAuthenticated: Unauthenticated,
    exceptions.AuthenticationFailed: Unauthenticated,
    exceptions.PermissionDenied: Forbidden,
    exceptions.NotFound: NotFound,
    exceptions.UnsupportedMediaType: UnsupportedMedia,
}

_WORDS: dict[type[DistSyncError], str] = {
    Unauthenticated: "Send `Authorization: Bearer <token>`; `manage.py token create USER` makes a token.",
    NotFound: "There is nothing at this address, or nothing that you may see.",
    Forbidden: "Your role does not include this.",
}


def handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception hook. None (Django's own error page) only for what nobody expected."""
    request: Request = context["request"]
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("The database did not answer %s.", request.path, exc_info=error)
        away = Unavailable("The database cannot be reached now. Ask again.", retry_after_seconds=DATABASE_RETRY_SECONDS)
        return _respond(away, request)
    known = _known(error, request, context)
    return None if known is None else _respond(known, request)


def _respond(error: DistSyncError, request: Request | HttpRequest) -> HttpResponse:
    response = problem_response(error, getattr(request, "_request", request))
    if isinstance(error, Unauthenticated):
        response["WWW-Authenticate"] = CHALLENGE
    return response


def _known(error: Exception, request: Request, context: dict[str, Any]) -> DistSyncError | None:
    match error:
        case DistSyncError():
            return error
        case exceptions.MethodNotAllowed():
            return MethodNotAllowed(request.method, allowed=tuple(context["view"].allowed_methods))
        case exceptions.Throttled():
            return TooMany("Too many requests.", retry_after_seconds=math.ceil(getattr(error, "wait", None) or 1))
        case Http404() | PermissionDenied():
            kind: type[DistSyncError] = NotFound if isinstance(error, Http404) else Forbidden
            return kind(_WORDS[kind])
        case exceptions.APIException() if type(error) in _KINDS:
            kind = _KINDS[type(error)]
            return kind(_WORDS[kind] if _is_bland(error) and kind in _WORDS else str(error.detail))
    return None


def _is_bland(error: exceptions.APIException) -> bool:
    """True where the framework said no more than its own default."""
    return str(error.detail) == str(error.default_detail)
