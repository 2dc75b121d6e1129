"""The CloudEvents envelope: what is taken, with which times, and what is refused with which words."""

import base64
import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.core.errors import TooLarge, Unreadable
from apps.eventlog.types import NewMessage
from apps.intake.envelope import Arrival, Rejection, read_batch, read_binary, read_structured

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LIVE = Arrival(NOW, "oms", "events")
HISTORY = Arrival(NOW, "migration", "events", is_history=True)


def event(**changes: Any) -> dict[str, Any]:
    """A minimal event; an attribute given as None is left out."""
    whole = {"specversion": "1.0", "id": "1", "source": "/oms", "type": "distsync.order.placed.v1"} | changes
    return {name: value for name, value in whole.items() if value is not None}


def raw(**changes: Any) -> bytes:
    return json.dumps(event(**changes)).encode()


def taken(body: bytes, arrival: Arrival = LIVE) -> NewMessage:
    message = read_structured(body, arrival)
    assert isinstance(message, NewMessage), message
    return message


def refused(body: bytes) -> Rejection:
    rejection = read_structured(body, LIVE, 7)
    assert isinstance(rejection, Rejection), rejection
    return rejection


def test_an_event_becomes_a_message() -> None:
    body = raw(time="2026-03-02T07:00:00+01:00", subject="SO-1", data={"order": "SO-1"})
    message = taken(body)
    assert message == NewMessage(
        source="/oms",
        id="1",
        type="distsync.order.placed.v1",
        digest=message.digest,
        body=body,
        content_type="application/cloudevents+json",
        time=datetime(2026, 3, 2, 6, tzinfo=UTC),
        heard_at=None,
        is_history=False,
        subject="SO-1",
        attributes={},
        credential="oms",
        door="events",
    )
    assert len(message.digest) == 32


def test_a_missing_time_stays_missing() -> None:
    assert taken(raw()).time is None


@pytest.mark.parametrize("name", ["time", "recordedtime"])
@pytest.mark.parametrize("text", ["2026-03-02T07:00:00", "2026-03-02 07:00"])
def test_a_time_without_zone_is_taken_for_the_quarantine(name: str, text: str) -> None:
    message = taken(raw(**{name: text}), HISTORY)
    assert (message.time, message.heard_at, json.loads(message.body)[name]) == (None, None, text)


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ({"recordedtime": "2026-01-02T00:00:00Z", "time": "2026-01-01T00:00:00Z"}, datetime(2026, 1, 2, tzinfo=UTC)),
        ({"time": "2026-01-01T00:00:00Z"}, datetime(2026, 1, 1, tzinfo=UTC)),
        ({}, None),
        ({"recordedtime": "2026-03-02T08:00:00Z", "time": "2026-01-01T00:00:00Z"}, None),
        ({"recordedtime": "2027-01-01T00:00:00Z"}, None),
    ],
)
def test_history_is_heard_when_it_was_recorded_and_never_later_than_received(
    told: dict[str, str], heard: datetime | None
) -> None:
    message = taken(raw(**told), HISTORY)
    assert (message.heard_at, message.is_history) == (heard, True)
    assert (taken(raw(**told)).heard_at, taken(raw(**told)).is_history) == (None, False)


