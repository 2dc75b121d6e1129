"""A partner's user and what is another's: not there by address, not in any body, and of no influence on what is shown."""

import json
import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.accounts.roles import Permission, Role, may
from apps.live import views
from tests.messages import ERP, MIDDLEWARE, NORTH, NOW, OMS, SOUTH, hear, line, message, process, tell
from tests.security.addresses import ADDRESSES, Kind

pytestmark = pytest.mark.django_db
READ = [
    address
    for route, address in ADDRESSES.items()
    if "GET" in address.methods and address.kind in {Kind.PAGE, Kind.API} and not route.startswith("demo/")
]
# In each of these stands one word that no other text has, so that one search finds whatever leaks.
MARK = "FOREIGN"
CUSTOMER = {"id": f"C-{MARK}", "name": f"Clinic {MARK}"}
MONEY = "98765.43"
HIDDEN = {  # pages that no partner sees, and samples of what there is none of
    address.url
    for address in READ
    if address.methods["GET"] != 200 or (address.needs is not None and not may(Role.PARTNER, address.needs))
}


def own(order: str, leg: str) -> list[Any]:
    lines, priced = [line("1", "GLV", 4)], [line("1", "GLV", 4, unit_price=MONEY)]
    here, shipment = {"partner": "northstar", "site": "ATL"}, f"S-{leg}"
    return [
        message("order.placed", OMS, order=order, lines=priced, customer=CUSTOMER, currency="CHF"),
        message("leg.released", MIDDLEWARE, minute=1, order=order, leg=leg, lines=lines, **here),
        message("leg.shipped", NORTH, minute=2, leg=leg, shipment=shipment, lines=lines, tracking=[f"T-{leg}"]),
        message("shipment.posted", ERP, minute=3, shipment=shipment, posting=f"P-{MARK}-{leg}", amount=MONEY),
        message("shipment.failed", NORTH, minute=4, shipment=shipment, reason="dock closed"),
        message("invoice.issued", ERP, minute=4, invoice=f"I-{MARK}-{leg}", shipments=[shipment], amount=MONEY),
    ]


def foreign(order: str, number: str) -> list[Any]:
    """Polaris's leg, with a word of its own in everything that names it."""
    leg, shipment = f"L-{MARK}-{number}", f"S-{MARK}-{number}"
    ids = {word: f"{word}-{MARK}-{number}" for word in ("release", "ship", "problem", "failed")}
    lines = [line(f"9{number}", f"SKU-{MARK}-{number}", 7)]
    there = {"partner": "polaris", "site": f"SITE-{MARK}"}
    shipped = {"shipment": shipment, "lines": lines, "tracking": [f"T-{MARK}-{number}"]}
    return [
        message("leg.released", MIDDLEWARE, minute=5, id=ids["release"], order=order, leg=leg, lines=lines, **there),
        message("leg.shipped", SOUTH, minute=6, id=ids["ship"], leg=leg, **shipped),
        message("leg.problem", SOUTH, minute=7, id=ids["problem"], leg=leg, code="damaged", reason=f"R-{MARK}"),
        message("shipment.failed", SOUTH, minute=8, id=ids["failed"], shipment=shipment, reason=f"R-{MARK}"),
    ]


def client_of(partner: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=f"user of {partner}", role="partner", partner=partner))
    return client


