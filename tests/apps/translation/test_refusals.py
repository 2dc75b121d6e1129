import json
from typing import Any

import pytest
from msgspec.structs import replace

from apps.contracts.facts import LegPacked, OrderValidated
from apps.translation.canonical import Refusal, translate
from tests.apps.translation.canonical_messages import TIME, binary, fact_of, refused, stored, structured

LINE = {"line": "1", "sku": "GLV", "quantity": 4}
ORDER = {"order": "SO-1", "lines": [LINE]}


@pytest.mark.parametrize(
    ("wire_type", "advice"),
    [
        ("distsync.order.placd.v1", "did you mean distsync.order.placed.v1? "),
        ("distsync.order.placed.v2", "did you mean distsync.order.placed.v1? "),
        ("com.example.thing", "the contracts page lists the types that are known. "),
    ],
)
def test_an_unknown_type_is_refused_with_the_nearest(wire_type: str, advice: str) -> None:
    assert translate(stored(b"{}", wire_type, "application/cloudevents+json", {}, TIME)) == Refusal(
        "unknown_type",
        f"No contract describes the type {wire_type}: {advice}Send it under a known type, or add a contract and replay.",
    )


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        ([1], "wrong_type", "data: expected an object, came a list."),
        ("{}", "wrong_type", 'data: expected an object, came the text "{}"; send the JSON itself, not JSON as text.'),
        (None, "missing_field", "data: is missing; this type needs a JSON object."),
        ({"lines": []}, "missing_field", "data.order: is missing; it is required."),
        ({"order": None, "lines": []}, "missing_field", "data.order: is missing; it is required."),
        (
            {"order": "1", "lines": [LINE, {**LINE, "quantity": None}]},
            "missing_field",
            "data.lines[1].quantity: is missing; it is required.",
        ),
        (
            {"order": "1", "lines": {}},
            "wrong_type",
            "data.lines: expected a list, came an object; put a single one in brackets.",
        ),
        (
            {"order": "1", "lines": ["1"]},
            "wrong_type",
            'data.lines[0]: expected an object, came the text "1"; send the JSON itself, not JSON as text.',
        ),
        (
            {"order": "", "lines": []},
            "blank",
            "data.order: expected an identifier, came blank text; leave the field out where there is none.",
        ),
        (
            {"order": " \u00a0\t", "lines": []},
            "blank",
            "data.order: expected an identifier, came blank text; leave the field out where there is none.",
        ),
        (
            {"order": "A\nB", "lines": []},
            "bad_text",
            'data.order: expected printable characters only, came the text "A\\u000aB".',
        ),
        (
            {"order": "A\n", "lines": []},
            "bad_text",
            'data.order: expected printable characters only, came the text "A\\u000a".',
        ),
        (
            {"order": 1001, "lines": []},
            "wrong_type",
            (
                "data.order: expected an identifier as text, came the number 1001; "
                "identifiers are text (007 and 7 are two): put it in quotes."
            ),
        ),
        ({"order": True, "lines": []}, "wrong_type", "data.order: expected an identifier as text, came true."),
        ({"order": "x" * 513, "lines": []}, "too_long", "data.order: expected at most 512 characters, came 513."),
        ({**ORDER, "region": 5}, "wrong_type", "data.region: expected text, came the number 5."),
        (
            {**ORDER, "currency": "US dollar"},
            "bad_word",
            'data.currency: expected a currency such as USD, came the text "US dollar".',
        ),
        (
            {**ORDER, "zone": "Mars/Base"},
            "bad_word",
            'data.zone: expected an IANA time zone such as America/Sao_Paulo, came the text "Mars/Base".',
        ),
        (
            {**ORDER, "customer": "Ann"},
            "wrong_type",
            'data.customer: expected an object, came the text "Ann"; send the JSON itself, not JSON as text.',
        ),
        ({**ORDER, "references": [{"scheme": "po"}]}, "missing_field", "data.references[0].value: is missing; it is required."),
        (
            {"order": "1", "lines": [{**LINE, "description": "x" * 4001}]},
            "too_long",
            "data.lines[0].description: expected at most 4000 characters, came 4001.",
        ),
        (
            {"order": "1", "lines": [{**LINE, "unit_price": {"amount": 1}}]},
            "missing_field",
            "data.lines[0].unit_price.currency: is missing; it is required.",
        ),
        (
            {"order": "1", "lines": [{**LINE, "unit_price": {"amount": 1, "currency": " "}}]},
            "blank",
            "data.lines[0].unit_price.currency: is blank; it is required.",
        ),
    ],
)
def test_what_an_order_placed_cannot_be(data: Any, code: str, reason: str) -> None:
    assert refused(structured("order.placed", data)) == (code, reason)


