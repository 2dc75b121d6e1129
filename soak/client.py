"""A sender as the contract describes one: posts CloudEvents, believes only a 2xx, sends the rest again under the same ids."""

import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from soak.ledger import Ledger
from soak.network import inside
from soak.stories import Event

ANSWER_SECONDS = 30
NO_ANSWER_RETRY_SECONDS = 0.2
BATCH = "application/cloudevents-batch+json"
STRUCTURED = "application/cloudevents+json"


@dataclass(frozen=True, slots=True)
class Door:
    """Where the system listens, and the two tokens: a credential's for the door, an administrator's for the API."""

    host: str
    port: int
    sender: str
    reader: str
    namespace: Path | None = None  # of the network, where it is not ours


@dataclass(slots=True)
class Client:
    """One connection, kept alive while it works. Not for several threads."""

    door: Door
    ledger: Ledger
    _connection: http.client.HTTPConnection | None = field(default=None)

    def post(self, events: Sequence[Event]) -> float:
        """Sends them as one batch, or one alone as it is. 0 when they were acknowledged, else in how many seconds to send
        them again. Notes whatever breaks the door's promise."""
        self.ledger.note_sent(events)
        body = [event.document for event in events]
        kind, content = (STRUCTURED, body[0]) if len(body) == 1 else (BATCH, body)
        headers = {"Content-Type": kind, "Authorization": f"Bearer {self.door.sender}"}
        answer = self._ask("POST", "/api/v1/events", json.dumps(content).encode(), headers)
        if answer is None:
            self.ledger.note_outcome("no answer")
            return NO_ANSWER_RETRY_SECONDS
        status, retry_after, text = answer
        self.ledger.note_outcome(str(status))
        if status == http.HTTPStatus.ACCEPTED:
            self._check(events, text)
            self.ledger.note_acknowledged(events)
            return 0.0
        if status not in (http.HTTPStatus.SERVICE_UNAVAILABLE, http.HTTPStatus.TOO_MANY_REQUESTS):
            self.ledger.note_violation(f"the door answered {status}: {text[:200]!r}")
        elif not (retry_after or "").isdigit():
            self.ledger.note_violation(f"the door answered {status} with Retry-After {retry_after!r}, not whole seconds")
        return float(retry_after) if (retry_after or "").isdigit() else 1.0

    def get(self, path: str) -> tuple[int, Any] | None:
        """Status and JSON of the API's answer; None when there was none."""
        answer = self._ask("GET", f"/api/v1/{path}", None, {"Authorization": f"Bearer {self.door.reader}"})
        if answer is None:
            return None
        status, _, text = answer
        try:
            return status, json.loads(text)
        except ValueError:
            return status, None

    def order(self, order: str) -> tuple[int, Any] | None:
        return self.get(f"orders/{quote(order, safe='')}")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _check(self, events: Sequence[Event], text: bytes) -> None:
        told = json.loads(text)
        if (told["accepted"] + told["duplicates"], told["conflicts"], told["rejected"]) != (len(events), 0, []):
            self.ledger.note_violation(f"{len(events)} good events were answered {told}")

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, str | None, bytes] | None:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.door.host, self.door.port, timeout=ANSWER_SECONDS)
        try:
            if self._connection.sock is None:
                with inside(self.door.namespace):
                    self._connection.connect()
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            return response.status, response.headers.get("Retry-After"), response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return None
