"""The client of the bench against a server that answers as told."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.paced import Paced
from bench.wire import Door, WireError, post_all

Answers = Callable[[int, bytes], tuple[int, dict[str, str]]]


def test_every_request_is_posted_once_over_kept_connections() -> None:
    with server(lambda *_: (202, {})) as heard:
        posting = post_all(heard.port, requests(heard.port, 20), connections=3)
    assert sorted(heard.bodies, key=int) == [b"%d" % number for number in range(20)]
    assert len(heard.clients) == 3
    assert len(posting.latencies) == 20
    assert posting.seconds >= max(posting.latencies)


def test_a_request_that_was_refused_for_now_is_sent_again() -> None:
    with server(lambda number, _: (503 if number == 0 else 202, {"Retry-After": "1"})) as heard:
        posting = post_all(heard.port, requests(heard.port, 2), connections=1)
    assert heard.bodies == [b"0", b"0", b"1"]
    assert posting.refusals == 1


def test_a_connection_that_the_server_ends_is_opened_again() -> None:
    with server(lambda *_: (202, {"Connection": "close"})) as heard:
        post_all(heard.port, requests(heard.port, 4), connections=2)
    assert sorted(heard.bodies) == [b"0", b"1", b"2", b"3"]
    assert len(heard.clients) >= 4


def test_any_other_answer_ends_the_measurement_with_what_came() -> None:
    with (
        server(lambda *_: (400, {})) as heard,
        pytest.raises(WireError, match="Expected 202, came 400"),
    ):
        post_all(heard.port, requests(heard.port, 1), connections=1)


def test_each_request_is_heard_of_with_its_place() -> None:
    answered = []
    with server(lambda *_: (202, {})) as heard:
        post_all(heard.port, requests(heard.port, 5), connections=1, on_answer=lambda index, _: answered.append(index))
    assert answered == [0, 1, 2, 3, 4]


def test_a_paced_sender_does_not_wait_for_slow_answers() -> None:
    def slow_first(number: int, _body: bytes) -> tuple[int, dict[str, str]]:
        time.sleep(0.5 if number == 0 else 0)
        return 202, {}

    due, answered = [], []
    with server(slow_first) as heard:

        def hear(index: int, was_due: float, now: float) -> None:
            due.append((index, was_due))
            answered.append((index, now))

        pace = Paced(heard.port, requests(heard.port, 20), 100, hear).run()
    assert sorted(heard.bodies, key=int) == [b"%d" % number for number in range(20)]
    assert answered[-1][0] == 0  # the first answer came last, after all others were sent
    times = [moment for _, moment in sorted(due)]
    assert [round(after - before, 6) for before, after in itertools.pairwise(times)] == [0.01] * 19
    assert pace.refusals == 0
    assert len(pace.lateness) == 20


class Heard:
    """What the server heard: bodies in order of arrival, and the clients' addresses."""

    def __init__(self) -> None:
        self.port = 0
        self.bodies: list[bytes] = []
        self.clients: set[object] = set()


@contextmanager
def server(answers: Answers) -> Iterator[Heard]:
    heard, lock = Heard(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                number = len(heard.bodies)
                heard.bodies.append(body)
                heard.clients.add(self.client_address)
            status, headers = answers(number, body)
            self.send_response(status)
            for name, value in {"Content-Length": "2", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    heard.port = listening.server_address[1]
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield heard
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def requests(port: int, count: int) -> list[bytes]:
    door = Door(port, "/events", "application/json", "Bearer of-the-test")
    return [door.request(b"%d" % number) for number in range(count)]
