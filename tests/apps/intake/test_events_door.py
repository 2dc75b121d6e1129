"""POST /api/v1/events over HTTP: modes, answers, limits and problems."""

import gzip
import io
import json
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from apps.eventlog import log
from apps.intake import doorbell, views
from apps.partners.models import Source
from apps.partners.services import create_credential, revoke
from tests.apps.intake.conftest import BATCH, PATH, STRUCTURED, Answer, Door, event

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ZEROS: dict[str, Any] = {"accepted": 0, "duplicates": 0, "conflicts": 0, "rejected": []}


def problem(answer: Answer) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json"
    assert answer.document["status"] == answer.status
    assert set(answer.document) - {"errors"} == {"type", "title", "status", "detail", "instance"}
    return answer.status, answer.document["detail"]


def raw(*arguments: Any, **changes: Any) -> bytes:
    return json.dumps(event(*arguments, **changes)).encode()


# --- what is taken


@pytest.mark.parametrize(
    ("content_type", "path"),
    [
        (STRUCTURED, PATH),
        (STRUCTURED, PATH + "/"),
        ("application/cloudevents+json; charset=utf-8", PATH),
        ('Application/CloudEvents+JSON;charset="UTF-8"', PATH),
    ],
)
def test_a_structured_event_is_taken(door: Door, content_type: str, path: str) -> None:
    answer = door.knock(raw(), content_type, path)
    assert (answer.status, answer.content_type, answer.document) == (202, "application/json", ZEROS | {"accepted": 1})


def test_a_message_is_in_the_log_as_it_came(door: Door) -> None:
    body = raw(time="2026-03-01T08:00:00Z", data={"order": "SO-1"})
    with time_machine.travel(NOW, tick=False):
        door.knock(body)
    kept = log.find("/oms", "1")
    assert kept is not None
    assert (kept.body, kept.content_type, kept.credential, kept.door) == (body, STRUCTURED, "oms", "events")
    assert (kept.received_at, kept.heard_at, kept.time) == (NOW, NOW, datetime(2026, 3, 1, 8, tzinfo=UTC))
    assert kept.is_history is False


def test_history_is_heard_when_it_was_recorded(history_door: Door) -> None:
    with time_machine.travel(NOW, tick=False):
        history_door.send(event("1", recordedtime="2026-01-02T00:00:00Z"), event("2", recordedtime="2027-01-01T00:00:00Z"))
    first, second = log.find("/oms", "1"), log.find("/oms", "2")
    assert first is not None
    assert second is not None
    assert (first.heard_at, first.received_at, first.is_history) == (datetime(2026, 1, 2, tzinfo=UTC), NOW, True)
    assert (second.heard_at, second.is_history) == (NOW, True)


def test_a_binary_event_is_taken(door: Door) -> None:
    headers = {"HTTP_CE_SPECVERSION": "1.0", "HTTP_CE_ID": "%31", "HTTP_CE_SOURCE": "/oms", "HTTP_CE_TYPE": "t"}
    answer = door.knock(b"<a/>", "text/xml", **headers)
    assert (answer.status, answer.document["accepted"]) == (202, 1)
    kept = log.find("/oms", "1")
    assert kept is not None
    assert (kept.body, kept.content_type) == (b"<a/>", "text/xml")
    assert kept.attributes == {"specversion": "1.0", "id": "1", "source": "/oms", "type": "t"}


def test_both_modes_of_one_event_are_one_message(door: Door) -> None:
    headers = {"HTTP_CE_SPECVERSION": "1.0", "HTTP_CE_ID": "1", "HTTP_CE_SOURCE": "/oms", "HTTP_CE_TYPE": "t"}
    door.knock(raw(type="t", data={"a": 1.0}))
    answer = door.knock(b'{ "a": 1 }', "application/json", **headers)
    assert answer.document == ZEROS | {"duplicates": 1}


def test_a_structured_events_own_words_count_where_headers_say_otherwise(door: Door) -> None:
    door.knock(raw("1"), HTTP_CE_ID="2", HTTP_CE_SPECVERSION="0.3")
    assert log.find("/oms", "1") is not None


def test_every_item_of_a_batch_has_its_answer(door: Door) -> None:
    door.send(event("known"), event("other", data=1))
    answer = door.send(
        event("new"), event("known", traceparent="x"), event("other", data=2), event("bad", time="soon"), 3, event("new")
    )
    assert answer.status == 202
    assert answer.document == {
        "accepted": 1,
        "duplicates": 2,
        "conflicts": 1,
        "rejected": [
            {
                "index": 3,
                "id": "bad",
                "reason": "`time`: `soon` is not an RFC 3339 time such as `2026-03-31T17:05:00Z`.",
            },
            {"index": 4, "id": None, "reason": "a CloudEvent is a JSON object, not a number"},
        ],
    }


def test_an_empty_batch_is_taken(door: Door) -> None:
    answer = door.send()
    assert (answer.status, answer.document) == (202, ZEROS)


