"""Senders that note what they were told about each message: taken, refused, or nothing that could be relied on."""

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

_numbers = itertools.count(1)


def placed(id: str) -> dict[str, Any]:  # noqa: A002 - the envelope's own word
    """An order of its own in one event."""
    return {
        "specversion": "1.0",
        "id": id,
        "source": "//operations/oms",
        "type": "distsync.order.placed.v1",
        "time": "2026-03-02T08:00:00Z",
        "data": {"order": f"SO-{id}", "lines": [{"line": "1", "sku": "A", "quantity": 3}]},
    }


def batch(size: int) -> list[dict[str, Any]]:
    return [placed(f"op-{next(_numbers)}") for _ in range(size)]


@dataclass(slots=True)
class Sender:
    """Posts batches over one kept-alive connection (or a new one each time) until told to stop.

    `taken`: ids answered 2xx. `outcomes` counts how each request ended; `unanswered` holds the ids of those that were sent
    and not answered, which may be in the log or not.
    """

    port: int
    token: str
    size: int = 10
    keeps_alive: bool = True
    pause_seconds: float = 0.0
    taken: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    outcomes: "Counter[str]" = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _connection: http.client.HTTPConnection | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        assert self._thread is not None
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.send(batch(self.size))
            time.sleep(self.pause_seconds)
        self._close()

    def send(self, events: list[dict[str, Any]]) -> None:
        outcome = self._post(json.dumps(events).encode())
        self.outcomes[outcome] += 1
        ids = [event["id"] for event in events]
        if outcome == "202":
            self.taken += ids
        elif outcome not in ("refused", "429", "503"):
            self.unanswered += ids

    def _post(self, body: bytes) -> str:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/cloudevents-batch+json"}
        try:
            connection = self._connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self._connection = connection
            connection.request("POST", "/api/v1/events", body, headers)
            response = connection.getresponse()
            response.read()
        except ConnectionRefusedError:
            self._close()
            time.sleep(0.02)
            return "refused"
        except (OSError, http.client.HTTPException) as error:
            self._close()
            return type(error).__name__
        if not self.keeps_alive or response.will_close:
            self._close()
        return str(response.status)

    def _close(self) -> None:
        if self._connection:
            with suppress(OSError):
                self._connection.close()
        self._connection = None
