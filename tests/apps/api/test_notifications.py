"""One's own inbox over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
import time_machine

from apps.accounts.roles import Role
from apps.api.openapi import document
from apps.delivery.models import NotificationRow
from tests.apps.api.conftest import NOW, Caller

pytestmark = pytest.mark.django_db
Make = Callable[..., Caller]


def told(who: Caller, number: int, *, partner: str | None = "north", minutes: int = 0) -> str:
    """Something that this caller was told so many minutes before NOW; its id."""
    row = NotificationRow.objects.create(
        id=bytes([number]) * 16,
        recipient=f"person:{who.user.username}",
        kind="assigned",
        at=NOW - timedelta(minutes=minutes),
        told_at=NOW,
        title=f"Number {number}",
        text="Look at it.",
        path=f"/exceptions/{number}/",
        partner=partner,
        in_inbox=True,
    )
    return bytes(row.id).hex()


def titles(answer: dict[str, Any]) -> list[str]:
    return [row["title"] for row in answer["results"]]


def test_what_one_was_told_and_nobody_else(caller: Make) -> None:
    ada, ben = caller(), caller()
    told(ada, 1, minutes=5)
    told(ben, 2)
    assert ada.json("notifications") == {
        "next": None,
        "previous": None,
        "results": [
            {
                "id": "01" * 16,
                "kind": "assigned",
                "at": "2026-05-14T11:55:00Z",
                "title": "Number 1",
                "text": "Look at it.",
                "path": "/exceptions/1/",
                "due_at": None,
                "read_at": None,
            }
        ],
        "unread": 1,
    }
    assert ada.problem("notifications?unread=perhaps", 400)["errors"][0]["parameter"] == "unread"
    assert ada.problem("notifications?cursor=foreign", 400)["title"] == "Unreadable"


def test_it_comes_in_pages(caller: Make) -> None:
    ada = caller()
    for number in range(1, 4):
        told(ada, number, minutes=number)
    first = ada.json("notifications?page_size=2")
    assert (titles(first), first["unread"]) == (["Number 1", "Number 2"], 3)
    second = ada.json(first["next"].partition("/api/v1/")[2])
    assert (titles(second), second["next"]) == (["Number 3"], None)
    assert titles(ada.json(second["previous"].partition("/api/v1/")[2])) == ["Number 1", "Number 2"]


def test_one_is_read_once_and_for_all(caller: Make) -> None:
    ada, ben = caller(), caller()
    number, _ = told(ada, 1), told(ada, 2, minutes=1)
    with time_machine.travel(NOW, tick=False):
        assert ada.act(f"notifications/{number}/read") == {"read": 1, "unread": 1}
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert ada.act(f"notifications/{number}/read") == {"read": 1, "unread": 1}
    assert [row["read_at"] for row in ada.json("notifications")["results"]] == ["2026-05-14T12:00:00Z", None]
    assert titles(ada.json("notifications?unread=true")) == ["Number 2"]
    ben.refused(f"notifications/{number}/read", 404)
    ada.refused("notifications/nonsense/read", 404)
    assert ada.refused(f"notifications/{number}/read", 400, {"until": None})["title"] == "Bad field"


def test_all_that_one_had_before_ones_eyes_are_read(caller: Make) -> None:
    ada = caller()
    for number in range(1, 4):
        told(ada, number, minutes=number)
    with time_machine.travel(NOW, tick=False):
        assert ada.act("notifications/read", until="2026-05-14T11:58:00Z") == {"read": 2, "unread": 1}
        assert ada.act("notifications/read") == {"read": 1, "unread": 0}
        assert ada.act("notifications/read") == {"read": 0, "unread": 0}
    assert ada.refused("notifications/read", 400, {"until": "soon"})["errors"][0]["field"] == "until"


def test_a_partners_user_sees_what_is_of_its_partner(caller: Make) -> None:
    north = caller(Role.PARTNER, partner="north")
    own, others = told(north, 1), told(north, 2, partner="south")
    found = north.json("notifications")
    assert (titles(found), found["unread"]) == (["Number 1"], 1)
    north.refused(f"notifications/{others}/read", 404)
    assert north.act(f"notifications/{own}/read") == {"read": 1, "unread": 0}


def test_its_answers_are_what_the_document_says(caller: Make) -> None:
    ada, whole = caller(), document()
    number = told(ada, 1)
    for method, template, found in (
        ("get", "/api/v1/notifications", ada.json("notifications")),
        ("post", "/api/v1/notifications/read", ada.act("notifications/read")),
        ("post", "/api/v1/notifications/{notification}/read", ada.act(f"notifications/{number}/read")),
    ):
        schema = whole["paths"][template][method]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema_rs.validator_for({**schema, "components": whole["components"]}).validate(found)
