"""Sessions and redirects: what a login, a logout, a new password and a new role do to what is open already."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.accounts.services import create_user, issue_token, set_role
from apps.live import streams
from apps.live.hub import hub

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _fresh_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    cache.clear()
    monkeypatch.setattr(hub, "_run", lambda: None)  # its thread would look at the database when the test is over
    yield
    hub._subscriptions.clear()


@pytest.fixture
def mia() -> User:
    return create_user("mia", role=Role.FINANCE, password=PASSWORD)


def log_in(client: Client, **form: str) -> Any:
    return client.post("/accounts/login/", {"login": "mia", "password": PASSWORD, **form})


def status(client: Client, url: str = "/orders/") -> int:
    return client.get(url).status_code


def test_a_login_changes_the_session_and_the_forms_token(mia: User) -> None:
    """Whoever planted a session in the browser before the login does not share the one after it."""
    client = Client()
    client.session["planted"] = True
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    csrf = client.get("/accounts/login/").cookies[settings.CSRF_COOKIE_NAME].value
    log_in(client)
    assert client.session.session_key != session.session_key
    assert client.cookies[settings.CSRF_COOKIE_NAME].value != csrf
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert status(stolen) == 302


def test_a_logout_ends_the_session_on_the_server(mia: User) -> None:
    client, copy = Client(), Client()
    log_in(client)
    copy.cookies[settings.SESSION_COOKIE_NAME] = client.session.session_key
    assert status(copy) == 200
    client.get("/accounts/logout/")
    assert status(copy) == 200, "an address alone signs nobody out"
    client.post("/accounts/logout/")
    assert status(copy) == 302


def test_a_new_password_ends_the_other_sessions_and_keeps_the_own(mia: User) -> None:
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    new = "another horse battery"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert (status(here), status(there)) == (200, 302)


def test_a_password_set_by_the_administrator_ends_every_session(mia: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    log_in(client)
    monkeypatch.setattr("sys.stdin.readline", lambda: "another horse battery\n", raising=False)
    call_command("user", "set-password", "mia", verbosity=0)
    assert status(client) == 302


def test_a_new_role_and_a_deactivation_hold_at_once(mia: User) -> None:
    client, token = Client(), {"Authorization": f"Bearer {issue_token(mia)[1]}"}
    log_in(client)
    assert status(client, "/sources/") == 404
    set_role(mia, role=Role.INTEGRATION)
    assert status(client, "/sources/") == 200
    set_role(mia, role=Role.PARTNER, partner="northstar")
    assert (status(client, "/sources/"), status(client)) == (404, 200)
    call_command("user", "deactivate", "mia", verbosity=0)
    assert (status(client), Client().get("/api/v1/orders", headers=token).status_code) == (302, 401)
    call_command("user", "activate", "mia", verbosity=0)
    assert Client().get("/api/v1/orders", headers=token).status_code == 200


@pytest.mark.parametrize("what", ["nothing", "logout", "role", "partner", "deactivate", "password"])
def test_a_live_stream_ends_for_whom_it_is_no_longer(mia: User, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.live.views.connection.close", lambda: None)
    client = Client()
    log_in(client)
    response = client.get("/live/orders")
    held = [closer.__self__ for closer in response._resource_closers]
    (is_welcome,) = (each._is_welcome for each in held if isinstance(each, streams.EventStream))
    assert is_welcome()
    match what:
        case "logout":
            client.post("/accounts/logout/")
        case "role":
            set_role(mia, role=Role.MANAGER)
        case "partner":
            User.objects.update(partner="northstar")
        case "deactivate":
            User.objects.update(is_active=False)
        case "password":
            mia.set_password("another")
            mia.save()
    assert is_welcome() is (what == "nothing")


def test_a_stream_asks_from_time_to_time_whether_its_reader_is_welcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "WELCOME_SECONDS", 0.0)
    answers = iter([True, True, False])
    monkeypatch.setattr(streams, "TURN_SECONDS", 0.01)
    monkeypatch.setattr("apps.live.streams.connections.close_all", lambda: None)
    stream = streams.EventStream(hub, hub.subscribe(), lambda changed: changed, lambda: next(answers))
    told = list(stream)  # it comes to an end
    assert told[0].startswith(b"retry:")
    assert list(answers) == []
    stream.close()


def test_a_session_ends_after_a_working_day_or_two_weeks_where_asked(mia: User) -> None:
    day, weeks = Client(), Client()
    with time_machine.travel("2026-05-04 08:00:00+00:00", tick=False):
        cookie = log_in(day).cookies[settings.SESSION_COOKIE_NAME]
        assert cookie["max-age"] == "", "it goes when the browser is closed"
        kept = log_in(weeks, remember="on").cookies[settings.SESSION_COOKIE_NAME]
        assert (kept["max-age"], kept["httponly"], kept["samesite"]) == (14 * 24 * 3600, True, "Lax")
    with time_machine.travel("2026-05-04 19:59:00+00:00", tick=False):
        assert (status(day), status(weeks)) == (200, 200)
    with time_machine.travel("2026-05-04 20:01:00+00:00", tick=False):
        assert (status(day), status(weeks)) == (302, 200)
    with time_machine.travel("2026-05-18 08:01:00+00:00", tick=False):
        assert status(weeks) == 302


ELSEWHERE = [
    *("https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)"),
    *("http:evil.example", "https:///evil.example", " //evil.example", "/%09/evil.example", "https://testserver@evil.example/"),
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_login_leads_elsewhere(mia: User, target: str) -> None:
    client = Client()
    to = log_in(client, next=target)["Location"]
    assert to == "/" or to.startswith("/%09/"), to
    assert client.get("/accounts/login/", {"next": target})["Location"] in {"/", target if target.startswith("/%") else "/"}
    assert client.post("/accounts/logout/", {"next": target})["Location"] in {"/", target if target.startswith("/%") else "/"}


def test_a_login_leads_back_to_the_page_that_asked_for_it(mia: User) -> None:
    assert (
        Client().get("/orders/?region=EU&late=yes")["Location"] == "/accounts/login/?next=/orders/%3Fregion%3DEU%26late%3Dyes"
    )
    assert log_in(Client(), next="/orders/?region=EU")["Location"] == "/orders/?region=EU"
