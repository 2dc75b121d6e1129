"""Items of a batch that are no event, or one that nothing should be made of: each between good ones, at the door and after."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apps.intake.conftest import Door
from tests.apps.intake.test_fuzz import near_json
from tests.hostile.between import fates, harmless, quarantined

pytestmark = pytest.mark.django_db
PLACED = "distsync.order.placed.v1"
DEEP = 100_000


def event(identifier: str, **changes: Any) -> bytes:
    whole = {"specversion": "1.0", "id": identifier, "source": "/bad", "type": PLACED, "data": {"order": "X", "lines": []}}
    return json.dumps(whole | changes).encode()


def with_data(identifier: str, data: bytes) -> bytes:
    return event(identifier, data="@@").replace(b'"@@"', data)


# name -> (the item, what becomes of it, words of the reason)
ITEMS: dict[str, tuple[bytes, str, str]] = {
    "null": (b"null", "rejected", "a CloudEvent is a JSON object, not null"),
    "a number": (b"1e400", "rejected", "a CloudEvent is a JSON object, not a number"),
    "10,000 digits": (b"9" * 10_000, "rejected", "a CloudEvent is a JSON object, not a number"),
    "NaN": (b"NaN", "rejected", "a CloudEvent is a JSON object, not a number"),
    "text": (b'"\\u0000"', "rejected", "a CloudEvent is a JSON object, not text"),
    "a batch in the batch": (b"[{}]", "rejected", "a CloudEvent is a JSON object, not an array"),
    "no attribute": (b"{}", "rejected", "the required attribute `specversion` is missing"),
    "words": (b"good grief", "rejected", "the event is not JSON"),
    "nothing": (b"", "rejected", "the event is not JSON"),
    "a closed brace too many": (b'{"id": "1"}}', "rejected", "the event is not JSON"),
    "three of them": (b'{"id": "1"}} }}', "rejected", "the event is not JSON"),
    "a list closed as an object": (b'{"id": ["1"}}', "rejected", "the event is not JSON"),
    "no colon": (b'{"id" "1"}', "rejected", "the event is not JSON"),
    "a comma too many": (b'{"id": "1",}', "rejected", "the event is not JSON"),
    "not UTF-8": (b'{"id": "\xff\xfe"}', "rejected", "the event is not UTF-8"),
    "overlong UTF-8": (b'{"id": "\xc0\x80"}', "rejected", "the event is not UTF-8"),
    "a surrogate in UTF-8": (b'{"id": "\xed\xa0\x80"}', "rejected", "the event is not UTF-8"),
    "a raw control character": (b'{"id": "a\nb"}', "rejected", "the event is not JSON"),
    "raw U+0000": (b'{"id": "a\x00b"}', "rejected", "the event is not JSON"),
    "deep lists": (b"[" * DEEP + b"]" * DEEP, "rejected", "the event is nested deeper than 256 levels"),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "rejected", "the event is nested deeper than 256 levels"),
    "deep data": (with_data("deep", b"[" * DEEP + b"]" * DEEP), "rejected", "the event is nested deeper than 256 levels"),
    "data of 240 levels": (with_data("240", b"[" * 240 + b"]" * 240), "quarantined", "data: expected an object, came a list"),
    "data as text": (event("text", data='{"order": "X"}'), "quarantined", "send the JSON itself, not JSON as text"),
    "two kinds of data": (event("two", data_base64="e30="), "rejected", "`data` and `data_base64` exclude each other"),
    "Base64 of nothing good": (event("b64", data=None, data_base64="/w=="), "quarantined", "data: is not UTF-8"),
    "Base64 of depth": (
        event("b64-deep", data=None, data_base64="W1tb" * 25_000),
        "quarantined",
        "data: is nested too deeply to be read",
    ),
    "no Base64": (event("b64-not", data=None, data_base64="é!"), "rejected", "`data_base64` is not Base64"),
    "a byte order mark": (b"\xef\xbb\xbf" + event("bom", data={"order": "BOM", "lines": []}), "applied", ""),
    "keys twice": (event("dup")[:-1] + b', "id": "dup2", "data": {"order": "DUP", "lines": []}}', "applied", ""),
    "minus zero": (
        with_data("-0", b'{"order": "ZERO", "lines": [{"line": "1", "sku": "A", "quantity": -0}]}'),
        "applied",
        "",
    ),
    "1 MiB of text": (event("1MiB", data={"order": "M", "lines": [], "mine": "x" * 1024 * 1024}), "applied", ""),
    "1 MiB in a field": (
        event("region", data={"order": "M", "lines": [], "region": "x" * 1024 * 1024}),
        "quarantined",
        "at most",
    ),
    "20,000 lines": (
        event("many", data={"order": "L", "lines": [{"line": str(n), "sku": "A", "quantity": 1} for n in range(20_000)]}),
        "applied",
        "",
    ),
    "20,000 attributes": (event("wide", **{f"a{n}": "x" for n in range(20_000)}), "applied", ""),
    "an order of 64 KiB": (
        event("64", data={"order": "x" * 65_536, "lines": []}),
        "quarantined",
        "came 65536",
    ),
    "an id of 64 KiB": (event("x" * 65_536), "rejected", "`id` has 65536 characters; at most 1024 are kept"),
    "a subject of 64 KiB": (event("s", subject="x" * 65_536), "applied", ""),
    "a year beyond": (event("time", time="10000-01-01T00:00:00Z"), "rejected", "`time`"),
    "the last second": (event("last", time="9999-12-31T23:59:59-12:00"), "rejected", "`time`"),
    "a leap second": (event("leap", time="2016-12-31T23:59:60Z", data={"order": "LEAP", "lines": []}), "applied", ""),
    "a time without zone": (event("zone", time="2026-01-01T00:00:00"), "quarantined", "has no zone"),
    "other scripts' digits": (
        with_data("digits", '{"order": "D", "lines": [{"line": "1", "sku": "A", "quantity": "٣"}]}'.encode()),
        "quarantined",
        "data.lines[0].quantity: expected a number",
    ),
}


def test_each_item_has_its_fate_and_the_good_ones_theirs(door: Door) -> None:
    found = dict(zip(ITEMS, fates(door, [item for item, _, _ in ITEMS.values()]), strict=True))
    assert {name: fate.state for name, fate in found.items()} == {name: state for name, (_, state, _) in ITEMS.items()}
    for name, (_, state, words) in ITEMS.items():
        reason = found[name].reason or ""
        assert words in reason, name
        assert state == "applied" or 10 < len(reason) < 700, name
        assert not {"Traceback", "Error(", "msgspec", "psycopg", "0x7f"} & set(reason.replace(":", " ").split()), reason
    assert len(quarantined()) == sum(state == "quarantined" for _, state, _ in ITEMS.values())


NAMES = {
    "slashes": "a/b//c/",
    "percent": "a%2Fb%00%",
    "percent twice": "%252F",
    "right to left": "\u202eFBA\u2066",
    "emoji": "👩‍👩‍👧‍👦\u200d🚀",
    "markup": "<script>alert(1)</script>",
    "quotes": "\"'`&amp;{{7*7}}{% if %}",
    "SQL": "'; DROP TABLE orders_order; --",
    "pattern": "%_\\",
    "dots": "../../etc/passwd",
    "format": "%s {0} $1 %(a)s",
    "colon": "issuer:order:more",
    "question": "a?b=c&d#e",
    "combining": "e\u0301\u0301" * 40,
    "512 characters": "x" * 512,
}


def test_odd_identifiers_are_identifiers(door: Door) -> None:
    """As an order, a leg, a partner, a source and an id all at once; each order is found under its number."""
    from apps.orders.queries import get_order, search

    told = []
    for text in NAMES.values():
        lines = [{"line": text, "sku": text, "quantity": 1}]
        told.append(event(f"{text}1", source=text, subject=text, data={"order": text, "lines": lines, "region": text}))
        leg = {"order": text, "leg": text, "partner": text, "site": text, "lines": lines}
        told.append(event(f"{text}2", source=text, type="distsync.leg.released.v1", data=leg))
    assert {fate.state for fate in fates(door, told)} == {"applied"}
    for text in NAMES.values():
        state = get_order(text).state
        assert (state.order, [leg.leg for leg in state.legs], [line.sku for line in state.lines]) == (text, [text], [text])
        assert text in [hit.order for hit in search(text)], text


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(near_json().filter(lambda raw: raw.startswith(b"{") and _is_closed(raw)), min_size=1, max_size=6))
def test_events_nearly_right_harm_nobody(door: Door, items: list[bytes]) -> None:
    """A few bytes changed, anywhere: the neighbours are applied all the same."""
    assert all(len(reason) > 10 for reason in harmless(door, items).values())


def _is_closed(raw: bytes) -> bool:
    """Whether the item ends where it seems to: one that swallows its neighbours is a broken batch, not a broken item."""
    from apps.core.errors import Unreadable
    from apps.intake.splitting import split

    try:
        return split(b"[" + raw + b",1]") == [raw.strip(), b"1"]
    except Unreadable:
        return False
