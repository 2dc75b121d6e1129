"""Messages over HTTP: what came, byte for byte, and what became of it."""

import base64
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
import time_machine

from apps.accounts.roles import Role
from apps.eventlog import log
from apps.eventlog.types import NewMessage
from apps.pipeline.process import process_batch
from tests.apps.api.conftest import NOW, Caller, append, event, tell
from tests.apps.api.stories import ERP, NORTH, OMS, two_legs

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def ids(answer: Any) -> list[str]:
    return sorted(row["id"] for row in answer["results"])


def test_one_message_whole(caller: Make) -> None:
    told = two_legs()
    tell(*told)
    ada = caller()
    row = ada.json(f"messages?source={OMS}&id=SO-1-placed")["results"][0]
    document = ada.json(f"messages/{row['key']}")
    assert document == {
        "key": row["key"],
        "source": OMS,
        "id": "SO-1-placed",
        "type": "distsync.order.placed.v1",
        "state": "applied",
        "reason": None,
        "subject": None,
        "time": "2026-05-12T09:14:00Z",
        "received_at": "2026-05-12T09:14:00Z",
        "logged_at": "2026-05-14T12:00:00Z",
        "is_history": True,
        "orders": ["SO-1"],
        "content_type": "application/cloudevents+json",
        "door": "events",
        "attributes": {},
        "body": json.dumps(told[0]),
        "body_base64": None,
    }
    assert ada.json("messages/SO-1-placed") == document


def test_filters(caller: Make) -> None:
    tell(*two_legs(), event("shipment.posted", ERP, "stray", "2026-05-13T18:00:00Z", shipment="NS-9", posting="45-9"))
    tell(event("order.placed", OMS, "broken", "2026-05-13T18:00:00Z", order="SO-3"))
    append(event("order.placed", OMS, "waiting", "2026-05-13T18:00:00Z", order="SO-4", lines=[]))
    ada = caller()
    applied = ["SO-1-p1", "SO-1-placed", "SO-1-r1", "SO-1-r2", "SO-1-s1"]
    assert ids(ada.json("messages")) == sorted([*applied, "broken", "stray", "waiting"])
    assert ids(ada.json("messages?order=SO-1")) == applied
    assert ids(ada.json("messages?state=applied")) == applied
    assert ids(ada.json("messages?state=unmatched")) == ["stray"]
    assert ids(ada.json("messages?state=quarantined")) == ["broken"]
    assert ids(ada.json("messages?state=pending")) == ["waiting"]
    assert ids(ada.json("messages?type=distsync.leg.released.v1")) == ["SO-1-r1", "SO-1-r2"]
    assert ids(ada.json(f"messages?source={NORTH}")) == ["SO-1-s1"]
    allowed = ["pending", "applied", "unmatched", "ambiguous", "quarantined", "conflict"]
    assert ada.problem("messages?state=lost", 400)["errors"][0]["allowed"] == allowed


def test_the_reason_of_a_quarantined_message_is_told(caller: Make) -> None:
    tell(event("order.placed", OMS, "broken", "2026-05-13T18:00:00Z", order="SO-3"))
    message = caller().json("messages/broken")
    assert (message["state"], "lines" in message["reason"]) == ("quarantined", True)


def test_a_body_that_is_no_text_comes_as_base64(caller: Make) -> None:
    body = b"\xff\xfe\x00binary"
    log.append([NewMessage(OMS, "b-1", "com.example.photo", sha256(body).digest(), body, "application/octet-stream")], now=NOW)
    process_batch(now=NOW)
    message = caller().json("messages/b-1")
    assert (message["body"], base64.b64decode(message["body_base64"])) == (None, body)


def test_an_id_that_two_sources_use_asks_which(caller: Make) -> None:
    tell(
        event("order.placed", OMS, "m-1", "2026-05-13T18:00:00Z", order="SO-1", lines=[]),
        event("order.placed", "urn:shop", "m-1", "2026-05-13T18:00:00Z", order="SO-2", lines=[]),
    )
    ada = caller()
    choices = ada.problem("messages/m-1", 409)["errors"]
    assert sorted(choice["source"] for choice in choices) == [OMS, "urn:shop"]
    assert {ada.json(f"messages/{choice['key']}")["source"] for choice in choices} == {OMS, "urn:shop"}


