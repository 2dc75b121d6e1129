"""Whole requests that are no request: an answer in words each time, and the next good one is taken."""

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.apps.intake.conftest import BATCH, STRUCTURED, Answer, Door
from tests.hostile.between import good, harmless

pytestmark = pytest.mark.django_db
EVENTS = b"[" + b", ".join(good(number) for number in (900_001, 900_002)) + b"]"
GZIP: dict[str, Any] = {"HTTP_CONTENT_ENCODING": "gzip"}
MEBIBYTE = 1024 * 1024


def refused(answer: Answer, *statuses: int) -> None:
    assert answer.status in statuses, answer.document
    assert answer.content_type == "application/problem+json"
    assert 10 < len(answer.document["detail"]) < 600, answer.document


@pytest.fixture(autouse=True)
def _the_door_still_takes(door: Door) -> Iterator[None]:
    yield
    assert harmless(door, []) == {}


def test_a_body_cut_at_any_byte_is_refused(door: Door) -> None:
    for end in range(1, len(EVENTS)):
        refused(door.knock(EVENTS[:end], BATCH), 400)
    single = good(900_003)
    for end in range(1, len(single)):
        refused(door.knock(single[:end], STRUCTURED), 400)
    assert door.knock(EVENTS, BATCH).document["accepted"] == 2


def test_a_gzip_body_cut_or_changed_at_any_byte_is_refused_or_whole(door: Door) -> None:
    packed = gzip.compress(EVENTS, mtime=0)
    for end in range(1, len(packed)):
        refused(door.knock(packed[:end], BATCH, **GZIP), 400)
    for place in range(len(packed)):
        changed = bytearray(packed)
        changed[place] ^= 0xFF
        answer = door.knock(bytes(changed), BATCH, **GZIP)
        if place in (4, 5, 6, 7, 8, 9):  # its time, level and system, which say nothing of the content
            assert answer.status == 202
        else:
            refused(answer, 400)


BOMBS: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "plain": (gzip.compress(b" " * 200 * MEBIBYTE, 9), (413,)),
    "in members": (gzip.compress(b" " * MEBIBYTE, 9) * 99, (413,)),
    "of nothing": (gzip.compress(b"") * 200_000, (400, 413)),
    "nested": (gzip.compress(gzip.compress(gzip.compress(b" " * 50 * MEBIBYTE, 9))), (400,)),
    "with rubbish behind": (gzip.compress(EVENTS) + b"rubbish", (400,)),
    "zlib": (zlib.compress(EVENTS), (400,)),
    "a header alone": (b"\x1f\x8b\x08", (400,)),
    "with a name that never ends": (b"\x1f\x8b\x08\x08\0\0\0\0\0\0" + b"a" * MEBIBYTE, (400,)),
    "just over": (gzip.compress(b" " * (5 * MEBIBYTE + 1)), (413,)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_gzip_bombs(door: Door, name: str) -> None:
    body, statuses = BOMBS[name]
    refused(door.knock(body, BATCH, **GZIP), *statuses)


@pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "gzip, gzip", "gzip;q=1", "\x00", "x" * 5000, "compress"])
def test_encodings_that_are_not_read(door: Door, encoding: str) -> None:
    refused(door.knock(EVENTS, BATCH, HTTP_CONTENT_ENCODING=encoding), 415)


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "utf-7", "nonsense", "x" * 5000, "utf-8; charset=utf-16"])
def test_charsets_that_are_not_read(door: Door, charset: str) -> None:
    refused(door.knock(EVENTS, f"{BATCH}; charset={charset}"), 415)


HUGE: dict[str, tuple[bytes, int]] = {
    "10 MiB of events": (b"[" + b" " * 10 * MEBIBYTE + EVENTS[1:], 413),
    "10 MiB of nothing": (b"\0" * 10 * MEBIBYTE, 413),
    "one event too many": (b"[" + b",".join([b"{}"] * 1001) + b"]", 413),
    "a million commas": (b"[" + b"," * MEBIBYTE + b"]", 413),
    "a million brackets": (b"[" * MEBIBYTE, 400),
    "a million braces": (b"[" + b"{" * MEBIBYTE, 400),
    "a million quotes": (b"[" + b'"' * MEBIBYTE, 400),
    "a million escapes": (b'["' + b"\\" * MEBIBYTE, 400),
    "a million colons": (b"[{" + b'"a":' * MEBIBYTE + b"}]", 400),
    "UTF-16": (EVENTS.decode().encode("utf-16"), 400),
    "UTF-32": (EVENTS.decode().encode("utf-32"), 400),
    "an object": (EVENTS[1:-1], 400),
    "two arrays": (EVENTS + EVENTS, 400),
    "two lines": (good(1) + b"\n" + good(2), 400),
    "a trailing comma": (EVENTS[:-1] + b",]", 202),
}


@pytest.mark.parametrize("name", HUGE)
def test_large_and_strange_batches(door: Door, name: str) -> None:
    body, status = HUGE[name]
    answer = door.knock(body, BATCH)
    if status == 202:
        assert (answer.status, answer.document["accepted"], len(answer.document["rejected"])) == (202, 2, 1)
    else:
        refused(answer, status)


def test_a_byte_order_mark_and_blanks_change_nothing(door: Door) -> None:
    assert door.knock(b"\xef\xbb\xbf \r\n\t" + EVENTS + b"\n ", BATCH).document["accepted"] == 2
    assert door.knock(b" [ ] ", BATCH).status == 202


VALUES = [
    "",
    " ",
    "%",
    "%0",
    "%zz",
    "%00",
    "%C0%A0",
    "%ED%A0%80",
    "%FF",
    "\xff",
    '"',
    '"a',
    '"\\"',
    "%22",
    "a,b",
    "x" * 100_000,
    "%2500",
]


@pytest.mark.parametrize(
    "name", ["ID", "SOURCE", "TYPE", "TIME", "SUBJECT", "SPECVERSION", "DATACONTENTTYPE", "MINE", "DATA", ""]
)
def test_hostile_headers(door: Door, name: str) -> None:
    sound = {
        "HTTP_CE_SPECVERSION": "1.0",
        "HTTP_CE_ID": "h",
        "HTTP_CE_SOURCE": "/h",
        "HTTP_CE_TYPE": "distsync.order.placed.v1",
    }
    for value in VALUES:
        answer = door.knock(
            json.dumps({"order": "H", "lines": []}).encode(), "application/json", **sound | {f"HTTP_CE_{name}": value}
        )
        assert answer.status in (202, 400), (name, value, answer.document)
        assert answer.status == 202 or len(answer.document["detail"]) < 600
