"""Messages told through the log and worked by the pipeline, and callers of every role."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.accounts.services import issue_token
from apps.core.time import parse_time
from apps.eventlog import log
from apps.eventlog.types import NewMessage
from apps.pipeline.process import process_batch

NOW = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)
Event = dict[str, Any]


def event(name: str, source: str, number: str, at: str, **data: Any) -> Event:
    """A canonical business event; `leg_` and the like are the wire's names."""
    return {
        "specversion": "1.0",
        "id": number,
        "source": source,
        "type": f"distsync.{name}.v1",
        "time": at,
        "data": {key.rstrip("_"): value for key, value in data.items()},
    }


def append(*events: Event, heard: str | None = None) -> None:
    """Put events into the log, heard when they happened or at `heard`."""
    messages = []
    for told in events:
        body = json.dumps(told).encode()
        messages.append(
            NewMessage(
                source=told["source"],
                id=told["id"],
                type=told["type"],
                digest=sha256(body).digest(),
                body=body,
                content_type="application/cloudevents+json",
                time=parse_time(told["time"]),
                heard_at=parse_time(heard or told["time"]),
                is_history=True,
                door="events",
            )
        )
    log.append(messages, now=NOW)


def tell(*events: Event, heard: str | None = None) -> None:
    """Append events and work them."""
    append(*events, heard=heard)
    while process_batch(now=NOW):
        pass


class Caller:
    """Somebody with a token who asks the API."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.token = issue_token(user)[1]
        self.client = Client()

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {self.token}", **headers})

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        sent = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        with_token = {"Authorization": f"Bearer {self.token}", **headers}
        return self.client.generic("POST", f"/api/v1/{path}", sent, content_type="application/json", headers=with_token)

    def act(self, path: str, **body: Any) -> Any:
        """The case after an act that is allowed."""
        response = self.post(path, body)
        assert response.status_code == 200, response.content
        return response.json()

    def refused(self, path: str, status: int, body: Any = None) -> Any:
        """The problem with which a POST is refused."""
        response = self.post(path, body)
        assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json"), (
            response.content
        )
        return response.json()

    def json(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, response.content
        return response.json()

    def problem(self, path: str, status: int) -> Any:
        response = self.get(path)
        assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
        return response.json()


@pytest.fixture
def caller(db: None) -> Callable[..., Caller]:
    """`caller()` is an administrator; `caller(Role.PARTNER, partner="north")` a partner's user."""

    def make(role: Role = Role.ADMINISTRATOR, partner: str = "") -> Caller:
        name = f"{role.value}-{partner}-{User.objects.count()}"
        return Caller(User.objects.create(username=name, role=role.value, partner=partner))

    return make