def test_a_message_with_other_content_is_kept_aside(caller: Make) -> None:
    tell(event("order.placed", OMS, "m-1", "2026-05-13T18:00:00Z", order="SO-1", lines=[]))
    tell(event("order.placed", OMS, "m-1", "2026-05-13T18:00:00Z", order="SO-2", lines=[]))
    ada = caller()
    row = ada.json("messages?state=conflict")["results"][0]
    message = ada.json(f"messages/{row['key']}")
    assert (message["id"], message["state"], json.loads(message["body"])["data"]["order"]) == ("m-1", "conflict", "SO-2")
    assert ada.json("messages/m-1")["state"] == "applied"


STAFF = [role for role in Role if role is not Role.PARTNER]


@pytest.mark.parametrize("role", STAFF)
def test_all_staff_see_what_belongs_to_no_order_yet(caller: Make, role: Role) -> None:
    tell(event("shipment.posted", ERP, "stray", "2026-05-13T18:00:00Z", shipment="NS-9", posting="45-9"))
    mia = caller(role)
    assert ids(mia.json("messages")) == ["stray"]
    assert ids(mia.json("messages?state=unmatched")) == ["stray"]
    assert mia.json("messages/stray")["state"] == "unmatched"


def test_a_partner_does_not_see_what_belongs_to_no_order_yet(caller: Make) -> None:
    tell(*two_legs(), event("leg.picked", NORTH, "stray", "2026-05-13T18:00:00Z", leg="SO-9/1"))
    north = caller(Role.PARTNER, partner="north")
    assert north.problem("messages?state=unmatched", 403)["title"] == "Forbidden"
    key = caller().json("messages?state=unmatched")["results"][0]["key"]
    assert north.problem(f"messages/{key}", 404)["title"] == "Not found"
    assert north.problem("messages/stray", 404)["title"] == "Not found"


def test_a_partner_finds_the_messages_of_its_own_legs(caller: Make) -> None:
    tell(*two_legs(), *two_legs("SO-2"), event("leg.picked", NORTH, "stray", "2026-05-13T18:00:00Z", leg="SO-9/1"))
    north, polaris = caller(Role.PARTNER, partner="north"), caller(Role.PARTNER, partner="polaris")
    assert ids(north.json("messages")) == ["SO-1-r1", "SO-1-s1", "SO-2-r1", "SO-2-s1"]
    assert ids(polaris.json("messages")) == ["SO-1-r2", "SO-2-r2"]
    assert ids(north.json(f"messages?source={NORTH}")) == ["SO-1-s1", "SO-2-s1"]
    assert ids(north.json("messages?id=SO-1-r2")) == []
    assert north.json("messages/SO-1-s1")["id"] == "SO-1-s1"
    assert polaris.problem("messages/SO-1-s1", 404)["title"] == "Not found"


@pytest.mark.parametrize("looked_at", [1, 3, 200])
def test_a_partners_pages_are_the_whole_however_they_are_read(
    caller: Make, monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    monkeypatch.setattr("apps.pipeline.queries.LOOKED_AT", looked_at)
    for number in range(4):
        tell(*two_legs(f"SO-{number}"))
    north = caller(Role.PARTNER, partner="north")
    whole = [row["key"] for row in north.json("messages")["results"]]
    assert len(whole) == 8
    pages, path = [], "messages?page_size=3"
    while path:
        answer = north.json(path)
        pages.append([row["key"] for row in answer["results"]])
        path, last = (answer["next"] or "").partition("/api/v1/")[2], answer
    assert pages == [whole[:3], whole[3:6], whole[6:]]
    before = north.json(last["previous"].partition("/api/v1/")[2])
    assert [row["key"] for row in before["results"]] == whole[3:6]


def test_an_unknown_message_is_not_found(caller: Make) -> None:
    ada = caller()
    for name in ("999", "c9", "nothing", "9" * 40):
        assert ada.problem(f"messages/{name}", 404)["title"] == "Not found"


def test_pages_and_etags(caller: Make) -> None:
    tell(*two_legs())
    ada = caller()
    first = ada.json("messages?page_size=3")
    second = ada.json(first["next"].partition("/api/v1/")[2])
    assert len(first["results"]) == 3
    assert ids({"results": first["results"] + second["results"]}) == ["SO-1-p1", "SO-1-placed", "SO-1-r1", "SO-1-r2", "SO-1-s1"]
    assert (second["next"], ada.json(second["previous"].partition("/api/v1/")[2])["results"]) == (None, first["results"])
    path = f"messages/{first['results'][0]['key']}"
    tag = ada.get(path).headers["ETag"]
    assert ada.get(path, **{"If-None-Match": tag}).status_code == 304
