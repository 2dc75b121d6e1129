"""A door to knock at: a credential, and requests as a client sends them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from apps.intake import views
from apps.partners import discovery, services
from apps.partners.services import create_credential

BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"
PATH = "/api/v1/events"


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    document: Any
    headers: Any


@dataclass(frozen=True)
class Door:
    token: str

    def knock(self, body: bytes, content_type: str = STRUCTURED, path: str = PATH, **headers: Any) -> Answer:
        """POST `body`; headers as WSGI names them (HTTP_CE_ID). HTTP_AUTHORIZATION=None leaves the token out."""
        headers = {"HTTP_AUTHORIZATION": f"Bearer {self.token}"} | headers
        headers = {name: value for name, value in headers.items() if value is not None}
        client = Client(raise_request_exception=False)
        response = client.generic("POST", path, body, content_type=content_type, **headers)
        return Answer(response.status_code, response["Content-Type"], json.loads(response.content), response.headers)

    def send(self, *events: dict[str, Any]) -> Answer:
        return self.knock(json.dumps(events).encode(), BATCH)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    services.forget()
    discovery.forget()
    views._backlog.forget()
    yield
    views._backlog.forget()


@pytest.fixture
def door(db: None) -> Door:
    return Door(create_credential("oms"))


@pytest.fixture
def history_door(db: None) -> Door:
    return Door(create_credential("migration", may_send_history=True))


def event(identifier: str = "1", **changes: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": identifier, "source": "/oms", "type": "distsync.order.placed.v1"} | changes
