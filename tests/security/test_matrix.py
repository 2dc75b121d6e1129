"""Every address of the URL configuration x everybody x every method: what it answers is what the matrix says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.urls import URLPattern, get_resolver
from pytest_django import Settings

from apps.accounts.models import SavedView, User
from apps.live.hub import hub
from tests.messages import MIDDLEWARE, NORTH, OMS, line, message, tell
from tests.security.addresses import ADDRESSES, METHODS, Address, Kind
from tests.security.people import Person, everybody

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.security.urls"), pytest.mark.xdist_group("matrix")]
EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "/oms",
    "type": "distsync.order.placed.v1",
    "data": {"order": "X", "lines": []},
}


URLS = "tests.security.urls"


def routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    for pattern in get_resolver(URLS).url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern.url_patterns, route)


ROUTES = list(dict.fromkeys(routes()))
TWINS = {f"{route}/" for route in ADDRESSES if f"{route}/" in ROUTES}  # the same view with a last slash


def story() -> str:
    """An order whose one leg is northstar's; the key of the message that shipped it."""
    lines = [line("1", "GLV", 4)]
    leg = {"order": "NORTH-1", "leg": "NORTH-1-A", "partner": "northstar", "site": "ATL"}
    tell(
        message("order.placed", OMS, order="NORTH-1", lines=lines),
        message("leg.released", MIDDLEWARE, minute=1, lines=lines, **leg),
        message("leg.shipped", NORTH, minute=2, id="the-shipment", leg="NORTH-1-A", shipment="S-1", lines=lines),
        message("shipment.failed", NORTH, minute=3, shipment="S-1", reason="nobody there"),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT position FROM eventlog_message WHERE id = 'the-shipment'")
        return str(cursor.fetchone()[0])


def failed_delivery() -> str:
    """The exception that the story opens."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(id, 'hex') FROM exceptions_case WHERE code = 'DELIVERY_FAILED'")
        return str(cursor.fetchone()[0])


class World:
    def __init__(self) -> None:
        self.key = story()
        self.case = failed_delivery()
        self.people = everybody()
        SavedView.objects.create(pk=1_000_000_000, owner=User.objects.get(username="manager"), page="orders", name="a view")

    def url(self, address: Address) -> str:
        return address.url.replace("{key}", self.key).replace("{case}", self.case)


@pytest.fixture(autouse=True)
def _with_the_sandbox(settings: Settings, tmp_path: Path) -> None:
    settings.DEMO, settings.DATA_DIR = "live", tmp_path


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_timeout = 0")  # all of the module's tests are one transaction
        yield World()
        transaction.set_rollback(True)
    if hub._thread is not None:
        hub._thread.join(5)


def answered(world: World, person: Person, address: Address, url: str, method: str) -> int:
    by_token = address.kind is Kind.API
    if address.kind in {Kind.ACCOUNT, Kind.API}:
        cache.clear()  # allauth counts what is asked of it, and the API the guesses at tokens
    if address.kind is Kind.DOOR:
        headers = {"Content-Type": "application/cloudevents+json"}
        response = person.ask(method, url, json.dumps(EVENT), by_token=not person.role, **headers)
    elif address.json is not None:
        response = person.ask(method, url, json.dumps(address.json), by_token=by_token, **{"Content-Type": "application/json"})
    else:
        response = person.ask(method, url, address.body, by_token=by_token)
    if response.status_code == 302 and address.kind is Kind.PAGE and not person.role:
        assert response["Location"].startswith("/accounts/login/?next=")
    return response.status_code


def test_every_address_has_a_line() -> None:
    missing = [route for route in ROUTES if route not in ADDRESSES and route not in TWINS]
    lines = "\n".join(f'    r"{route}": Address(Kind.…, "/…", GET, Permission.…),' for route in missing)
    assert not missing, (
        "Add a line to tests/security/addresses.py, with the permission that it needs and what its methods answer:\n" + lines
    )
    assert not [route for route in ADDRESSES if route not in ROUTES], "a line without its address"


@pytest.mark.parametrize("route", [*ADDRESSES, *sorted(TWINS)])
def test_the_address_answers_everybody_as_the_matrix_says(world: World, route: str) -> None:
    address = ADDRESSES[route.removesuffix("/")] if route in TWINS else ADDRESSES[route]
    url = world.url(address)
    if route in TWINS:
        path, mark, query = url.partition("?")
        url = f"{path}/{mark}{query}"
    wrong: dict[str, list[str]] = {}
    for person in world.people:
        for method in METHODS:
            expected, got = person.expected(address, method), answered(world, person, address, url, method)
            if got != expected:
                wrong.setdefault(f"{method} {url} answers {got} instead of {expected} to", []).append(person.name)
    assert not wrong, "\n".join(f"{what} {', '.join(names)}" for what, names in wrong.items())


@pytest.mark.parametrize("route", [route for route, address in ADDRESSES.items() if address.kind is Kind.API])
def test_a_session_is_answered_by_the_api_as_a_token_is(world: World, route: str) -> None:
    address = ADDRESSES[route]
    for person in world.people:
        if person.role:
            got = person.ask("GET", world.url(address), by_token=False).status_code
            assert got == person.expected(address, "GET"), person.name


def test_a_door_knows_no_session_and_no_users_token(world: World) -> None:
    for person in world.people:
        if person.role:
            headers = {"Content-Type": "application/cloudevents+json"}
            for by_token in (True, False):
                answer = person.ask("POST", "/api/v1/events", json.dumps(EVENT), by_token=by_token, **headers)
                assert answer.status_code == 401, person.name
