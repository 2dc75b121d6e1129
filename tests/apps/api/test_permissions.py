"""Every endpoint x every role, and what a partner's user finds in each answer."""

import json
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection

from apps.accounts.roles import MATRIX, Permission, Role
from apps.api.urls import urlpatterns
from tests.apps.api.conftest import NOW, Caller, event, tell
from tests.apps.api.stories import two_legs
from tests.apps.api.test_exception_permissions import ADDRESSES as EXCEPTION_ADDRESSES

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]
STAFF = [role for role in Role if role is not Role.PARTNER]

# endpoint -> the statuses for staff, for the partner of a leg, for a partner without one
EXPECTED = {
    "orders": (200, 200, 200),
    "orders/SO-1": (200, 200, 404),
    "orders/SO-1/timeline": (200, 200, 404),
    "orders/SO-9": (404, 404, 404),
    "orders?money=posted": (200, 403, 403),
    "messages": (200, 200, 200),
    "messages?order=SO-1": (200, 200, 404),
    "messages/SO-1-s1": (200, 200, 404),
    "messages/SO-1-placed": (200, 404, 404),
    "messages/SO-1-p1": (200, 404, 404),
    "messages/SO-1-r2": (200, 404, 404),
    "contracts": (200, 200, 200),
    "contracts/order.placed": (200, 200, 200),
    "partners": (200, 200, 200),
    "incidents": (200, 200, 200),
    "incidents/ff": (404, 404, 404),
    "schema": (200, 200, 200),
}


@pytest.fixture(autouse=True)
def _story() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        tell(*two_legs())
        tell(event("order.placed", "urn:oms", "hidden", "2026-05-12T09:00:00Z", order="SO-2", lines=[], customer={"name": "X"}))
        yield


def key_of(message: str) -> str:
    """A message's key, so that a partner's user asks for exactly that one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT position FROM eventlog_message WHERE id = %s", [message])
        (position,) = cursor.fetchone()
    return str(position)


def path_of(endpoint: str) -> str:
    place, _, message = endpoint.partition("messages/")
    return f"{place}messages/{key_of(message)}" if message else endpoint


@pytest.mark.parametrize("role", STAFF)
def test_staff(caller: Make, role: Role) -> None:
    somebody = caller(role)
    got = {endpoint: somebody.get(path_of(endpoint)).status_code for endpoint in EXPECTED}
    assert got == {endpoint: statuses[0] for endpoint, statuses in EXPECTED.items()}


@pytest.mark.parametrize(("partner", "place"), [("north", 1), ("nobody", 2)])
def test_partners(caller: Make, partner: str, place: int) -> None:
    somebody = caller(Role.PARTNER, partner=partner)
    got = {endpoint: somebody.get(path_of(endpoint)).status_code for endpoint in EXPECTED}
    assert got == {endpoint: statuses[place] for endpoint, statuses in EXPECTED.items()}


@pytest.mark.parametrize("role", list(Role))
def test_the_audit_log_is_for_managers_integration_and_administrators(caller: Make, role: Role) -> None:
    may_see = role in {Role.MANAGER, Role.INTEGRATION, Role.ADMINISTRATOR}
    assert caller(role, partner="north" if role is Role.PARTNER else "").get("audit").status_code == (200 if may_see else 404)


def test_what_a_role_may_not_see_is_404(caller: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MATRIX, Role.FINANCE, frozenset({Permission.SEE_CONTRACTS}))
    mia = caller(Role.FINANCE)
    got = {
        endpoint: mia.get(endpoint).status_code for endpoint in ("orders", "orders/SO-1", "messages", "partners", "contracts")
    }
    assert got == {"orders": 404, "orders/SO-1": 404, "messages": 404, "partners": 404, "contracts": 200}


def test_the_table_above_names_every_endpoint() -> None:
    named = {pattern.name for pattern in urlpatterns if pattern.name}
    here = {"orders", "order", "timeline", "messages", "message", "contracts", "contract", "partners", "audit", "schema"} | {
        "incidents",
        "incident",
        "notifications",
        "notifications_read",
        "notification_read",
    }
    assert named == here | EXCEPTION_ADDRESSES


@pytest.mark.parametrize("path", ["orders", "orders/SO-1", "orders/SO-1/timeline", "messages?order=SO-1"])
def test_nothing_of_money_customers_or_other_partners_is_in_a_partners_answer(caller: Make, path: str) -> None:
    answer = json.dumps(caller(Role.PARTNER, partner="north").json(path))
    for secret in ("Meridian", "C-7", "4010", "USD", "45-1", "polaris", "SO-1/2", "VAC", "SO-2", "CHI"):
        assert secret not in answer, secret
    assert "SO-1" in answer


def test_a_partners_row_and_document(caller: Make) -> None:
    north = caller(Role.PARTNER, partner="north")
    (row,) = north.json("orders")["results"]
    assert (row["order"], row["money"], row["value"], row["customer"], row["partners"]) == ("SO-1", None, None, None, ["north"])
    document = north.json("orders/SO-1")
    assert [leg["leg"] for leg in document["legs"]] == ["SO-1/1"]
    assert [(line["line"], line["ordered"], line["shipped"]) for line in document["lines"]] == [("1", 40, 40)]
    assert document["legs"][0]["shipments"][0]["posted"] is None
    assert (document["money"], document["value"], document["customer"]) == (None, None, None)


def test_a_partner_finds_its_orders_by_its_own_identifiers_only(caller: Make) -> None:
    north, polaris = caller(Role.PARTNER, partner="north"), caller(Role.PARTNER, partner="polaris")
    for text in ("NS-SO-1", "1Z999", "SO-1"):
        assert [row["order"] for row in north.json(f"orders?search={text}")["results"]] == ["SO-1"], text
    for text in ("1Z999", "Meridian", "45-1"):
        assert polaris.json(f"orders?search={text}")["results"] == [], text


def test_a_partner_filter_never_reaches_beyond_the_own_partner(caller: Make) -> None:
    tell(
        event(
            "leg.released",
            "urn:mw",
            "r9",
            "2026-05-12T10:00:00Z",
            order="SO-2",
            leg="SO-2/1",
            partner="polaris",
            site="CHI",
            lines=[{"sku": "VAC", "quantity": 1}],
        )
    )
    north = caller(Role.PARTNER, partner="north")
    assert [row["order"] for row in north.json("orders?partner=polaris")["results"]] == []
