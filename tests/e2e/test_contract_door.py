"""CONTRACT.md, Doors and Envelope: what `POST /api/v1/events` answers to whatever is sent."""

import gzip
import json
from typing import Any

import pytest

from tests.e2e.world import BATCH, OMS, STRUCTURED, Answer, Event, World, at, placed, problem, refused

pytestmark = pytest.mark.e2e


def counts(accepted: int = 0, duplicates: int = 0, conflicts: int = 0) -> tuple[int, dict[str, Any]]:
    return 202, {"accepted": accepted, "duplicates": duplicates, "conflicts": conflicts, "rejected": []}


def said(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.json


def binary(told: Event, **headers: str) -> dict[str, str]:
    attributes = {f"ce-{name}": value for name, value in told.items() if name != "data"}
    return {"Content-Type": "application/json", **attributes, **headers}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/cloudevents+json",
        "Application/CloudEvents+JSON",
        "application/cloudevents+json; charset=UTF-8",
        'application/cloudevents+json ;charset="utf-8"',
    ],
)
def test_one_event_in_structured_mode(world: World, name: str, content_type: str) -> None:
    assert said(world.post(placed(name), {"Content-Type": content_type})) == counts(accepted=1)


def test_batches(world: World, name: str) -> None:
    assert said(world.post([])) == counts()
    assert said(world.post([placed(name), placed(name)])) == counts(accepted=2)
    zipped = gzip.compress(json.dumps([placed(name)]).encode())
    assert said(world.post(zipped, {**BATCH, "Content-Encoding": "gzip"})) == counts(accepted=1)


def test_binary_mode_is_the_same_event_as_structured(world: World, name: str) -> None:
    told = placed(name)
    assert said(world.post(told["data"], binary(told))) == counts(accepted=1)
    assert said(world.post(told, STRUCTURED)) == counts(duplicates=1)
    assert said(world.post(told["data"], binary(told, **{"Content-Type": "application/json; charset=utf-8"}))) == counts(
        duplicates=1
    )


def test_header_values_are_decoded_once(world: World, name: str) -> None:
    told = {**placed(name), "id": "%E2%82%AC%2041-" + name}
    assert said(world.post(told["data"], binary(told))) == counts(accepted=1)
    assert said(world.post({**told, "id": "€ 41-" + name}, STRUCTURED)) == counts(duplicates=1)
    answer = world.post(told["data"], binary({**told, "subject": "%C0%A0"}))
    assert problem(answer) == refused(400)


def test_duplicates_and_conflicts(world: World, name: str) -> None:
    told = placed(name)
    other = {**told, "data": {**told["data"], "region": "EU"}}
    traced = {**told, "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "a=b"}
    assert said(world.post([told, told, other])) == counts(accepted=1, duplicates=1, conflicts=1)
    assert said(world.post([traced, {**told, "recordedtime": at("9 09:00")}])) == counts(duplicates=2)
    assert said(world.post([dict(reversed(told.items())), {**told, "time": at("9 09:00")}])) == counts(
        duplicates=1, conflicts=1
    )
    world.settle()
    assert world.order(name)["region"] is None
    rows = world.get(f"messages?state=conflict&id={told['id']}").json["results"]
    assert [row["state"] for row in rows] == ["conflict", "conflict"]


def test_a_batch_keeps_what_can_be_read(world: World, name: str) -> None:
    told = placed(name)
    broken: list[Any] = [{key: value for key, value in told.items() if key != gone} for gone in ("id", "source", "type")]
    broken += [{**told, "id": f"{name}x", "time": "yesterday"}, {**told, "id": f"{name}y", "specversion": "0.3"}, 42, None]
    answer = world.post([broken[0], told, *broken[1:]])
    assert (answer.status, answer.json["accepted"]) == (202, 1)
    rejected = answer.json["rejected"]
    assert [(item["index"], item["id"]) for item in rejected] == [
        (0, None),
        (2, told["id"]),
        (3, told["id"]),
        (4, f"{name}x"),
        (5, f"{name}y"),
        (6, None),
        (7, None),
    ]
    assert rejected[0]["reason"] == "the required attribute `id` is missing"
    nothing = world.post(broken)
    assert problem(nothing) == refused(400)
    assert [item["index"] for item in nothing.json["errors"]] == list(range(7))


def test_unknown_attributes_and_types_are_taken(world: World, name: str) -> None:
    told = {**placed(name), "comexample": 5}
    assert said(world.post([told, {**placed(name), "type": "com.example.unknown"}])) == counts(accepted=2)


@pytest.mark.parametrize(
    "body",
    [b"", b"{nope", b"[1,", b"\xff\xfe", b"[" * 100_000, b'"text"', b"null", b"\x00", b'{"id":' + b"9" * 5000 + b"}"],
    ids=lambda body: repr(body[:8]),
)
def test_no_bytes_are_a_failure_of_ours(world: World, body: bytes) -> None:
    assert problem(world.post(body, STRUCTURED)) == refused(400)
    assert problem(world.post(body, BATCH)) == refused(400)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "application/json"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/cloudevents+xml"},
        {"Content-Type": "application/cloudevents+json; charset=utf-16"},
        {**STRUCTURED, "Content-Encoding": "br"},
    ],
    ids=str,
)
def test_media_that_is_not_read(world: World, name: str, headers: dict[str, str]) -> None:
    assert problem(world.post(placed(name), headers)) == refused(415)


def test_sizes(world: World, name: str) -> None:
    assert said(world.post({**placed(name), "note": "x" * 70_000}, STRUCTURED)) == counts(accepted=1)
    big = json.dumps({**placed(name), "note": "x" * 5 * 1024 * 1024}).encode()
    assert problem(world.post(big, STRUCTURED)) == refused(413)
    assert problem(world.post(gzip.compress(big), {**STRUCTURED, "Content-Encoding": "gzip"})) == refused(413)
    told = [placed(name) for _ in range(1001)]
    assert problem(world.post(told)) == refused(413)
    assert said(world.post(told[:1000])) == counts(accepted=1000)


def test_who_may_not_send(world: World, name: str) -> None:
    for token in ("", "nonsense", world.reader()):
        answer = world.post([placed(name)], token=token)
        assert problem(answer) == refused(401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert problem(world.post([placed(name)], token=world.credential("--door", "edi"))) == refused(403)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods(world: World, method: str) -> None:
    answer = world.request(method, "/api/v1/events", None, STRUCTURED, world.credential())
    assert (problem(answer), answer.headers["allow"]) == (refused(405), "POST")


def test_no_door_redirects(world: World, name: str) -> None:
    body = json.dumps([placed(name)]).encode()
    assert world.request("POST", "/api/v1/events/", body, BATCH, world.credential()).status == 202
    for path in ("/api/v1/nothing", "/v1/nothing/", "/hooks/nobody/"):
        assert problem(world.request("POST", path, body, BATCH, world.credential())) == refused(404)


def test_history_is_heard_when_it_was_recorded(world: World, name: str) -> None:
    first = {**placed(name), "recordedtime": at("1 10:05")}
    second = {**placed(name, "1 12:00"), "source": OMS}
    world.tell(first, second, token=world.credential("--history"))
    heard = [row["received_at"] for row in world.get(f"orders/{name}/timeline").json["results"]]
    assert heard == [at("1 10:05"), at("1 12:00")]
