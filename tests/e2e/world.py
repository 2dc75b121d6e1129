"""A stranger's view of the running system: HTTP and the command line alone, and plain builders of CloudEvents."""

import http.client
import itertools
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.whole_system import WholeSystem

OMS, ERP, MIDDLEWARE = "urn:e2e:oms", "urn:e2e:erp", "urn:e2e:middleware"
NORTH, SOUTH, CARRIER = "urn:e2e:north-wms", "urn:e2e:south-wms", "urn:e2e:carrier"
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
LINES = [{"line": "1", "sku": "A", "quantity": 5}, {"line": "2", "sku": "B", "quantity": 3}]
SETTLE_SECONDS = 30
_ids = itertools.count(1)
Event = dict[str, Any]


def at(text: str) -> str:
    """`2 10:30` is half past ten on the second day of the stories' month."""
    day, clock = text.split(" ")
    return f"2026-01-{int(day):02}T{clock}:00Z"


def event(name: str, source: str, when: str, /, *, attributes: Mapping[str, Any] | None = None, **data: Any) -> Event:
    """A canonical event; `return_` stands for `return`."""
    return {
        "specversion": "1.0",
        "id": f"e2e-{next(_ids)}",
        "source": source,
        "type": f"distsync.{name}.v1",
        "time": at(when),
        **(attributes or {}),
        "data": {key.rstrip("_"): value for key, value in data.items()},
    }


def placed(order: str, when: str = "1 10:00", lines: list[Any] | None = None, **data: Any) -> Event:
    return event("order.placed", OMS, when, order=order, lines=LINES if lines is None else lines, **data)


def released(
    order: str, leg: str, when: str, lines: list[Any] | None = None, *, source: str = MIDDLEWARE, **data: Any
) -> Event:
    whole = {"partner": "north", "site": "ATL", "lines": LINES if lines is None else lines, **data}
    return event("leg.released", source, when, order=order, leg=leg, **whole)


def shipped(leg: str, shipment: str, when: str, lines: list[Any] | None = None, *, source: str = NORTH, **data: Any) -> Event:
    return event("leg.shipped", source, when, leg=leg, shipment=shipment, lines=LINES if lines is None else lines, **data)


def units(document: Any, quantity: str) -> dict[str, Any]:
    """One quantity of every line, by line."""
    return {line["line"]: line[quantity] for line in document["lines"]}


def leg_of(document: Any, leg: str) -> Any:
    (found,) = (each for each in document["legs"] if each["leg"] == leg)
    return found


def segment(identifier: str) -> str:
    return quote(identifier, safe="")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


@dataclass(slots=True)
class World:
    """The system with one credential and an administrator, and whoever else a test asks for."""

    stack: WholeSystem
    tokens: dict[tuple[str, ...], str] = field(default_factory=dict)

    def credential(self, *options: str) -> str:
        """The token of a credential that was made with these options."""
        return self._token("source", *options)

    def reader(self, role: str = "administrator", partner: str = "") -> str:
        """The API token of a user of this role."""
        return self._token("user", "--role", role, *(("--partner", partner) if partner else ()))

    def _token(self, kind: str, *options: str) -> str:
        if (kind, *options) not in self.tokens:
            name = f"e2e-{kind}-{secrets.token_hex(4)}"  # several worlds may share a system
            made = self.stack.manage(kind, "create", name, *options, "--json")
            if kind == "user":
                made = self.stack.manage("token", "create", name, "--json")
            assert made.returncode == 0, made.stderr
            self.tokens[kind, *options] = json.loads(made.stdout)["token"]
        return self.tokens[kind, *options]

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, token: str = ""
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=30)
        try:
            sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, told, response.read())
        finally:
            connection.close()

    def post(self, content: Any, headers: Mapping[str, str] = BATCH, token: str | None = None) -> Answer:
        """To the events door; `content` is JSON unless it is bytes already."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.request("POST", "/api/v1/events", body, headers, self.credential() if token is None else token)

    def tell(self, *events: Event, token: str | None = None) -> None:
        """Sends the events as one batch and waits until all of it is worked."""
        answer = self.post(list(events), token=token)
        assert (answer.status, answer.json["rejected"]) == (202, []), answer.body
        self.settle()

    def settle(self) -> None:
        """Waits until nothing is pending."""
        until = time.monotonic() + SETTLE_SECONDS
        while self.get("messages?state=pending&page_size=1").json["results"]:
            assert time.monotonic() < until, "messages stay pending"
            time.sleep(0.02)

    def get(self, path: str, token: str | None = None, **headers: str) -> Answer:
        """From the API, as the administrator unless another token is given; `""` is nobody."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("GET", f"/api/v1/{path}", None, names, self.reader() if token is None else token)

    def order(self, order: str, token: str | None = None) -> Any:
        answer = self.get(f"orders/{segment(order)}", token)
        assert answer.status == 200, answer.body
        return answer.json

    def fate(self, told: Event) -> tuple[str, list[str]]:
        """What became of an event: the state of its message and the orders that it went to."""
        (row,) = self.get(f"messages?id={segment(told['id'])}&source={segment(told['source'])}").json["results"]
        return row["state"], row["orders"]

    def found(self, text: str, token: str | None = None) -> list[str]:
        """The orders that a search for `text` shows."""
        return [row["order"] for row in self.get(f"orders?search={segment(text)}", token).json["results"]]


def problem(answer: Answer) -> tuple[int, str, bool]:
    """The status, the content type, and whether the body is problem details of that very status."""
    content = answer.json if answer.content_type == "application/problem+json" else {}
    is_whole = {"type", "title", "status", "detail"} <= set(content) and content["status"] == answer.status
    return answer.status, answer.content_type, is_whole


def refused(status: int) -> tuple[int, str, bool]:
    """What `problem` says of a right refusal."""
    return status, "application/problem+json", True
