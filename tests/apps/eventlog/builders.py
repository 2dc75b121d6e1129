"""Builders of messages for the log, and the shapes of this folder's fixtures."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from apps.eventlog.types import NewMessage

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Count = Callable[[str], int]
Elsewhere = Callable[[Callable[[], Any]], Future[Any]]
Tamper = Callable[..., None]
WaitUntilBlocked = Callable[[Future[Any]], None]


def message(message_id: str = "1", content: str = "one", **fields: Any) -> NewMessage:
    """A message of an id and its content: `message("1")`, `message("1", "other")`."""
    given = {
        "source": "urn:oms:main",
        "type": "distsync.order.placed.v1",
        "body": content.encode(),
        "digest": sha256(content.encode()).digest(),
        "content_type": "application/cloudevents+json",
    }
    return NewMessage(id=message_id, **(given | fields))
