"""Who may call: a user's token or a login, and 401 as a problem for everybody else."""

from collections.abc import Callable
from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from apps.accounts.models import ApiToken, User
from apps.accounts.services import issue_token
from tests.apps.api.conftest import Caller

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]
PATHS = (
    "orders",
    "orders/SO-1",
    "orders/SO-1/timeline",
    "messages",
    "messages/1",
    "contracts",
    "contracts/order.placed",
    "partners",
)


@pytest.mark.parametrize("path", PATHS)
def test_nobody_is_401_everywhere(client: Client, path: str) -> None:
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="DistSync"'
    assert response.json() == {
        "type": "urn:distsync:problem:unauthenticated",
        "title": "Not authenticated",
        "status": 401,
        "detail": "Send `Authorization: Bearer <token>`; `manage.py token create USER` makes a token.",
        "instance": f"/api/v1/{path}",
    }


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer dsu_unknown", "bearer x y", "Bearer \xe4", "Basic bWlhOnB3", "dsu_x", ""]
)
def test_a_bad_credential_is_401(client: Client, header: str) -> None:
    response = client.get("/api/v1/orders", headers={"Authorization": header})
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="DistSync"')


def test_the_scheme_may_be_written_in_any_case(caller: Make) -> None:
    ada = caller()
    assert ada.client.get("/api/v1/orders", headers={"Authorization": f"bEaReR {ada.token}"}).status_code == 200


def test_revoked_and_expired_tokens_are_401(caller: Make) -> None:
    ada = caller()
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ada.problem("orders", 401)["detail"] == "This token has expired. `manage.py token create USER` makes a new one."
    ApiToken.objects.update(expires_at=None, revoked_at=timezone.now())
    assert ada.problem("orders", 401)["detail"] == "This token is not known here. `manage.py token create USER` makes one."


def test_a_token_of_somebody_who_left_is_401(caller: Make) -> None:
    ada = caller()
    User.objects.update(is_active=False)
    assert ada.problem("orders", 401)["status"] == 401


def test_a_login_is_enough(client: Client, caller: Make) -> None:
    client.force_login(caller().user)
    assert client.get("/api/v1/orders").status_code == 200


def test_a_bad_token_is_not_saved_by_a_login(client: Client, caller: Make) -> None:
    client.force_login(caller().user)
    assert client.get("/api/v1/orders", headers={"Authorization": "Bearer dsu_unknown"}).status_code == 401


def test_an_unsafe_method_needs_the_csrf_token_with_a_login_and_not_with_a_token(caller: Make) -> None:
    user = caller().user
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    refused = browser.post("/api/v1/orders")
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")
    assert refused.json()["detail"].startswith("CSRF Failed")
    machine = Client(enforce_csrf_checks=True)
    answer = machine.post("/api/v1/orders", headers={"Authorization": f"Bearer {issue_token(user)[1]}"})
    assert (answer.status_code, answer.headers["Allow"], answer.json()["title"]) == (
        405,
        "GET, HEAD, OPTIONS",
        "Method not allowed",
    )


def test_answers_are_kept_from_shared_caches(caller: Make) -> None:
    response = caller().get("orders")
    assert (response.headers["Cache-Control"], response.headers["Vary"]) == ("private, no-cache", "Authorization, Cookie")


def test_json_comes_whatever_is_accepted(caller: Make) -> None:
    for accepted in ("text/html", "application/xml", "*/*", "garbage"):
        assert caller().get("orders", Accept=accepted).headers["Content-Type"] == "application/json"


def test_without_the_database_it_is_503_and_asked_again(client: Client) -> None:
    with mock.patch("apps.api.authentication.user_of_token", side_effect=OperationalError("gone")):
        response = client.get("/api/v1/orders", headers={"Authorization": "Bearer dsu_x"})
    assert (response.status_code, response.headers["Retry-After"], response.json()["title"]) == (503, "2", "Unavailable")
