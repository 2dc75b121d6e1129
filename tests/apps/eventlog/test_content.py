"""The digest: equal for the same content however it came, different for any other."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.eventlog.content import binary_digest, decode, structured_digest

ATTRIBUTES = {"specversion": "1.0", "id": "1", "source": "/oms", "type": "t", "time": "2026-03-02T08:00:00Z"}


def digest(text: str | dict[str, Any]) -> bytes:
    raw = text if isinstance(text, str) else json.dumps(text)
    return structured_digest(decode(raw.encode()))


def of_data(data: str) -> bytes:
    return digest(json.dumps(ATTRIBUTES)[:-1] + f', "data": {data}}}')


@pytest.mark.parametrize(
    "same",
    [
        ['{"a": 1, "b": 2}', '{"b":2,"a":1}'],
        ["1", "1.0", "1e0", "10E-1", "1.000000000000000000000"],
        ["0", "-0", "0.0", "-0.0", "0e10", "0.000000000000000000000"],
        ["2.5", "2.50", "25e-1", "2.500000000000000000000"],
        ["100000000000000000000", "1e20", "1.0e+20", "100000000000000000000.0"],
        ["1e400", "10e399"],
        ['"\\u00fc"', '"ü"'],
        ['"\\ud83d\\ude00"', '"😀"'],
        ['{"a": "\\ud800", "b": 1}', '{"b":1.0,"a":"\\uD800"}'],
    ],
)
def test_the_same_content_has_one_digest(same: list[str]) -> None:
    assert len({of_data(data) for data in same}) == 1


@pytest.mark.parametrize(
    "different",
    [
        ["1", "2", '"1"', "true", "[1]", '{"a":1}', "1.5", "-1"],
        ["1234567890123456.25", "1234567890123456.5", "1234567890123456"],
        ["9007199254740992", "9007199254740993"],
        ["1e400", "1e401", "-1e400", "1e-400"],
        ["NaN", "Infinity", "-Infinity", '"a"'],
        ["0.1", "0.10000000000000001"],
        ['"\\ud800"', '"\\ud801"', '"\\u0000"', '""'],
        ["[1,2]", "[2,1]", "[]", "{}"],
        ['{"a":null}', "{}"],
    ],
)
def test_other_content_has_another_digest(different: list[str]) -> None:
    assert len({of_data(data) for data in different}) == len(different)


@pytest.mark.parametrize("name", ["traceparent", "tracestate", "recordedtime"])
def test_how_it_travelled_is_no_content(name: str) -> None:
    assert digest(ATTRIBUTES | {name: "a"}) == digest(ATTRIBUTES | {name: "b"}) == digest(ATTRIBUTES)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "a"},
        {"time": "2026-03-02T09:00:00+01:00"},  # the same instant, told otherwise
        {"id": "2"},
        {"sequence": "1"},
        {"unknown": "x"},
        {"data": 0},
        {"data": ""},
        {"data_base64": "AA=="},
        {"datacontenttype": "text/plain"},
        {"dataschema": "urn:x"},
    ],
)
def test_every_other_attribute_is_content(changes: dict[str, Any]) -> None:
    assert digest(ATTRIBUTES | changes) != digest(ATTRIBUTES)


def test_what_is_null_is_not_there() -> None:
    assert digest(ATTRIBUTES | {"subject": None, "data": None, "datacontenttype": None}) == digest(ATTRIBUTES)


@pytest.mark.parametrize(
    ("structured", "content_type", "body"),
    [
        ({"data": {"a": [1, 2.5, "ü"]}}, "application/json", b'{"a":[1,2.50,"\\u00fc"]}'),
        ({"data": {"a": 1}, "datacontenttype": "application/json"}, "", b'{"a":1}'),
        ({"data": {"a": 1}}, "Application/JSON; charset=UTF-8", b'{ "a": 1 }'),
        ({"data": {"a": 1}, "datacontenttype": "application/vnd.x+json"}, "application/vnd.x+json", b'{"a":1}'),
        ({"data": "text"}, "application/json", b'"text"'),
        ({"data": "<a/>", "datacontenttype": "text/xml"}, "text/xml", b"<a/>"),
        ({"data_base64": base64.b64encode(b"\x00\xff").decode(), "datacontenttype": "x/y"}, "x/y", b"\x00\xff"),
        ({"data_base64": base64.b64encode(b'{"a": 1}').decode()}, "application/json", b'{"a":1}'),
        ({"data_base64": base64.b64encode(b"{nonsense").decode()}, "application/json", b"{nonsense"),
        ({}, "application/json", b""),
        ({"data": {"a": "\ud800"}}, "application/json", b'{"a":"\\ud800"}'),
        ({"sequence": 5, "flag": True}, "application/json", b""),
    ],
)
def test_both_modes_of_an_event_have_one_digest(structured: dict[str, Any], content_type: str, body: bytes) -> None:
    headers = dict(ATTRIBUTES)
    headers |= {"sequence": "5", "flag": "true"} if "sequence" in structured else {}
    assert digest(ATTRIBUTES | structured) == binary_digest(headers, content_type, body)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(st.characters()), children, max_size=4),
    max_leaves=20,
)


@given(_json, st.booleans())
def test_the_writers_style_never_matters(data: Any, ascii_only: bool) -> None:
    plain = json.dumps(data)
    other = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    try:
        other.decode()
    except UnicodeDecodeError:
        return  # half a surrogate pair, written raw, is no UTF-8
    assert of_data(plain) == of_data(other.decode())
