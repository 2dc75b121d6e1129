"""Whatever the bytes: an answer in words, never a 500."""

import gzip
import json
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from apps.core.errors import DistSyncError
from apps.eventlog.types import NewMessage
from apps.intake import views
from apps.intake.envelope import Arrival, Rejection, read_batch, read_binary, read_structured
from tests.apps.intake.conftest import BATCH, PATH, STRUCTURED, Door, event
from tests.apps.intake.test_envelope import LIVE

_any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(st.characters()), children, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from(
    ["specversion", "id", "source", "type", "time", "subject", "data", "data_base64", "datacontenttype", "recordedtime", "ext"]
)
_near_events = st.builds(lambda changes: event() | changes, st.dictionaries(_names, _any_json, max_size=4))


@st.composite
def near_json(draw: st.DrawFn) -> bytes:
    """Bytes that are nearly right: an event or a batch, with a few bytes changed."""
    document: Any = draw(_near_events | st.lists(_near_events | _any_json, max_size=4))
    raw = bytearray(json.dumps(document, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass"))
    for place, byte in draw(st.lists(st.tuples(st.integers(0, max(0, len(raw) - 1)), st.integers(0, 255)), max_size=3)):
        raw[place] = byte
    return bytes(raw[: draw(st.sampled_from([len(raw), len(raw), len(raw) // 2]))])


bodies = st.binary() | near_json() | near_json().map(gzip.compress) | st.sampled_from([b"[" * 9000, b'{"a":' * 9000])
header_values = st.text(st.characters(max_codepoint=255)) | st.sampled_from(["1.0", "1", "%C0%A0", '"', "2026-01-01T00:00:00Z"])


@given(bodies)
@example(b"[" * 100_000 + b"]" * 100_000)
@example(b"[" + b"[" * 100_000 + b"]" * 100_000 + b"]")
@example(b'{"data": 1e' + b"9" * 400 + b"}")
def test_the_readers_answer_or_refuse_in_our_words(body: bytes) -> None:
    assert isinstance(read_structured(body, LIVE), NewMessage | Rejection)
    try:
        items = read_batch(body, LIVE, 100)
    except DistSyncError as refusal:
        assert refusal.detail  # noqa: PT017 - either answer is right
    else:
        assert all(isinstance(item, NewMessage | Rejection) for item in items)


@given(st.dictionaries(_names, header_values), st.text(st.characters(max_codepoint=255)), bodies)
def test_the_binary_reader_answers_or_refuses(headers: dict[str, str], content_type: str, body: bytes) -> None:
    whole = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"} | headers
    assert isinstance(read_binary(whole, content_type, body, Arrival(LIVE.now)), NewMessage | Rejection)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bodies,
    st.sampled_from([BATCH, STRUCTURED, "application/json", ""]) | header_values,
    st.dictionaries(_names.map(lambda name: f"HTTP_CE_{name.upper()}"), header_values, max_size=4),
    st.sampled_from(["", "gzip", "x"]),
)
def test_the_door_never_answers_500(door: Door, body: bytes, content_type: str, headers: dict[str, str], encoding: str) -> None:
    request = RequestFactory().generic("POST", PATH, body, HTTP_AUTHORIZATION=f"Bearer {door.token}", **headers)
    request.META |= {"CONTENT_TYPE": content_type, "HTTP_CONTENT_ENCODING": encoding}
    response = views.events(request)
    document = json.loads(response.content)
    assert response.status_code in {202, 400, 413, 415}
    assert (
        (document["accepted"] + document["duplicates"] + document["conflicts"] > 0 or not document["rejected"])
        if (response.status_code == 202)
        else document["detail"]
    )
