"""A lean HTTP/1.1 client: prepared bytes over a few kept connections, one thread, so that it costs the machine little."""

import http.client
import json
import selectors
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any

READ_BYTES = 65_536
PATIENCE_SECONDS = 60


class WireError(Exception):
    """The other side answered what a measurement cannot go on with; says what was sent, expected and answered."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where events are posted to, and with which headers."""

    port: int
    path: str
    content_type: str
    authorization: str

    def request(self, body: bytes) -> bytes:
        """The whole request as bytes."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: {self.authorization}\r\n"
            f"Content-Type: {self.content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class Line:
    """One kept connection: `send` a request, later `read` until the answer is whole."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sent_at = 0.0
        self.sending = b""
        self.index = -1
        self._socket = self._open()
        self._buffer = bytearray()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, request: bytes, index: int = -1) -> None:
        self.sending, self.index = request, index
        self._buffer.clear()
        self.sent_at = time.perf_counter()
        self._socket.sendall(request)

    def read(self) -> "Answer | None":
        """The answer when it is whole, else None. Raises WireError when the server closes within it."""
        chunk = self._socket.recv(READ_BYTES)
        self._buffer += chunk
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not chunk:
            raise WireError(f"The server closed the connection within an answer: {bytes(head[:200])!r}")
        if not found:
            return None
        names = head.lower()
        if len(body) < _length(names):
            return None
        return Answer(int(head[9:12]), bytes(body), b"connection: close" in names)

    def open_again(self) -> None:
        self._socket.close()
        self._socket = self._open()

    def close(self) -> None:
        self._socket.close()

    def _open(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made


@dataclass(frozen=True, slots=True)
class Answer:
    """`is_last`: the server ends the connection after it."""

    status: int
    body: bytes
    is_last: bool


def _length(head: bytearray) -> int:
    _, found, rest = head.partition(b"content-length:")
    if not found:
        raise WireError(f"An answer without Content-Length: {bytes(head[:200])!r}")
    return int(rest.split(b"\r\n", 1)[0])


@dataclass(slots=True)
class Posting:
    """What became of a run of posts: clock readings (perf_counter) and each request's seconds to its answer."""

    started: float = 0.0
    ended: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refusals: int = 0  # 429 and 503, sent again after the time that the answer named

    @property
    def seconds(self) -> float:
        return self.ended - self.started


def post_all(
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int,
    status: int = 202,
    on_answer: Callable[[int, float], None] | None = None,
) -> Posting:
    """Posts every request, each connection one after the other. `on_answer` hears each request's place and when it was
    answered. Raises WireError for any other status than `status`, 429 and 503."""
    return _Poster(requests, status, on_answer).run(port, min(connections, len(requests)))


class _Poster:
    def __init__(self, requests: Sequence[bytes], status: int, on_answer: Callable[[int, float], None] | None) -> None:
        self._waiting = iter(enumerate(requests))
        self._status = status
        self._on_answer = on_answer
        self._posting = Posting()
        self._selector = selectors.DefaultSelector()

    def run(self, port: int, connections: int) -> Posting:
        with self._selector as selector, ExitStack() as things:
            lines = [things.enter_context(closing(Line(port))) for _ in range(connections)]
            self._posting.started = time.perf_counter()
            for line in lines:
                selector.register(line, selectors.EVENT_READ, line)
                self._next(line)
            while selector.get_map():
                ready = selector.select(PATIENCE_SECONDS)
                if not ready:
                    raise WireError(f"No answer within {PATIENCE_SECONDS} s to a request of {len(lines[0].sending)} bytes.")
                for key, _ in ready:
                    if answer := key.data.read():
                        self._answered(key.data, answer)
            self._posting.ended = time.perf_counter()
        return self._posting

    def _next(self, line: Line) -> None:
        index, request = next(self._waiting, (-1, b""))
        if index < 0:
            self._selector.unregister(line)
        else:
            line.send(request, index)

    def _answered(self, line: Line, answer: Answer) -> None:
        now = time.perf_counter()
        if answer.is_last:
            self._selector.unregister(line)
            line.open_again()
            self._selector.register(line, selectors.EVENT_READ, line)
        if answer.status in (429, 503):
            self._posting.refusals += 1
            time.sleep(1)
            line.send(line.sending, line.index)
            return
        if answer.status != self._status:
            text = answer.body[:500].decode(errors="replace")
            raise WireError(f"Expected {self._status}, came {answer.status}: {text}")
        self._posting.latencies.append(now - line.sent_at)
        if self._on_answer is not None:
            self._on_answer(line.index, now)
        self._next(line)


class Api:
    """A reader of JSON answers on one kept connection, as a user's program would be."""

    def __init__(self, port: int, authorization: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._headers = {"Authorization": authorization, "Accept": "application/json"}

    def get(self, path: str) -> Any:
        """The document. Raises WireError for anything but 200."""
        status, body = self.ask(path)
        if status != http.HTTPStatus.OK:
            raise WireError(f"GET {path}: expected 200, came {status}: {body[:500].decode(errors='replace')}")
        return json.loads(body)

    def ask(self, path: str) -> tuple[int, bytes]:
        try:
            self._connection.request("GET", path, headers=self._headers)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):  # kept too long: once more
            self._connection.close()
            self._connection.request("GET", path, headers=self._headers)
            answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        self._connection.close()
