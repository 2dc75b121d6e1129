"""What a process remembers for seconds, so that asking for it costs no query; forgotten at once when it changes here."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memo(Generic[Value]):
    """One value that `load` brings, kept for `seconds`."""

    def __init__(self, load: Callable[[], Value], seconds: float) -> None:
        self._load = load
        self._seconds = seconds
        self._kept: tuple[float, Value] | None = None

    def get(self) -> Value:
        kept = self._kept
        if kept is None or time.monotonic() >= kept[0]:
            kept = self._kept = (time.monotonic() + self._seconds, self._load())
        return kept[1]

    def forget(self) -> None:
        self._kept = None
