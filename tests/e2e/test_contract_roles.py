"""CONTRACT.md, API: who sees what. A partner's user finds its own legs and nothing of anybody else's."""

from typing import Any

import pytest

from tests.e2e.world import ERP, LINES, SOUTH, Event, World, event, placed, problem, refused, released, shipped

pytestmark = pytest.mark.e2e
PATHS = ["orders", "orders/X", "orders/X/timeline", "messages", "messages/1", "contracts", "partners"]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_good_credential_everything_is_401(world: World, path: str) -> None:
    for token in ("", "nonsense", world.credential()):
        answer = world.get(path, token)
        assert (problem(answer), answer.headers["www-authenticate"]) == (refused(401), 'Bearer realm="DistSync"')


@pytest.fixture
def told(world: World, name: str) -> dict[str, Event]:
    """An order of two partners, and one that is the other's alone."""
    lines = [{**LINES[0], "unit_price": "98765.4321"}, {**LINES[1], "sku": "SECRET-SKU", "description": "SECRET"}]
    theirs = {"partner": "SECRET-PARTNER", "site": "SECRET-SITE"}
    events = {
        "placed": placed(name, lines=lines, currency="EUR", customer={"id": "SECRET-C", "name": "SECRET"}),
        "ours": released(name, f"{name}/1", "1 12:00", LINES[:1]),
        "theirs": released(name, f"{name}/2", "1 12:00", lines[1:], **theirs),
        "our shipment": shipped(f"{name}/1", f"{name}S", "2 10:00", LINES[:1], tracking=[f"{name}T"]),
        "their shipment": shipped(f"{name}/2", f"SECRET-{name}S", "2 10:00", lines[1:], source=SOUTH),
        "posting": event("shipment.posted", ERP, "2 12:00", shipment=f"{name}S", posting="SECRET-P", amount="98765.1"),
        "invoice": event("invoice.issued", ERP, "2 13:00", invoice="SECRET-I", order=name),
        "other": released(f"SECRET-{name}", f"SECRET-{name}/1", "1 12:00", **theirs),
    }
    world.tell(*events.values())
    return events


def test_a_partner_sees_its_own_legs_alone(world: World, name: str, told: dict[str, Event]) -> None:
    token = world.reader("partner", "north")
    shown: Any = world.order(name, token)
    assert ([leg["leg"] for leg in shown["legs"]], [line["line"] for line in shown["lines"]]) == ([f"{name}/1"], ["1"])
    assert (shown["money"], shown["value"], shown["customer"]) == (None, None, None)
    assert shown["legs"][0]["shipments"][0]["posted"] is None
    for path in (f"orders/{name}", f"orders/{name}/timeline", "orders?page_size=500", "messages?page_size=500", "partners"):
        answer = world.get(path, token)
        assert answer.status == 200, path
        assert not [secret for secret in (b"SECRET", b"98765") if secret in answer.body], path
    for text, found in ((name, [name]), (f"{name}/1", [name]), (f"{name}T", [name]), ("SECRET-C", []), ("SECRET-P", [])):
        assert world.found(text, token) == found, text
    for path in (f"orders/SECRET-{name}", f"orders/SECRET-{name}/timeline"):
        assert problem(world.get(path, token)) == refused(404)


def test_a_partner_reads_the_messages_of_its_own_legs_alone(world: World, name: str, told: dict[str, Event]) -> None:
    token = world.reader("partner", "north")
    statuses = {what: world.get(f"messages/{each['id']}", token).status for what, each in told.items()}
    assert statuses == {**dict.fromkeys(told, 404), "ours": 200, "our shipment": 200}
    ours = {told["ours"]["id"], told["our shipment"]["id"]}
    assert {row["id"] for row in world.get(f"messages?order={name}", token).json["results"]} == ours
    listed = {row["id"] for row in world.get("messages?page_size=500", token).json["results"]}
    assert listed & {each["id"] for each in told.values()} == ours


def test_staff_see_the_whole_order_and_what_belongs_to_none(world: World, name: str) -> None:
    stray = event("shipment.posted", ERP, "2 12:00", shipment=f"{name}S", posting=f"{name}P")
    world.tell(placed(name, customer={"id": "C-7", "name": "Meridian"}), stray)
    token = world.reader("customer_service")
    assert world.order(name, token)["customer"] == {"id": "C-7", "name": "Meridian"}
    assert world.get(f"messages/{stray['id']}", token).json["state"] == "unmatched"
    assert {world.get(f"messages?state={state}", token).status for state in ("unmatched", "quarantined", "conflict")} == {200}
