"""Plain builders of stored messages in both modes."""

import json
from datetime import UTC, datetime
from typing import Any

from apps.eventlog.types import StoredMessage
from apps.translation.canonical import Refusal, translate

HEARD = datetime(2026, 3, 2, 9, tzinfo=UTC)
TIME = datetime(2026, 3, 2, 8, tzinfo=UTC)


def stored(body: bytes, wire_type: str, content_type: str, attributes: dict[str, str], time: datetime | None) -> StoredMessage:
    return StoredMessage(
        position=7,
        received_at=HEARD,
        heard_at=HEARD,
        source="urn:oms",
        id="e-1",
        type=wire_type,
        time=time,
        is_history=False,
        subject=None,
        content_type=content_type,
        attributes=attributes,
        body=body,
        digest=b"",
        credential="",
        door="events",
    )


def structured(name: str, data: Any, time: datetime | None = TIME, **attributes: Any) -> StoredMessage:
    """An event as it stands in a structured or batched request; `data` may be JSON bytes as they are."""
    wire_type = f"distsync.{name}.v1"
    event = {"specversion": "1.0", "id": "e-1", "source": "urn:oms", "type": wire_type, **attributes}
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    body = json.dumps(event).encode()[:-1] + b', "data": ' + raw + b"}"
    return stored(body, wire_type, "application/cloudevents+json; charset=utf-8", {}, time)


def binary(name: str, body: bytes, content_type: str = "application/json", **attributes: str) -> StoredMessage:
    wire_type = f"distsync.{name}.v1"
    held = {"specversion": "1.0", "id": "e-1", "source": "urn:oms", "type": wire_type, **attributes}
    return stored(body, wire_type, content_type, held, TIME)


def fact_of(message: StoredMessage) -> Any:
    """The fact, which has to be there."""
    found = translate(message)
    assert not isinstance(found, Refusal), found
    return found.fact


def refused(message: StoredMessage) -> tuple[str, str]:
    """Code and reason of the refusal, which has to be there."""
    found = translate(message)
    assert isinstance(found, Refusal), found
    return found.code, found.reason