def test_a_gzip_body_is_taken(door: Door) -> None:
    assert door.knock(gzip.compress(raw("1")), HTTP_CONTENT_ENCODING="gzip").status == 202
    halves = gzip.compress(raw("2")[:9]) + gzip.compress(raw("2")[9:]) + b"\0" * 8
    assert door.knock(halves, HTTP_CONTENT_ENCODING="X-GZIP").document["accepted"] == 1
    assert door.knock(raw("3"), HTTP_CONTENT_ENCODING="identity").document["accepted"] == 1


def test_the_source_was_heard(door: Door, history_door: Door) -> None:
    with time_machine.travel(NOW, tick=False):
        door.knock(raw())
        history_door.knock(raw("2", source="/north"))
    assert set(Source.objects.values_list("name", "partner", "last_heard_at", "is_discovered")) == {
        ("/oms", "", NOW, True),
        ("/north", None, NOW, True),
    }


def test_the_doorbell_rings_once_for_what_is_new(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr(doorbell, "_callbacks", [])
    doorbell.on_append(lambda: rung.append(len(list(log.read_all()))))
    door.send(event("1"), event("2"))
    door.send(event("1"))
    door.send()
    assert rung == [1]  # one batch of messages was there to be read when it rang


def test_a_doorbell_that_breaks_changes_no_answer(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "_callbacks", [lambda: 1 / 0])
    assert door.send(event()).document["accepted"] == 1


def test_a_source_that_cannot_be_noted_changes_no_answer(door: Door) -> None:
    with mock.patch.object(views, "hear", side_effect=DatabaseError):
        assert door.send(event()).document["accepted"] == 1


# --- who


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic b21zOm9tcw==", "Bearer ds_wrong", "Bearer \xff"])
def test_without_a_good_token_it_is_401(door: Door, header: str | None) -> None:
    answer = door.knock(raw(), HTTP_AUTHORIZATION=header)
    assert problem(answer)[0] == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert door.token not in str(answer.document)


def test_the_scheme_is_read_in_any_case(door: Door) -> None:
    assert door.knock(raw(), HTTP_AUTHORIZATION=f"bearer  {door.token} ").status == 202


def test_a_revoked_token_is_401(door: Door) -> None:
    door.send(event())
    revoke("oms")
    assert door.send(event()).status == 401


def test_another_door_is_403(db: None) -> None:
    door = Door(create_credential("edi", doors=["edi"]))
    assert problem(door.send(event())) == (403, "The credential `edi` may not use the door `events`, only edi.")


def test_a_partner_speaks_for_its_own_sources(door: Door) -> None:
    north = Door(create_credential("north", partner="northstar"))
    south = Door(create_credential("south", partner="polaris"))
    assert north.send(event("1", source="/north")).document["accepted"] == 1
    assert door.send(event("2"), event("3", source="/north")).document["accepted"] == 2
    assert problem(south.send(event("4", source="/north"))) == (
        403,
        (
            "The credential `south` speaks for `polaris`, and the source `/north` is not theirs. "
            "An administrator can say otherwise with `source assign`."
        ),
    )
    answer = north.send(event("5", source="/north"), event("6"), {"id": "7"})
    assert (answer.status, answer.document["accepted"]) == (202, 1)
    assert [(each["index"], each["id"], each["reason"]) for each in answer.document["rejected"]] == [
        (1, "6", "the source `/oms` is not this credential's to speak for"),
        (2, "7", "the required attribute `specversion` is missing"),
    ]


# --- what is refused


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", [PATH, PATH + "/"])
def test_other_methods_are_405(method: str, path: str) -> None:
    response = Client().generic(method, path)
    assert (response.status_code, response["Content-Type"], response["Allow"]) == (405, "application/problem+json", "POST")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "",
        "application/cloudevents+xml",
        "application/cloudevents",
        "application/cloudevents+json; charset=utf-16",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ],
)
def test_other_content_types_are_415(door: Door, content_type: str) -> None:
    assert problem(door.knock(raw(), content_type))[0] == 415


@pytest.mark.parametrize("encoding", ["deflate", "br", "gzip, gzip", "zstd"])
def test_other_encodings_are_415(door: Door, encoding: str) -> None:
    assert problem(door.knock(raw(), HTTP_CONTENT_ENCODING=encoding))[0] == 415


@pytest.mark.parametrize(
    "body",
    [b"nonsense", gzip.compress(b"x" * 99, mtime=0)[:-9], gzip.compress(b"x", mtime=0) + b"y"],
    ids=["nonsense", "cut off", "followed by more"],
)
def test_corrupt_gzip_is_400(door: Door, body: bytes) -> None:
    assert problem(door.knock(body, HTTP_CONTENT_ENCODING="gzip"))[0] == 400


