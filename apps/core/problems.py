"""RFC 9457 problem details for plain Django views, and the error pages: JSON at the doors and the API, else HTML."""

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, loader

from apps.core.errors import DistSyncError, Forbidden, NotFound, TooMany, Unauthenticated, Unavailable, Unreadable

CONTENT_TYPE = "application/problem+json"
_MACHINE_PREFIXES = ("/api/", "/v1/", "/hooks/")


class MethodNotAllowed(DistSyncError):
    """A path that exists, asked by a method that it does not answer. `allowed` are those that it does."""

    problem, title, status = "urn:distsync:problem:method-not-allowed", "Method not allowed", 405

    def __init__(self, method: str | None, *, allowed: tuple[str, ...]) -> None:
        super().__init__(f"This address does not answer {method}: use {' or '.join(allowed)}.")
        self.allowed = allowed


class InternalError(DistSyncError):
    """Our own failure. Nothing of it is told but that it happened."""

    problem, title, status = "urn:distsync:problem:internal", "Internal error", 500


def problem_response(error: DistSyncError, request: HttpRequest) -> HttpResponse:
    """`error` as problem details, with the headers that its status asks for."""
    body: dict[str, Any] = {
        "type": error.problem,
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": request.path,
    }
    if error.errors:
        body["errors"] = error.errors
    response = HttpResponse(msgspec.json.encode(body), status=error.status, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    if isinstance(error, TooMany | Unavailable):
        response["Retry-After"] = str(error.retry_after_seconds)
    elif isinstance(error, Unauthenticated):
        response["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, MethodNotAllowed):
        response["Allow"] = ", ".join(error.allowed)
    return response


def speaks_json(request: HttpRequest) -> bool:
    """True at the addresses that machines use."""
    return request.path_info.startswith(_MACHINE_PREFIXES)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it by this name
    return error_page(request, Unreadable("The request cannot be read: its host, path, headers or form are not valid."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it by this name
    return error_page(request, Forbidden("You may not do that."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it by this name
    return error_page(request, NotFound("There is nothing at this address."))


def too_many(request: HttpRequest) -> HttpResponse:
    """What allauth shows over its own limits, which all count by the minute."""
    return error_page(request, TooMany("You did that too often. Try again in a minute.", retry_after_seconds=60))


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(request, InternalError("This failed on our side. It has been logged; nothing was half done."))


def error_page(request: HttpRequest, error: DistSyncError) -> HttpResponse:
    """Problem details where machines ask, else the page of that status in the console's design."""
    if speaks_json(request):
        return problem_response(error, request)
    # A page about a failure must not fail: a server error renders without the context processors, which may be its cause.
    try:
        html = loader.render_to_string(
            f"errors/{error.status}.html", {"error": error}, None if error.status >= 500 else request
        )
    except TemplateDoesNotExist:
        return HttpResponse(f"{error.title}. {error.detail}", status=error.status, content_type="text/plain; charset=utf-8")
    response = HttpResponse(html, status=error.status)
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.retry_after_seconds)
    return response
