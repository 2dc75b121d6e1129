"""CONTRACT.md, Envelope: what is wrong inside a sound envelope is taken, quarantined and shown, never refused."""

import json
from typing import Any

import pytest

from tests.e2e.world import ERP, MIDDLEWARE, NORTH, OMS, STRUCTURED, Event, World, at, event

pytestmark = pytest.mark.e2e


def order_of(quantity: str) -> bytes:
    return b'{"order": "Q", "lines": [{"line": "1", "sku": "A", "quantity": ' + quantity.encode() + b"}]}"


def with_data(told: Event, data: bytes) -> bytes:
    """The event with data that need not be lawful JSON."""
    return json.dumps(told).encode().replace(b'"data": {}', b'"data": ' + data)


UNUSABLE: dict[str, tuple[str, bytes, dict[str, Any]]] = {
    **{f"a quantity {number}": ("order.placed", order_of(number), {}) for number in ("NaN", "-Infinity", "1e999", "0.0000001")},
    **{f"a quantity {number}": ("order.placed", order_of(number), {}) for number in ('"1_0"', '"٣"', '""', "true", "null")},
    "19 digits": ("order.placed", order_of("1000000000000000000"), {}),
    "U+0000": ("order.placed", rb'{"order": "Q", "lines": [], "region": "a\u0000"}', {}),
    "U+0000 in an identifier": ("order.validated", rb'{"order": "a\u0000"}', {}),
    "half a surrogate pair": ("order.placed", rb'{"order": "Q", "lines": [], "region": "\ud800"}', {}),
    "no order": ("order.validated", b"{}", {}),
    "a blank order": ("order.validated", b'{"order": " "}', {}),
    "no object": ("order.validated", b'"Q"', {}),
    "a promise without zone": ("order.placed", b'{"order": "Q", "lines": [], "promised_date": "2026-01-02T10:00:00"}', {}),
    "a day that does not exist": ("order.placed", b'{"order": "Q", "lines": [], "promised_date": "2026-02-30"}', {}),
    "a time without zone": ("order.validated", b'{"order": "Q"}', {"time": "2026-01-02T10:00:00"}),
    "a recorded time without zone": ("order.validated", b'{"order": "Q"}', {"recordedtime": "2026-01-02 10:00"}),
    "an unknown word": ("circuit.changed", b'{"partner": "P", "state": "ajar"}', {}),
    "neither shipment nor tracking": ("shipment.delivered", b'{"location": "X"}', {}),
    "an unknown type": ("order.exploded", b'{"order": "Q"}', {}),
}


def test_what_cannot_be_used_is_quarantined_with_a_reason(world: World, name: str) -> None:
    bodies = {
        what: with_data(event(kind, OMS, "1 10:00", attributes={"id": name + what, **attributes}), data)
        for what, (kind, data, attributes) in UNUSABLE.items()
    }
    answers = {what: world.post(body, STRUCTURED) for what, body in bodies.items()}
    assert {what: answer.status for what, answer in answers.items()} == dict.fromkeys(UNUSABLE, 202)
    world.settle()
    rows = {row["id"].removeprefix(name): row for row in world.get("messages?state=quarantined&page_size=500").json["results"]}
    assert set(UNUSABLE) <= set(rows)
    assert not [what for what in UNUSABLE if not rows[what]["reason"]]
    assert rows["a time without zone"]["reason"].startswith("time: `2026-01-02T10:00:00` has no zone")
    assert rows["a quantity NaN"]["reason"].startswith("data.lines[0].quantity: expected a number")


@pytest.mark.parametrize("odd", [b"1e999", b"NaN", b"9" * 5000, b"0.12345678901", rb'"\u0000"', rb'"\ud800"'])
def test_what_no_contract_reads_is_ignored(world: World, name: str, odd: bytes) -> None:
    told = event("order.placed", OMS, "1 10:00")
    line = b'{"line": "1", "sku": "A", "quantity": 1, "weight": ' + odd + b"}"
    data = b'{"order": "' + name.encode() + b'", "lines": [' + line + b'], "mine": {"deep": [' + odd + b"]}}"
    assert world.post(with_data(told, data), STRUCTURED).status == 202
    world.settle()
    assert world.fate(told) == ("applied", [name])


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("999999999999999999", 999999999999999999),
        ('"999999999999999999.999999"', "999999999999999999.999999"),
        ("0.000001", "0.000001"),
        ("1.50", "1.5"),
        ('"0012.50"', "12.5"),
        ("1e3", 1000),
    ],
)
def test_quantities_are_numbers_when_whole_else_strings(world: World, name: str, sent: str, shown: Any) -> None:
    data = order_of(sent).replace(b'"Q"', f'"{name}"'.encode())
    assert world.post(with_data(event("order.placed", OMS, "1 10:00"), data), STRUCTURED).status == 202
    world.settle()
    assert world.order(name)["lines"][0]["ordered"] == shown


def test_events_of_other_rooms_are_applied(world: World, name: str) -> None:
    position = {"sku": "A", "on_hand": 5}
    told = [
        event("inventory.snapshot", NORTH, "1 10:00", site="ATL", as_of=at("1 09:00"), positions=[position]),
        event("inventory.adjusted", NORTH, "1 10:00", site="ATL", sku="A", delta=-1, reason="count"),
        event("transfer.shipped", NORTH, "1 10:00", transfer=name, from_site="ATL", to_site="CHI", lines=[]),
        event("queue.measured", MIDDLEWARE, "1 10:00", queue="out", depth=3, oldest_age_seconds=4.5),
        event("message.failed", MIDDLEWARE, "1 10:00", message="m", flow="f"),
        event("posting.failed", ERP, "1 10:00", kind="inventory", code="c", message="m"),
    ]
    world.tell(*told)
    assert [world.fate(each) for each in told] == [("applied", [])] * 6
