"""U+0000 and half surrogate pairs in an event's attributes: taken, kept as they came, quarantined, nobody else's harm."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.eventlog import log
from apps.eventlog.types import NewMessage
from apps.intake.envelope import Arrival, read_binary, read_structured
from apps.orders.queries import get_order
from apps.pipeline.queries import MessageFilter, find_messages, get_message
from tests.apps.intake.conftest import BATCH, Door, event
from tests.messages import process

LIVE = Arrival(datetime(2026, 3, 2, 8, tzinfo=UTC), "oms", "events")
WHY = "holds the character U+0000 or half of a surrogate pair, which no database text can keep"
ODD = [
    ("id", "a\x00b", r"a\u0000b"),
    ("source", "/oms\ud800", r"/oms\ud800"),
    ("source", "\udfff/\x00", r"\udfff/\u0000"),
    ("type", "distsync.order.placed.v1\x00", r"distsync.order.placed.v1\u0000"),
    ("subject", "\x00", r"\u0000"),
    ("dataschema", "urn:\x00", r"urn:\u0000"),
    ("datacontenttype", "application/json\x00", r"application/json\u0000"),
]


def placed(identifier: str, **changes: Any) -> dict[str, Any]:
    return event(identifier, data={"order": f"SO-{identifier}", "lines": []}) | changes


@pytest.mark.parametrize(("name", "text", "escaped"), ODD)
def test_the_log_has_it_escaped_and_as_it_came(name: str, text: str, escaped: str) -> None:
    body = json.dumps(placed("1", **{name: text})).encode()
    message = read_structured(body, LIVE)
    assert isinstance(message, NewMessage)
    assert (message.body, message.attributes) == (body, {name: escaped})
    assert getattr(message, name, escaped) == escaped
    assert log.unstorable(message) is None


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "text", "escaped"), ODD)
def test_it_is_quarantined_between_good_ones(door: Door, name: str, text: str, escaped: str) -> None:
    answer = door.send(placed("1"), placed("2", **{name: text}), placed("3"))
    assert (answer.status, answer.document["accepted"], answer.document["rejected"]) == (202, 3, [])
    process()
    (row,) = find_messages(MessageFilter(state="quarantined"), cursor=None, page_size=9).rows
    assert row.reason == f'{name}: {WHY}; it came as "{escaped}". Send it again without.'
    assert row.id == (escaped if name == "id" else "2")
    assert get_message(row.key).attributes == {name: escaped}
    assert [get_order(f"SO-{good}").state.order for good in (1, 3)] == ["SO-1", "SO-3"]


@pytest.mark.django_db
def test_the_same_again_is_a_duplicate_and_without_it_another(door: Door) -> None:
    door.send(placed("a\x00"))
    answer = door.send(placed("a\x00"), placed("a"), placed("a\x00", subject="x"))
    assert [answer.document[name] for name in ("accepted", "duplicates", "conflicts")] == [1, 1, 1]


@pytest.mark.django_db
def test_headers_are_treated_alike(door: Door) -> None:
    headers = {"HTTP_CE_SPECVERSION": "1.0", "HTTP_CE_ID": "1", "HTTP_CE_SOURCE": "/oms", "HTTP_CE_SUBJECT": "a%00"}
    headers["HTTP_CE_TYPE"] = "distsync.order.placed.v1"
    body = b'{"order": "SO-1", "lines": []}'
    assert door.knock(body, "application/json", **headers).document["accepted"] == 1
    assert door.send(event(data=json.loads(body), subject="a\x00")).document["duplicates"] == 1
    process()
    (row,) = find_messages(MessageFilter(state="quarantined"), cursor=None, page_size=9).rows
    assert (row.subject, row.reason) == (r"a\u0000", f'subject: {WHY}; it came as "a\\u0000". Send it again without.')
    assert get_message(row.key).attributes["subject"] == "a\x00"


@pytest.mark.django_db
def test_an_attribute_that_nobody_reads_is_ignored_in_both_modes(door: Door) -> None:
    headers = {"HTTP_CE_SPECVERSION": "1.0", "HTTP_CE_ID": "1", "HTTP_CE_SOURCE": "/oms", "HTTP_CE_MINE": "%00"}
    headers["HTTP_CE_TYPE"] = "distsync.order.placed.v1"
    door.knock(b'{"order": "SO-1", "lines": []}', "application/json", **headers)
    door.knock(json.dumps([placed("2", mine="\x00")]).encode(), BATCH)
    process()
    assert [get_order(f"SO-{good}").state.order for good in (1, 2)] == ["SO-1", "SO-2"]


def test_a_message_that_cannot_be_kept_is_never_made() -> None:
    headers = {"specversion": "1.0", "id": "%00", "source": "%00", "type": "%00", "subject": "%00", "ext": "%00"}
    message = read_binary(headers, "application/json", b"\x00", LIVE)
    assert isinstance(message, NewMessage)
    assert log.unstorable(message) is None