RULE = 'a number, or a decimal text such as "12.5", of at most 18 digits before and 6 after the point'


@pytest.mark.parametrize(
    ("raw", "code", "came"),
    [
        (b"true", "wrong_type", "true"),
        (b"[]", "wrong_type", "a list"),
        (b"1e400", "bad_number", "the number 1E+400"),
        (b"1e99999999999999999999", "bad_number", "the number Infinity"),
        (b"1000000000000000000", "bad_number", "the number 1000000000000000000"),
        (b"0.1234567", "bad_number", "the number 0.1234567"),
        (b"9" * 60, "bad_number", "a number of more than 36 digits"),
        (b'"NaN"', "bad_number", 'the text "NaN"'),
        (b'"Infinity"', "bad_number", 'the text "Infinity"'),
        (b'"1E+999999"', "bad_number", 'the text "1E+999999"'),
        (b'"1_000"', "bad_number", 'the text "1_000"'),
        (b'" 5"', "bad_number", 'the text " 5"'),
        ('"٣"'.encode(), "bad_number", 'the text "٣"'),
        (b'""', "bad_number", 'the text ""'),
    ],
)
def test_what_a_quantity_cannot_be(raw: bytes, code: str, came: str) -> None:
    message = structured("order.placed", b'{"order": "1", "lines": [{"line": "1", "sku": "A", "quantity": ' + raw + b"}]}")
    assert refused(message) == (code, f"data.lines[0].quantity: expected {RULE}, came {came}.")


@pytest.mark.parametrize("raw", [b"NaN", b"-Infinity", b"1e400", b"9" * 5000, b"0.1234567", rb'"\u0000"', rb'"\ud800"'])
def test_what_no_fact_reads_is_ignored_whatever_it_holds(raw: bytes) -> None:
    for read in (structured, binary):
        data = b'{"order": "1", "weights": {"box": [1, ' + raw + rb'], "\udc00\u0000": ' + raw + b"}}"
        assert fact_of(read("order.validated", data)) == OrderValidated(order="1")
        packed = fact_of(read("leg.packed", b'{"leg": "1", "packages": [{"kg": ' + raw + b"}]}"))
        assert packed == LegPacked(leg="1", packages=1)


@pytest.mark.parametrize(
    ("raw", "came"),
    [
        (b"NaN", "the number NaN"),
        (b"-Infinity", "the number -Infinity"),
        (b"9" * 5000, f"the number {'9' * 59}…"),
    ],
)
def test_a_quantity_that_no_json_number_is(raw: bytes, came: str) -> None:
    data = b'{"order": "1", "lines": [{"line": "1", "sku": "A", "quantity": ' + raw + b"}]}"
    for read in (structured, binary):
        assert refused(read("order.placed", data)) == ("bad_number", f"data.lines[0].quantity: expected {RULE}, came {came}.")


@pytest.mark.parametrize(
    ("ship_by", "why"),
    [
        (
            "2026-03-04T17:00:00",
            "`2026-03-04T17:00:00` has no zone: end it with Z or an offset such as +02:00, as in `2026-03-31T17:05:00Z`.",
        ),
        ("tomorrow", "`tomorrow` is not an RFC 3339 time such as `2026-03-31T17:05:00Z`."),
        ("2026-02-30", "`2026-02-30` is not a date that exists: day is out of range for month."),
        (
            "9999-12-31",
            "`9999-12-31` is not a date that exists: date value out of range. Leave the field out where there is no date.",
        ),
    ],
)
def test_what_a_ship_by_cannot_be(ship_by: str, why: str) -> None:
    data = {"order": "1", "leg": "L", "partner": "P", "site": "S", "lines": [], "ship_by": ship_by}
    assert refused(structured("leg.released", data)) == ("bad_time", f"data.ship_by: {why}")


