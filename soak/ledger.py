"""What the client knows: for every event whether it was answered 2xx, and every answer that no sender should ever get."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from soak.stories import Event

SHOWN_VIOLATIONS = 20


class Ledger:
    """Thread-safe. Times are of `time.monotonic`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sent: dict[tuple[str, str], Event] = {}  # everything that was ever put on the wire
        self.acknowledged: dict[tuple[str, str], float] = {}  # and when it was first answered 2xx
        self.outcomes: Counter[str] = Counter()  # of requests: "202", "503", "no answer", …
        self.violations: list[str] = []
        self.answered: list[float] = []  # when each 2xx came

    def note_sent(self, events: Sequence[Event]) -> None:
        with self._lock:
            self.sent.update((event.key, event) for event in events)

    def note_acknowledged(self, events: Sequence[Event]) -> None:
        now = time.monotonic()
        with self._lock:
            self.answered.append(now)
            for event in events:
                self.acknowledged.setdefault(event.key, now)

    def note_outcome(self, outcome: str) -> None:
        with self._lock:
            self.outcomes[outcome] += 1

    def note_violation(self, sentence: str) -> None:
        with self._lock:
            if len(self.violations) < SHOWN_VIOLATIONS:
                self.violations.append(sentence)

    def longest_silence_since(self, moment: float) -> float:
        """The longest time, in seconds, without a 2xx from `moment` until now."""
        with self._lock:
            times = [moment, *sorted(at for at in self.answered if at > moment), time.monotonic()]
        return max(later - earlier for earlier, later in pairwise(times))
