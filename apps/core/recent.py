"""Answers to questions that read a great deal, kept for seconds: whoever asks again gets the last one at once, and a thread
asks anew meanwhile. Answers that are small are never kept, so that they are always those of now."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Generic, TypeVar

import structlog
from django.db import connection

Answer = TypeVar("Answer")
logger = structlog.get_logger(__name__)

FRESH_SECONDS: Final = 3.0
FRESH_TIMES: Final = 50.0  # what it took to ask: nothing that is asked all the time takes more than a fiftieth of it
FRESHEST_SECONDS: Final = 15.0
KEPT_SECONDS: Final = 60.0  # older than that nobody gets to see
KEYS: Final = 500


@dataclass(slots=True)
class _Kept(Generic[Answer]):
    at: float
    answer: Answer
    fresh_seconds: float
    is_asked: bool = False


class Recent(Generic[Answer]):
    """`is_large` tells which answers are kept. One for a process; threads may share it."""

    def __init__(self, is_large: Callable[[Answer], bool]) -> None:
        self._is_large = is_large
        self._kept: OrderedDict[Hashable, _Kept[Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, ask: Callable[[], Answer]) -> Answer:
        """The answer to `key`: that of `ask`, or one of at most KEPT_SECONDS ago."""
        now = monotonic()
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and now - kept.at < KEPT_SECONDS:
                if now - kept.at >= kept.fresh_seconds and not kept.is_asked:
                    kept.is_asked = True
                    threading.Thread(target=self._ask_beside, args=(key, ask), name="recent", daemon=True).start()
                return kept.answer
        return self.renew(key, ask)

    def renew(self, key: Hashable, ask: Callable[[], Answer]) -> Answer:
        """The answer of now, for whoever has just changed it. One that took longer than a later one does not replace that."""
        began = monotonic()
        answer = ask()
        fresh_seconds = min(max(FRESH_SECONDS, FRESH_TIMES * (monotonic() - began)), FRESHEST_SECONDS)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.at > began:
                return answer
            self._kept.pop(key, None)
            if self._is_large(answer):
                self._kept[key] = _Kept(began, answer, fresh_seconds)
                while len(self._kept) > KEYS:
                    self._kept.popitem(last=False)
        return answer

    def forget(self) -> None:
        """Ask anew at the next question."""
        with self._lock:
            self._kept.clear()

    def _ask_beside(self, key: Hashable, ask: Callable[[], Answer]) -> None:
        try:
            self.renew(key, ask)
        except Exception:
            logger.exception("recent_failed")
            with self._lock:
                if (kept := self._kept.get(key)) is not None:
                    kept.is_asked = False
        finally:
            connection.close()