def test_a_time_without_zone_is_refused() -> None:
    data = {"site": "S", "as_of": "2026-03-04 17:00:00", "positions": []}
    assert refused(structured("inventory.snapshot", data))[0] == "bad_time"
    assert refused(structured("inventory.snapshot", {**data, "as_of": 1772643600})) == (
        "wrong_type",
        "data.as_of: expected an RFC 3339 time as text, came the number 1772643600.",
    )


def test_a_shipment_event_names_its_shipment_or_a_tracking_number() -> None:
    assert refused(structured("shipment.delivered", {"leg": "L-1"})) == (
        "missing_field",
        "data: needs `shipment` or `tracking`, neither of which is there.",
    )


def test_a_word_has_to_be_one_of_the_known() -> None:
    assert refused(structured("circuit.changed", {"partner": "P", "state": "ajar"})) == (
        "bad_word",
        'data.state: expected one of closed, open, half_open, came the text "ajar".',
    )


def test_u0000_is_refused_where_a_fact_reads_it() -> None:
    data = {**ORDER, "customer": {"name": "A\x00B"}}
    why = "data.customer.name: holds the character U+0000, which no database text can keep; send the text without it."
    assert refused(structured("order.placed", data)) == ("bad_text", why)
    assert refused(binary("order.placed", json.dumps(data).encode())) == ("bad_text", why)


def test_a_backslash_before_u0000_is_not_u0000() -> None:
    assert fact_of(structured("order.rejected", {"order": "1", "reason": r"a \u0000 b"})).reason == r"a \u0000 b"


@pytest.mark.parametrize("escape", [rb"\ud800", rb"\udc00", rb"\ud800\u0041"])
def test_half_a_surrogate_pair_is_refused(escape: bytes) -> None:
    code, reason = refused(binary("order.rejected", b'{"order": "1", "reason": "x' + escape + b'"}'))
    half = escape[2:6].decode().upper()
    assert (code, reason) == (
        "bad_text",
        f"data.reason: holds half of a surrogate pair (U+{half}), which is no character; send the text without it.",
    )


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        (b"", "missing_field", "is missing; this type needs a JSON object."),
        (
            b"hello",
            "unreadable",
            'expected JSON, came text that begins with "hello" (JSON is malformed: invalid character (byte 0)).',
        ),
        (
            b'{"order": "1"',
            "unreadable",
            'expected JSON, came text that begins with "{"order": "1"" (Input data was truncated).',
        ),
        (b'{"order": "caf\xe9"}', "bad_text", "is not UTF-8: the byte 0xE9 at 14 begins no character."),
        (b"NaN", "wrong_type", "expected an object, came the number NaN."),
        (b"[" * 100_000, "unreadable", "is nested too deeply to be read."),
    ],
)
def test_bytes_that_are_no_json_are_refused_with_the_cause(body: bytes, code: str, reason: str) -> None:
    assert refused(binary("order.validated", body)) == (code, f"data: {reason}")


@pytest.mark.parametrize(
    ("attributes", "code", "path"),
    [
        ({"recordedtime": "yesterday"}, "bad_time", "recordedtime"),
        ({"recordedtime": "2026-03-02T08:00:00"}, "bad_time", "recordedtime"),
        ({"sequence": "a\nb"}, "bad_text", "sequence"),
        ({"correlationid": "x" * 513}, "too_long", "correlationid"),
        ({"correlationid": {}}, "wrong_type", "correlationid"),
        ({"data_base64": "***"}, "unreadable", "data_base64"),
        ({"data_base64": 5}, "wrong_type", "data_base64"),
    ],
)
def test_what_an_attribute_cannot_be(attributes: dict[str, Any], code: str, path: str) -> None:
    found = refused(structured("order.validated", {"order": "SO-1"}, **attributes))
    assert (found[0], found[1].partition(":")[0]) == (code, path)


def test_a_time_whose_zone_nobody_knows_is_refused() -> None:
    message = structured("order.validated", {"order": "SO-1"}, time=None)
    unzoned = replace(message, body=message.body.replace(b'"id"', b'"time": "2026-03-02T08:00:00", "id"'))
    why = "`2026-03-02T08:00:00` has no zone: end it with Z or an offset such as +02:00, as in `2026-03-31T17:05:00Z`."
    assert refused(unzoned) == ("bad_time", f"time: {why}")
    told = binary("order.validated", b'{"order": "SO-1"}', time="2026-03-02T08:00:00")
    assert refused(replace(told, time=None)) == ("bad_time", f"time: {why}")