def positions(pattern: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT position FROM eventlog_message WHERE id LIKE %s ORDER BY position", [pattern])
        return [str(position) for (position,) in cursor.fetchall()]


def read(client: Client, url: str) -> tuple[int, str]:
    response = client.get(url)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|id="csrf" value="\w+"', "", body.decode())
    return response.status_code, text


@pytest.fixture(autouse=True)
def _at_one_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def north() -> Client:
    tell(*own("NORTH-1", "NORTH-1-A"))
    return client_of("northstar")


def places() -> list[str]:
    """Every address that is read, about the partner's own message and exception."""
    listed = ["/orders/?late=yes", "/messages/?order=NORTH-1", "/api/v1/messages?order=NORTH-1", "/search/?search=N"]
    key, case = own_key(), cases_of("NORTH-1", "DELIVERY_FAILED")[0]
    return [*(address.url.replace("{key}", key).replace("{case}", case) for address in READ), *listed]


def own_key() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT position FROM eventlog_message WHERE type LIKE '%%leg.shipped%%' AND source = %s", [NORTH])
        return str(cursor.fetchone()[0])


def cases_of(order: str, code: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(id, 'hex') FROM exceptions_case WHERE handle = %s AND code = %s", [order, code])
        return [number for (number,) in cursor.fetchall()]


def test_orders_of_others_change_nothing_of_what_is_shown(north: Client) -> None:
    """Every page, list, count, export and search, byte by byte, before and after others had their own orders."""
    before = {place: read(north, place) for place in places()}
    assert {place for place, (status, _) in before.items() if status != 200} == HIDDEN
    lines = [line("1", "GLV", 4, unit_price=MONEY)]
    tell(message("order.placed", OMS, order=f"O-{MARK}", lines=lines, customer=CUSTOMER), *foreign(f"O-{MARK}", "1"))
    hear(message("order.placed", OMS, order=f"O-{MARK}-2", lines="none", id=f"bad-{MARK}"))
    process()
    assert {place: read(north, place) for place in places()} == before


def test_nothing_of_a_shared_order_but_the_own_leg_is_in_any_body(north: Client) -> None:
    tell(*foreign("NORTH-1", "2"))
    staff = Client()
    staff.force_login(User.objects.create(username="ada", role="administrator"))
    shown = 0
    for place in places():
        status, text = read(north, place)
        assert not [word for word in (MARK, MONEY, "polaris", "CHF") if word in text], f"{place} ({status})"
        shown += status == 200
        read(staff, place)
    assert shown == len(places()) - len(HIDDEN)
    assert MARK in read(staff, "/orders/NORTH-1/")[1], "the words are there for those who may read them"
    assert MARK in read(staff, "/api/v1/orders/NORTH-1")[1]


def test_what_is_anothers_is_not_there_by_any_address(north: Client) -> None:
    tell(message("order.placed", OMS, order=f"O-{MARK}", lines=[], customer=CUSTOMER), *foreign(f"O-{MARK}", "3"))
    keys = positions(f"%{MARK}%")
    assert len(keys) == 4
    cases = cases_of(f"O-{MARK}", "DELIVERY_FAILED")
    assert cases
    names = [f"O-{MARK}", f"L-{MARK}-3", f"S-{MARK}-3", f"T-{MARK}-3", f"ship-{MARK}-3", *keys, *cases]
    tried = 0
    for route, address in ADDRESSES.items():
        if "<" not in route or not address.of:
            continue
        prefix, _, rest = ("/" + route).partition("<")
        for name in names:
            url = f"{prefix}{name}{rest.partition('>')[2]}".replace("<slug:act>", "comment")
            if "GET" in address.methods:
                answer = north.get(url)
            elif address.json is not None:
                answer = north.post(url, json.dumps(address.json), content_type="application/json")
            else:
                answer = north.post(url, address.body)
            barred = {403, 404} if address.does or address.needs is Permission.EDIT_PLAYBOOKS else {404}
            assert answer.status_code in barred, f"{url}: {answer.status_code}"
            tried += 1
    assert tried >= 6 * len(names)
    searches = ("/search/", "/api/v1/orders", "/orders/export.csv", "/orders/")
    for text in names:
        for place in searches:
            found = read(north, f"{place}?search={text}")[1].replace(text, "")
            assert MARK not in found, (place, text)


def test_live_hints_name_only_the_own_orders(north: Client) -> None:
    tell(message("order.placed", OMS, order=f"O-{MARK}", lines=[]), *foreign(f"O-{MARK}", "4"))
    choose = views._choice_for(User.objects.get(username="user of northstar"))
    with mock.patch.object(views.connection, "close"):  # the stream's own; here it is the test's
        assert list(choose(["NORTH-1", f"O-{MARK}", "unknown"])) == ["NORTH-1"]