def test_a_body_in_a_thousand_members_is_400(door: Door) -> None:
    answer = door.knock(gzip.compress(b" ") * 1000, HTTP_CONTENT_ENCODING="gzip")
    assert problem(answer) == (400, "The gzip body is cut into more than 100 members: send it as one.")


def test_a_body_over_the_limit_is_413(door: Door, settings: Settings) -> None:
    settings.INTAKE_BODY_LIMIT_BYTES = len(raw())
    assert door.knock(raw()).status == 202
    assert door.knock(gzip.compress(raw()), HTTP_CONTENT_ENCODING="gzip").status == 202
    reason = f"The body is over the limit of {len(raw())} bytes, which counts after decompression: send it in parts."
    assert problem(door.knock(raw() + b" ")) == (413, reason)
    assert problem(door.knock(gzip.compress(raw() + b" "), HTTP_CONTENT_ENCODING="gzip")) == (413, reason)


def test_a_bomb_is_413(door: Door) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 60_000
    assert problem(door.knock(bomb, BATCH, HTTP_CONTENT_ENCODING="gzip"))[0] == 413


def test_a_batch_over_the_limit_is_413(door: Door, settings: Settings) -> None:
    settings.INTAKE_BATCH_LIMIT_EVENTS = 2
    assert door.send(event("1"), event("2")).document["accepted"] == 2
    answer = door.send(event("3"), event("4"), event("5"))
    assert problem(answer) == (413, "The batch holds more than 2 events: send at most 2 at once.")
    assert log.find("/oms", "3") is None


def test_an_event_of_a_megabyte_is_taken(door: Door) -> None:
    assert door.knock(raw(data="x" * 1_000_000)).document["accepted"] == 1


def test_when_nothing_is_readable_it_is_400_with_every_reason(door: Door) -> None:
    answer = door.send({"id": "1"}, 2)
    assert problem(answer) == (
        400,
        "None of the 2 events could be read; the first: the required attribute `specversion` is missing.",
    )
    assert answer.document["errors"] == [
        {"index": 0, "id": "1", "reason": "the required attribute `specversion` is missing"},
        {"index": 1, "id": None, "reason": "a CloudEvent is a JSON object, not a number"},
    ]


def test_a_batch_that_is_cut_off_is_refused_whole(door: Door) -> None:
    answer = door.knock(json.dumps([event("1"), event("2")]).encode()[:-3], BATCH)
    assert problem(answer) == (400, "The batch ends in the middle: its JSON array is not closed.")
    assert log.find("/oms", "1") is None


def request(door: Door, **environ: Any) -> Any:
    """A request as the server hands it over, with a body that need not be what its headers say."""
    return RequestFactory().post(PATH, content_type=STRUCTURED, HTTP_AUTHORIZATION=f"Bearer {door.token}", **environ)


def test_a_body_shorter_than_its_length_is_400(door: Door) -> None:
    sent = request(door)
    sent._stream = io.BytesIO(raw()[:10])
    sent.META["CONTENT_LENGTH"] = str(len(raw()))
    response = views.events(sent)
    assert response.status_code == 400
    assert json.loads(response.content)["detail"] == (
        f"The body has 10 bytes where Content-Length says {len(raw())}: send it again whole."
    )


def test_a_chunked_body_is_read_to_its_end(door: Door) -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    assert views.events(request(door, **chunked | {"wsgi.input": io.BytesIO(raw())})).status_code == 202


def test_a_refused_body_is_read_to_its_end_so_that_the_sender_gets_the_answer(door: Door, settings: Settings) -> None:
    settings.INTAKE_BODY_LIMIT_BYTES = 10
    for sender, status in ((door, 413), (Door("nobody"), 401)):
        body = io.BytesIO(raw())
        sent = request(sender, **{"wsgi.input": body, "CONTENT_LENGTH": str(len(raw()))})
        assert views.events(sent).status_code == status
        assert body.read() == b""


def test_a_body_beyond_all_bounds_is_not_waited_for(door: Door) -> None:
    body = io.BytesIO(raw())
    sent = request(door, **{"wsgi.input": body, "CONTENT_LENGTH": str(10**12)})
    assert views.events(sent).status_code == 413
    assert body.tell() == 0


def test_a_chunked_body_over_the_limit_is_413(door: Door, settings: Settings) -> None:
    settings.INTAKE_BODY_LIMIT_BYTES = 10
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    assert views.events(request(door, **chunked | {"wsgi.input": io.BytesIO(raw())})).status_code == 413


class Broken(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError


def test_a_client_that_leaves_is_400(door: Door) -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    assert views.events(request(door, **chunked | {"wsgi.input": Broken()})).status_code == 400


@pytest.mark.parametrize("length", ["x", "-1", "1e9", "٣", "9" * 30])
def test_a_length_that_is_none_breaks_nothing(door: Door, length: str) -> None:
    sent = request(door, **{"wsgi.input": io.BytesIO(raw()), "CONTENT_LENGTH": length})
    assert views.events(sent).status_code == (413 if len(length) == 30 else 400)