@pytest.mark.parametrize(
    ("changes", "code", "reason"),
    [
        ({"specversion": None}, "specversion", "the required attribute `specversion` is missing"),
        ({"specversion": "0.3"}, "specversion", "`specversion` must be \"1.0\", not '0.3'"),
        ({"specversion": "1.0 "}, "specversion", "`specversion` must be \"1.0\", not '1.0 '"),
        ({"specversion": 1.0}, "specversion", '`specversion` must be "1.0", not a number'),
        ({"id": None}, "missing_attribute", "the required attribute `id` is missing"),
        ({"id": ""}, "missing_attribute", "the required attribute `id` is empty"),
        ({"id": 7}, "invalid_attribute", "`id` must be text, not a number"),
        ({"id": math.nan}, "invalid_attribute", "`id` must be text, not a number"),
        ({"source": math.inf}, "invalid_attribute", "`source` must be text, not a number"),
        ({"id": True}, "invalid_attribute", "`id` must be text, not a boolean"),
        ({"source": None}, "missing_attribute", "the required attribute `source` is missing"),
        ({"source": ["a"]}, "invalid_attribute", "`source` must be text, not an array"),
        ({"type": None}, "missing_attribute", "the required attribute `type` is missing"),
        ({"type": {"a": 1}}, "invalid_attribute", "`type` must be text, not an object"),
        ({"type": "x" * 1025}, "invalid_attribute", "`type` has 1025 characters; at most 1024 are kept"),
        ({"subject": 1}, "invalid_attribute", "`subject` must be text, not a number"),
        ({"datacontenttype": 1}, "invalid_attribute", "`datacontenttype` must be text, not a number"),
        ({"dataschema": []}, "invalid_attribute", "`dataschema` must be text, not an array"),
        ({"time": 1700000000}, "invalid_time", "`time` must be RFC 3339 text, not a number"),
        ({"time": ""}, "invalid_time", "`time`: `` is not an RFC 3339 time such as `2026-03-31T17:05:00Z`."),
        (
            {"recordedtime": "yesterday"},
            "invalid_time",
            "`recordedtime`: `yesterday` is not an RFC 3339 time such as `2026-03-31T17:05:00Z`.",
        ),
        ({"data": 1, "data_base64": "AA=="}, "two_data", "`data` and `data_base64` exclude each other: send one of them"),
        ({"data_base64": 1}, "invalid_data_base64", "`data_base64` is not text"),
    ],
)
def test_what_breaks_the_envelope_is_refused_with_the_reason(changes: dict[str, Any], code: str, reason: str) -> None:
    rejection = refused(raw(**changes))
    assert (rejection.index, rejection.code, rejection.reason) == (7, code, reason)


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        (b"", "unreadable", "the event is not JSON: Expecting value at character 1"),
        (b"{", "unreadable", "the event is not JSON: Expecting property name enclosed in double quotes at character 2"),
        (b'{"id": "\xff"}', "unreadable", "the event is not UTF-8 (byte 9)"),
        (b"[]", "not_an_object", "a CloudEvent is a JSON object, not an array"),
        (b"null", "not_an_object", "a CloudEvent is a JSON object, not null"),
        (b'"text"', "not_an_object", "a CloudEvent is a JSON object, not text"),
        (b"1e999999999999999999999", "not_an_object", "a CloudEvent is a JSON object, not a number"),
        (b"[" * 300 + b"]" * 300, "unreadable", "the event is nested deeper than 256 levels"),
    ],
)
def test_what_is_no_event_is_refused(body: bytes, code: str, reason: str) -> None:
    rejection = refused(body)
    assert (rejection.id, rejection.code, rejection.reason) == (None, code, reason)


def test_a_rejection_names_the_event_and_how_it_begins() -> None:
    body = raw(id="N\x001", source=None, data="x" * 9000)
    rejection = refused(body)
    assert (rejection.id, rejection.sample) == ("N\\u00001", body[:4096])


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"text": "\x00"}},
        {"data": {"text": "\ud800"}},
        {"data": "\udfff"},
        {"data": float("nan")},
        {"data": [float("inf"), 10**400]},
        {"data": None},
        {"data_base64": "AP8="},
        {"data_base64": base64.b64encode(b'{"a": 1}').decode()},
        {"subject": "", "unknown": "x", "camelCase": 1, "with_underscore": True, "nested": {"a": 1}},
        {"time": None, "subject": None, "recordedtime": None},
        {"id": "x" * 1024, "source": "Grüße/😀 %2F"},
        {"type": "com.example.unknown"},
        {"traceparent": "nonsense", "sequence": 5, "deprecation": None},
        {"data": "x" * 70_000},
    ],
)
def test_what_is_inside_is_not_the_doors_business(changes: dict[str, Any]) -> None:
    body = json.dumps({"specversion": "1.0", "id": "1", "source": "/oms", "type": "t"} | changes).encode()
    assert taken(body).body == body


def test_huge_numbers_are_not_the_doors_business() -> None:
    for number in (b"1" * 5000, b"1e400", b"-1e-99999999999999999999", b"0." + b"1" * 5000, b"-0"):
        assert taken(raw()[:-1] + b', "data": {"quantity": ' + number + b"}}")


def test_of_two_equal_keys_the_last_counts() -> None:
    assert taken(raw()[:-1] + b', "id": "2"}').id == "2"


def test_a_byte_order_mark_is_passed_over() -> None:
    assert taken(b"\xef\xbb\xbf" + raw()).id == "1"


# --- batches


def test_a_batch_keeps_each_events_own_bytes() -> None:
    first, second = raw(id="a", data={"x": [1, 2]}), raw(id="b", data="}],[{")
    messages = read_batch(b"[ " + first + b" ,\n" + second + b"\t]\n", LIVE)
    assert [message.body for message in messages if isinstance(message, NewMessage)] == [first, second]


@pytest.mark.parametrize("body", [b"[]", b" [ ] ", b"\xef\xbb\xbf[]"])
def test_an_empty_batch_is_a_batch(body: bytes) -> None:
    assert read_batch(body, LIVE, 0) == []


