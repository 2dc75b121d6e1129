"""Problem details, and who gets them instead of a page."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path, re_path

from apps.core.errors import Conflict, DistSyncError, TooMany, Unauthenticated, Unavailable
from apps.core.problems import MethodNotAllowed, bad_request, not_found, permission_denied, problem_response, server_error
from apps.core.requests import TolerantRequest

handler400, handler403, handler404, handler500 = bad_request, permission_denied, not_found, server_error


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret detail")


def refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.GET.get("x", ""))


urlpatterns = [re_path(r".*fail$", fail), re_path(r".*refuse$", refuse), path("echo", echo)]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def _no_middleware() -> object:
    with override_settings(MIDDLEWARE=["django.middleware.common.CommonMiddleware"]):
        yield


def test_an_error_becomes_problem_details() -> None:
    error = Conflict("Two issuers use SO-1.", errors=[{"order": "oms:SO-1"}, {"order": "shop:SO-1"}])
    response = problem_response(error, RequestFactory().get("/api/v1/orders/SO-1"))
    assert (response.status_code, response["Content-Type"]) == (409, "application/problem+json")
    assert json.loads(response.content) == {
        "type": "urn:distsync:problem:conflict",
        "title": "Conflict",
        "status": 409,
        "detail": "Two issuers use SO-1.",
        "instance": "/api/v1/orders/SO-1",
        "errors": [{"order": "oms:SO-1"}, {"order": "shop:SO-1"}],
    }


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (Unauthenticated("Who?"), "WWW-Authenticate", "Bearer"),
        (TooMany("Slower.", retry_after_seconds=7), "Retry-After", "7"),
        (Unavailable("Later.", retry_after_seconds=2), "Retry-After", "2"),
        (MethodNotAllowed("GET", allowed=("POST", "PUT")), "Allow", "POST, PUT"),
    ],
)
def test_a_status_has_its_header(error: DistSyncError, header: str, value: str) -> None:
    response = problem_response(error, RequestFactory().get("/"))
    assert response[header] == value
    assert "errors" not in json.loads(response.content)


@pytest.mark.parametrize("prefix", ["/api/", "/api/v1/", "/v1/", "/hooks/"])
@pytest.mark.parametrize(("name", "status"), [("nothing", 404), ("refuse", 403), ("fail", 500)])
def test_machines_get_problem_details(prefix: str, name: str, status: int) -> None:
    response = Client(raise_request_exception=False).get(prefix + name)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert b"secret" not in response.content


@pytest.mark.parametrize(("name", "status"), [("nothing", 404), ("refuse", 403), ("fail", 500)])
def test_people_get_no_json(name: str, status: int) -> None:
    with override_settings(TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}]):
        response = Client(raise_request_exception=False).get("/" + name)
    assert (response.status_code, response["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert b"secret" not in response.content


def test_an_unknown_host_is_a_problem_to_machines() -> None:
    response = Client().get("/api/v1/nothing", HTTP_HOST="evil.example")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.django_db  # a request's start looks at the process's connection, where it has one
@pytest.mark.parametrize(
    "content_type",
    ["text/plain; charset*=utf-8''a%00b", "text/plain; charset*=nope''%41", "text/plain; charset=rot13", "a;" + "b" * 20_000],
)
def test_a_content_type_never_breaks_a_request(content_type: str) -> None:
    environ = RequestFactory()._base_environ(  # the server's side of a request, before Django reads any of it
        PATH_INFO="/echo", QUERY_STRING="x=%C3%BC", CONTENT_TYPE=content_type
    )
    application = get_wsgi_application()
    application.request_class = TolerantRequest
    statuses: list[str] = []
    body = b"".join(application(environ, lambda status, headers: statuses.append(status)))
    assert (statuses, body.decode()) == (["200 OK"], "ü")
