"""The sample's client against a server that answers as told, and patience with one that does not."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from apps.demo.client import AwayError, Client, NotTakenError, Taken
from apps.demo.running import patiently


class Answering(BaseHTTPRequestHandler):
    answers: list[tuple[int, dict[str, str], str]] = []
    heard: list[tuple[str, dict[str, str], Any]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append((self.path, dict(self.headers), body))
        status, headers, text = self.answers.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    Answering.answers, Answering.heard = [], []
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_batch_is_posted_as_any_source_would(server: HTTPServer) -> None:
    Answering.answers = [(202, {}, '{"accepted": 1, "duplicates": 2, "conflicts": 3, "rejected": [{}]}')]
    assert Client(server.server_port).send([{"id": "1"}], "secret") == Taken(1, 2, 3, 1)
    ((path, headers, body),) = Answering.heard
    assert (path, body) == ("/api/v1/events", [{"id": "1"}])
    assert headers["Content-Type"] == "application/cloudevents-batch+json"
    assert headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("status", "headers", "wish"),
    [(429, {"Retry-After": "7"}, 7.0), (503, {"Retry-After": "3"}, 3.0), (503, {}, None), (502, {"Retry-After": "soon"}, None)],
)
def test_a_busy_server_is_away_for_as_long_as_it_says(
    server: HTTPServer, status: int, headers: dict[str, str], wish: float | None
) -> None:
    Answering.answers = [(status, headers, "")]
    with pytest.raises(AwayError) as caught:
        Client(server.server_port).send([], "secret")
    assert caught.value.retry_after_seconds == wish


def test_a_refusal_is_not_tried_again(server: HTTPServer) -> None:
    Answering.answers = [(401, {}, '{"detail": "unknown token"}')]
    with pytest.raises(NotTakenError, match=r"answered 401 to the sample's messages: .*unknown token"):
        Client(server.server_port).send([], "secret")


def test_a_server_that_is_not_there_is_away(server: HTTPServer) -> None:
    server.server_close()
    with pytest.raises(AwayError, match="does not answer"):
        Client(server.server_port).send([], "secret")


def test_pauses_grow_unless_the_server_wishes_otherwise_and_the_wait_is_told_once() -> None:
    wishes: list[float | None] = [None, None, None, 7.0, None, None, None, 3600.0]
    pauses: list[float] = []
    told: list[str] = []

    def attempt() -> str:
        if wishes:
            raise AwayError("DistSync answered 503", wishes.pop(0))
        return "taken"

    assert patiently(attempt, told.append, pauses.append) == "taken"
    assert pauses == [1.0, 2.0, 4.0, 7.0, 15.0, 15.0, 15.0, 120.0]
    assert told == ["DistSync answered 503: the sandbox waits and tries again.", "DistSync answers again."]
