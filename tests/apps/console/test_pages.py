"""The pages as each role sees them: what is shown, what is hidden, what is refused."""

import csv
import io
import json

import pytest
from django.test import Client

from apps.accounts.models import SavedView, User
from apps.console.spreadsheet import safe
from apps.eventlog import log
from tests.apps.console.conftest import SignedIn
from tests.messages import ERP, MIDDLEWARE, NORTH, OMS, line, message, tell

PAGES = ("/orders/", "/orders/SO-1/", "/messages/", "/contracts/", "/contracts/distsync.leg.shipped.v1/", "/account/")
STAFF = ("customer_service", "finance", "manager", "partner_operations", "inventory_control", "integration", "administrator")


def text(client: Client, url: str, status: int = 200, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


@pytest.mark.parametrize("url", [*PAGES, "/search/?search=SO", "/sources/", "/orders/export.csv"])
def test_a_stranger_is_sent_to_the_login(db: None, url: str) -> None:
    response = Client().get(url)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("role", STAFF)
def test_staff_opens_every_page_of_its_role(story: None, signed_in: SignedIn, role: str) -> None:
    client = signed_in(role)
    for url in PAGES:
        text(client, url)
    text(client, "/sources/", 200 if role in {"integration", "administrator"} else 404)


@pytest.mark.parametrize("role", [*STAFF, "partner"])
def test_no_page_has_inline_script_or_style(story: None, signed_in: SignedIn, role: str) -> None:
    client = signed_in(role, partner="northstar" if role == "partner" else "")
    for url in PAGES:
        page = text(client, url)
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick" not in page
        assert all("src=" in part for part in page.split("<script")[1:])


def test_navigation_offers_only_what_the_role_may_open(story: None, signed_in: SignedIn) -> None:
    assert 'href="/sources/"' in text(signed_in("integration"), "/orders/")
    assert 'href="/sources/"' not in text(signed_in("finance"), "/orders/")


def test_the_trace_tells_quantities_legs_references_and_messages(story: None, signed_in: SignedIn) -> None:
    page = text(signed_in("customer_service"), "/orders/SO-1/")
    for shown in (
        "Meridian Clinics",
        "Partially delivered",
        "SO-1-A-1",
        "P-SO-1-A",
        "I-SO-1",
        "What to tell the customer",
        "T-SO-1-A",
    ):
        assert shown in page
    assert page.count('class="main-link"') == 15
    assert page.count("First shipped") == 1, "leg A left in two shipments, leg B in one"


def test_a_partner_sees_its_own_leg_without_money_and_customer(story: None, signed_in: SignedIn) -> None:
    page = text(signed_in("partner", partner="northstar"), "/orders/SO-1/")
    assert "SO-1-A-1" in page
    for hidden in ("Meridian", "polaris", "SO-1-B", "VAC", "Invoice", "P-SO-1-A", "Posting", "$"):
        assert hidden not in page


def test_a_partner_finds_no_order_of_others(story: None, signed_in: SignedIn) -> None:
    client = signed_in("partner", partner="bluedock")
    text(client, "/orders/SO-1/", 404)
    assert "SO-1" not in text(client, "/orders/")
    assert "SO-1" not in text(client, "/search/?search=SO-1").replace("called “SO-1”", "")


def test_a_partner_does_not_find_by_customer(story: None, signed_in: SignedIn) -> None:
    found = text(signed_in("customer_service"), "/search/?search=Meridian")
    assert 'href="/orders/SO-1/"' in found
    assert 'href="/orders/SO-1/"' not in text(signed_in("partner", partner="northstar"), "/search/?search=Meridian")


def test_the_exact_identifier_comes_first_and_is_marked(story: None, signed_in: SignedIn) -> None:
    tell(message("order.placed", OMS, order="SO-10", lines=[]), message("order.placed", OMS, order="SO-11", lines=[]))
    found = text(signed_in("manager"), "/search/?search=SO-1")
    assert found.index('href="/orders/SO-1/"') < found.index('href="/orders/SO-10/"')
    assert found.count("data-exact") == 1


@pytest.mark.parametrize(
    ("query", "orders"),
    [
        ("", {"SO-1", "SO-2"}),
        ("?status=placed", {"SO-2"}),
        ("?partner=polaris", {"SO-1"}),
        ("?region=WEST", {"SO-2"}),
        ("?search=T-SO-1-A", {"SO-1"}),
        ("?overlay=on_hold", {"SO-2"}),
        ("?late=true", {"SO-2"}),
        ("?status=nonsense", {"SO-1", "SO-2"}),
        ("?cursor=nonsense", {"SO-1", "SO-2"}),
    ],
)
def test_filters_of_the_url_narrow_list_and_export_alike(
    story: None, signed_in: SignedIn, query: str, orders: set[str]
) -> None:
    tell(
        message("order.placed", OMS, order="SO-2", lines=[line("1", "GLV", 1)], region="WEST", promised_date="2026-03-04"),
        message("order.held", OMS, order="SO-2", hold="H", reason="credit"),
    )
    client = signed_in("finance")
    page = text(client, f"/orders/{query}")
    assert {order for order in ("SO-1", "SO-2") if f'data-handle="{order}"' in page} == orders
    assert f'<b class="strong">{len(orders)}</b>' in page
    rows = list(csv.DictReader(io.StringIO(b"".join(client.get(f"/orders/export.csv{query}")).decode())))
    assert {row["order"] for row in rows} == orders


def test_the_export_of_a_partner_has_no_money_and_no_customer(story: None, signed_in: SignedIn) -> None:
    content = b"".join(signed_in("partner", partner="polaris").get("/orders/export.csv")).decode()
    (row,) = csv.DictReader(io.StringIO(content))
    assert set(row) & {"money", "value", "currency", "customer", "customer_id"} == set()
    assert row["partners"] == "polaris"


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_of_the_export_is_a_formula(value: str) -> None:
    assert safe(value) == f"'{value}"
    assert safe("SO-1=") == "SO-1="


def test_pages_of_the_list_lead_forth_and_back(db: None, signed_in: SignedIn) -> None:
    tell(*(message("order.placed", OMS, minute=number, order=f"SO-{number:03}", lines=[]) for number in range(60)))
    client = signed_in("manager")
    first = text(client, "/orders/")
    assert 'data-handle="SO-059"' in first
    assert 'data-handle="SO-009"' not in first
    address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = text(client, address)
    assert 'data-handle="SO-009"' in second
    back = second.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    assert 'data-handle="SO-059"' in text(client, back)


def test_a_live_refresh_answers_the_list_alone(story: None, signed_in: SignedIn) -> None:
    part = text(signed_in("manager"), "/orders/", **{"HX-Request": "true", "HX-Target": "orders"})
    assert part.lstrip().startswith("<section")
    assert "<html" not in part


def test_views_are_saved_shared_renamed_and_deleted(story: None, signed_in: SignedIn) -> None:
    mine, other = signed_in("finance"), signed_in("manager")
    mine.post("/orders/views/", {"name": "  Late  east ", "late": "true", "region": "EAST", "shared": "on"})
    view = SavedView.objects.get()
    assert (view.name, view.query, view.shared) == ("Late east", "region=EAST&late=true", True)
    assert "Late east" in text(other, "/orders/")
    assert other.post(f"/orders/views/{view.pk}/", {"act": "delete"}).status_code == 302
    assert SavedView.objects.count() == 1, "only its owner deletes a view"
    mine.post(f"/orders/views/{view.pk}/", {"act": "rename", "name": "Late"})
    assert SavedView.objects.get().name == "Late"
    mine.post(f"/orders/views/{view.pk}/", {"act": "delete"})
    assert not SavedView.objects.exists()


def test_an_identifier_with_a_slash_has_its_page(db: None, signed_in: SignedIn) -> None:
    tell(message("order.placed", OMS, order="SO/1 %x", lines=[]))
    client = signed_in("manager")
    assert 'href="/orders/SO%2F1%20%25x/"' in text(client, "/orders/")
    response = client.get("/orders/SO%2F1%20%25x/", REQUEST_URI="/orders/SO%2F1%20%25x/")
    assert response.status_code == 200
    assert "<title>Order SO/1 %x · DistSync</title>" in response.content.decode()


def test_a_number_of_two_issuers_asks_which(db: None, signed_in: SignedIn) -> None:
    tell(message("order.placed", OMS, order="SO-7", lines=[]), message("order.placed", "/oms2", order="SO-7", lines=[]))
    page = text(signed_in("manager"), "/orders/SO-7/", 409)
    assert "Which SO-7?" in page
    assert page.count("data-row-link") == 2


def test_markup_in_identifiers_is_text(db: None, signed_in: SignedIn) -> None:
    tell(message("order.placed", OMS, order="<b>1</b>", lines=[line("1", "<i>", 1)], customer={"name": "<script>x()</script>"}))
    page = text(signed_in("manager"), "/orders/")
    assert "<b>1" not in page
    assert "<script>x" not in page


def test_odd_times_are_explained(db: None, signed_in: SignedIn) -> None:
    tell(
        message("order.placed", OMS, order="SO-3", lines=[line("1", "GLV", 1)]),
        message(
            "leg.released", MIDDLEWARE, minute=5, order="SO-3", leg="L3", partner="p", site="s", lines=[line("1", "GLV", 1)]
        ),
        message("leg.shipped", NORTH, minute=600, leg="L3", shipment="S3", lines=[line("1", "GLV", 1)], final=True),
        message("shipment.delivered", NORTH, minute=60, shipment="S3"),
    )
    page = text(signed_in("customer_service"), "/orders/SO-3/")
    assert "Delivered before hand-over" in page
    assert "is 9 h earlier than the warehouse&#x27;s hand-over" in page


def test_messages_by_state_and_what_becomes_of_a_download(story: None, signed_in: SignedIn) -> None:
    tell(message("leg.acknowledged", NORTH, leg="LOST"), message("order.placed", OMS, minute=1, lines="none"))
    client = signed_in("integration")
    assert "LOST" in text(client, "/messages/?state=unmatched")
    listed = text(client, "/messages/?state=quarantined")
    key = listed.split('href="/messages/')[-1].split("/")[0]
    keys = [part.split("/")[0] for part in listed.split('data-sheet id="message-')[1:]]
    key = keys[0].split('"')[0]
    assert "Quarantined" in text(client, f"/messages/{key}/")
    body = client.get(f"/messages/{key}/body")
    assert body["Content-Type"] == "application/octet-stream"
    assert body["Content-Disposition"] == f'attachment; filename="message-{key}.json"'
    assert json.loads(body.content)["data"] == {"lines": "none"}
    text(signed_in("partner", partner="northstar"), f"/messages/{key}/", 404)


@pytest.mark.parametrize(("name", "is_linked"), [("order.placed", True), ("order.teleported", False)])
def test_a_message_leads_to_its_contract_where_there_is_one(
    story: None, signed_in: SignedIn, name: str, is_linked: bool
) -> None:
    told = message(name, OMS, lines="none")
    tell(told)
    kept = log.find(told.source, told.id)
    assert kept is not None
    page = text(signed_in("integration"), f"/messages/{kept.position}/")
    assert (f'href="/contracts/distsync.{name}.v1/"' in page) is is_linked


def test_a_partner_reads_messages_of_its_legs_alone(story: None, signed_in: SignedIn) -> None:
    client = signed_in("partner", partner="northstar")
    assert "Which order?" in text(client, "/messages/")
    listed = text(client, "/messages/?order=SO-1")
    assert "leg.shipped" in listed
    assert "order.placed" not in listed
    assert ERP not in listed.split("<tbody>")[1]


def test_the_account_keeps_zone_and_theme(db: None, signed_in: SignedIn) -> None:
    client = signed_in("manager")
    client.post("/account/", {"time_zone": "America/Sao_Paulo", "theme": "dark"})
    user = User.objects.get()
    assert (user.time_zone, user.theme) == ("America/Sao_Paulo", "dark")
    assert 'data-theme-choice="dark"' in text(client, "/account/")
    refused = client.post("/account/", {"time_zone": "Mars/Base", "theme": "dark"})
    assert refused.status_code == 400
    assert "Mars/Base” is not a time zone" in refused.content.decode()
    assert client.post("/account/theme", {"theme": "light"}).status_code == 204
    assert User.objects.get().theme == "light"


def test_times_are_told_in_the_readers_zone(story: None, signed_in: SignedIn) -> None:
    assert "08:00:00 UTC, " in text(signed_in("manager"), "/orders/SO-1/")
    assert "05:00:00 -03 (America/Sao_Paulo)" in text(signed_in("finance", time_zone="America/Sao_Paulo"), "/orders/SO-1/")


def test_a_missing_page_is_designed(db: None, signed_in: SignedIn) -> None:
    assert "Nothing here" in text(signed_in("manager"), "/orders/NOPE/", 404)
    assert "Nothing here" in text(Client(), "/nope", 404)