def test_bad_items_leave_the_others_whole() -> None:
    good = [raw(id=f"g{number}", data={"text": '\ud800 ] " \\'}) for number in range(3)]
    bad = [b"3", b"tru", b'{"id": "b", ]', b"[" * 500 + b"]" * 500, b'{"id": "c"}', b'{"id": "\xff"}', b""]
    body = b"[" + b",".join([good[0], *bad[:3], good[1], *bad[3:], good[2]]) + b"]"
    items = read_batch(body, LIVE)
    assert [item.id for item in items] == ["g0", None, None, None, "g1", None, "c", None, None, "g2"]
    assert [(item.index, item.code) for item in items if isinstance(item, Rejection)] == [
        (1, "not_an_object"),
        (2, "unreadable"),
        (3, "unreadable"),
        (5, "unreadable"),
        (6, "specversion"),
        (7, "unreadable"),
        (8, "unreadable"),
    ]
    assert [item.body for item in items if isinstance(item, NewMessage)] == good


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The batch is not a JSON array of events."),
        (b"{}", "The batch is not a JSON array of events."),
        (b"nonsense", "The batch is not a JSON array of events."),
        (b"[{}", "The batch ends in the middle: its JSON array is not closed."),
        (b"[" + raw() + b"," + raw()[:-5], "The batch ends in the middle: its JSON array is not closed."),
        (b'["', "The batch ends in the middle: its JSON array is not closed."),
        (b"[" * 100_000, "The batch ends in the middle: its JSON array is not closed."),
        (b"[]]", "The batch goes on after its end (byte 3)."),
        (b"[1] [2]", "The batch goes on after its end (byte 4)."),
    ],
)
def test_what_is_no_whole_array_is_refused_whole(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_batch(body, LIVE)
    assert refusal.value.detail == reason


@pytest.mark.parametrize("items", [[b"1"] * 4, [b"NaN"] * 4, [b""] * 4])
def test_a_batch_has_a_limit(items: list[bytes]) -> None:
    body = b"[" + b",".join(items) + b"]"
    assert len(read_batch(body, LIVE, 4)) == 4
    with pytest.raises(TooLarge) as refusal:
        read_batch(body, LIVE, 3)
    assert refusal.value.detail == "The batch holds more than 3 events: send at most 3 at once."


# --- binary mode

HEADERS = {"specversion": "1.0", "id": "1", "source": "/oms", "type": "t"}


def test_a_binary_event_becomes_a_message() -> None:
    headers = HEADERS | {"time": "2026-03-02T07:00:00Z", "subject": "Gr%C3%BC%C3%9Fe", "comexample": '"a \\"b\\""'}
    message = read_binary(headers, "text/xml; charset=utf-8", b"<a/>", LIVE)
    assert isinstance(message, NewMessage)
    assert (message.subject, message.time, message.body) == ("Grüße", datetime(2026, 3, 2, 7, tzinfo=UTC), b"<a/>")
    assert message.content_type == "text/xml; charset=utf-8"
    assert message.attributes == HEADERS | {"time": "2026-03-02T07:00:00Z", "subject": "Grüße", "comexample": 'a "b"'}


@pytest.mark.parametrize(
    ("headers", "content_type", "code", "reason"),
    [
        ({"id": "%C0%A0"}, "", "invalid_header", "the header `ce-id` is not UTF-8 after percent-decoding"),
        ({"ext": "\xff"}, "", "invalid_header", "the header `ce-ext` is not UTF-8 after percent-decoding"),
        ({"ext": "%ED%A0%80"}, "", "invalid_header", "the header `ce-ext` is not UTF-8 after percent-decoding"),
        ({"id": '""'}, "", "missing_attribute", "the required attribute `id` is empty"),
        ({"data": "1"}, "", "invalid_header", "`ce-data` is no attribute: in binary mode the body is the data"),
        ({"specversion": "0.3"}, "", "specversion", "`specversion` must be \"1.0\", not '0.3'"),
        (
            {"datacontenttype": "text/xml"},
            "application/json",
            "conflicting_header",
            "`ce-datacontenttype` says `text/xml`, Content-Type `application/json`: send only the latter",
        ),
        ({}, "text/\x00", "invalid_header", "the Content-Type is not up to 1024 printable ASCII characters"),
        ({}, "x" * 1025, "invalid_header", "the Content-Type is not up to 1024 printable ASCII characters"),
    ],
)
def test_binary_headers_that_cannot_be_read_are_refused(
    headers: dict[str, str], content_type: str, code: str, reason: str
) -> None:
    rejection = read_binary(HEADERS | headers, content_type, b"{}", LIVE)
    assert isinstance(rejection, Rejection)
    assert (rejection.index, rejection.code, rejection.reason) == (0, code, reason)


def test_the_same_datacontenttype_twice_is_no_conflict() -> None:
    message = read_binary(HEADERS | {"datacontenttype": "text/xml"}, "text/xml", b"", LIVE)
    assert isinstance(message, NewMessage)
    assert message.attributes == HEADERS
