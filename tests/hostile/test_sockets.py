"""What only a real socket shows: broken framing, half requests and slow ones against the running system, a few of each.

After every one of them a good event is taken and applied.
"""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e.world import STRUCTURED, World, placed
from tests.whole_system import WholeSystem

pytestmark = pytest.mark.e2e
SLOW_CONNECTIONS = 40  # more than one web process has threads


@pytest.fixture(scope="module")
def world(stack: WholeSystem) -> World:
    return World(stack)


@pytest.fixture(autouse=True)
def _good_ones_are_applied(world: World, request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    order = f"after {request.node.name}"[:200]
    world.tell(placed(order))
    assert world.order(order)["order"] == order
    assert world.stack.status_of("/readyz") == 200


def head(world: World, *lines: str, path: str = "/api/v1/events") -> bytes:
    sent = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {world.credential()}"]
    return "\r\n".join([*sent, f"Content-Type: {STRUCTURED['Content-Type']}", *lines, "", ""]).encode("latin-1")


def exchange(world: World, *parts: bytes, pause_seconds: float = 0.0, closes: bool = False) -> bytes:
    """Sends the parts and reads until the server closes, or says nothing more for three seconds."""
    with socket.create_connection(("127.0.0.1", world.stack.port), timeout=3) as connection:
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause_seconds)
            if closes:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server had heard enough
        heard = b""
        try:
            while chunk := connection.recv(65536):
                heard += chunk
        except OSError:
            pass
        return heard


def statuses(answer: bytes) -> list[int]:
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


def body_of(name: str) -> bytes:
    return json.dumps(placed(name)).encode()


def chunked(body: bytes, size: int = 7) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_chunks_need_no_length(world: World) -> None:
    answer = exchange(world, head(world, "Transfer-Encoding: chunked", "Connection: close"), chunked(body_of("chunked")))
    assert statuses(answer) == [202]


@pytest.mark.parametrize(
    "body",
    [b"zz\r\n{}\r\n0\r\n\r\n", b"5\r\n{}", b"-1\r\n{}\r\n", b"ffffffffffffffff\r\n{}", b"2\r\n{}", b"2\r\n{}XX0\r\n\r\n", b""],
    ids=repr,
)
def test_broken_chunks_are_refused(world: World, body: bytes) -> None:
    answer = exchange(world, head(world, "Transfer-Encoding: chunked", "Connection: close"), body, closes=True)
    assert statuses(answer) in ([400], [])


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "99999999999999999999999", "+5", "5, 6", "0x10", " "])
def test_wrong_lengths_are_refused(world: World, length: str) -> None:
    answer = exchange(world, head(world, f"Content-Length: {length}", "Connection: close"), body_of("x"), closes=True)
    assert statuses(answer) in ([400], [411], [413], [])


def test_a_length_and_chunks_at_once_smuggle_nothing(world: World) -> None:
    hidden = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = exchange(world, head(world, "Content-Length: 4", "Transfer-Encoding: chunked"), b"0\r\n\r\n", hidden, closes=True)
    assert 200 not in statuses(answer)


def test_less_than_was_told_is_refused(world: World) -> None:
    body = body_of("short")
    answer = exchange(world, head(world, f"Content-Length: {len(body) + 10}", "Connection: close"), body, closes=True)
    assert statuses(answer) in ([400], [])


def test_no_length_at_all_is_an_empty_body(world: World) -> None:
    assert statuses(exchange(world, head(world, "Connection: close"))) == [400]


def test_requests_one_behind_the_other_are_answered_in_order(world: World) -> None:
    good, bad = body_of("pipelined"), b"{nope"
    parts = [head(world, f"Content-Length: {len(body)}") + body for body in (good, bad, good)]
    answer = exchange(world, b"".join(parts), closes=False)
    assert statuses(answer) == [202, 400, 202]


@pytest.mark.parametrize(
    "line",
    ["X: " + "a" * 100_000, "ce-id: \x00", "ce-id : 1", "\x01: 2", "ce-id: a\r\n folded: b", "Content-Encoding: gzip, br"],
    ids=lambda line: repr(line[:20]),
)
def test_hostile_headers_are_refused_or_read(world: World, line: str) -> None:
    body = body_of("headers")
    answer = exchange(world, head(world, line, f"Content-Length: {len(body)}", "Connection: close"), body, closes=True)
    assert not [status for status in statuses(answer) if status not in (202, 400, 415, 431)], answer[:300]


@pytest.mark.parametrize(
    "start", [b"\x16\x03\x01\x02\x00", b"GET", b"\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\xff" * 9000]
)
def test_what_is_no_http_is_no_failure(world: World, start: bytes) -> None:
    assert not [status for status in statuses(exchange(world, start, closes=True)) if status >= 500 and status != 505]


def test_slow_and_half_requests_hold_up_nobody(world: World) -> None:
    """A client that dribbles its head, and many that never send the body which they promised."""
    with ExitStack() as open_ones:
        for _ in range(SLOW_CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", world.stack.port), timeout=3)
            open_ones.enter_context(connection)
            connection.sendall(head(world, "Content-Length: 1000")[: -2 if _ % 2 else None] + b"{")
        started = time.monotonic()
        assert world.stack.status_of("/readyz") == 200
        world.tell(placed("beside the slow ones"))
        assert time.monotonic() - started < 20


def test_a_client_that_leaves_in_the_middle_is_forgotten(world: World) -> None:
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", world.stack.port), timeout=3) as connection:
            connection.sendall(head(world, "Content-Length: 100000") + b'{"specversion":')
