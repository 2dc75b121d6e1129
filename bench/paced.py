"""Posts at a set pace, whatever the answers: an open loop, so that a slow answer never thins out what is sent after it."""

import selectors
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.wire import PATIENCE_SECONDS, Line, WireError

LINES = 16
ACCEPTED = 202

OnAnswer = Callable[[int, float, float], None]


@dataclass(slots=True)
class Pace:
    """What became of it: seconds from due to sent, and from sent to answered, of each request; `refusals` are 429 and 503."""

    seconds: float = 0.0
    lateness: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    refusals: int = 0


class Paced:
    """One run over `requests`, `per_second` requests a second. `on_answer` hears a request's place, when it was due and when
    it was answered (perf_counter)."""

    def __init__(self, port: int, requests: Sequence[bytes], per_second: float, on_answer: OnAnswer | None = None) -> None:
        self._requests = requests
        self._interval = 1 / per_second
        self._on_answer = on_answer
        self._selector = selectors.DefaultSelector()
        self._lines = [Line(port) for _ in range(LINES)]
        self._idle = deque(self._lines)
        self._due: dict[int, float] = {}
        self._late: deque[int] = deque()
        self._pace = Pace()

    def run(self) -> Pace:
        """Raises WireError for an answer that is none of 202, 429 and 503."""
        try:
            self._run()
        finally:
            for line in self._lines:
                line.close()
            self._selector.close()
        return self._pace

    def _run(self) -> None:
        started = time.perf_counter()
        index = 0
        while index < len(self._requests) or self._late or self._selector.get_map():
            due = started + index * self._interval
            now = time.perf_counter()
            if index < len(self._requests) and now >= due:
                self._due[index] = due
                self._late.append(index)
                index += 1
            self._send_late()
            wait = max(0.0, due - now) if index < len(self._requests) else PATIENCE_SECONDS
            self._read(wait if not self._late or not self._idle else 0.0)
        self._pace.seconds = time.perf_counter() - started

    def _send_late(self) -> None:
        while self._late and self._idle:
            index, line = self._late.popleft(), self._idle.popleft()
            self._pace.lateness.append(time.perf_counter() - self._due[index])
            line.send(self._requests[index], index)
            self._selector.register(line, selectors.EVENT_READ, line)

    def _read(self, wait: float) -> None:
        if not self._selector.get_map():
            time.sleep(min(wait, self._interval))
            return
        ready = self._selector.select(wait)
        if not ready and wait >= PATIENCE_SECONDS:
            raise WireError(f"No answer within {PATIENCE_SECONDS} s.")
        for key, _ in ready:
            line: Line = key.data
            if answer := line.read():
                now = time.perf_counter()
                self._selector.unregister(line)
                if answer.is_last:
                    line.open_again()
                self._idle.append(line)
                self._heard(line, answer.status, now)

    def _heard(self, line: Line, status: int, now: float) -> None:
        if status in (429, 503):
            self._pace.refusals += 1
            self._late.append(line.index)
            return
        if status != ACCEPTED:
            raise WireError(f"Expected {ACCEPTED}, came {status}.")
        self._pace.latencies.append(now - line.sent_at)
        if self._on_answer is not None:
            self._on_answer(line.index, self._due[line.index], now)
