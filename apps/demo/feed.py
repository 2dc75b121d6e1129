"""Tells the world to the door: its history in batches, then each message when it is due. Forgets nothing on a restart.

What was told stands in the memory after the door has answered. A crash in between sends a batch again under its ids,
with its content: duplicates, as from any sender.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from apps.demo.client import Taken
from apps.demo.memory import RECENT_FAULTS, Absence, Era, Memory, Recent, Steering
from apps.demo.world.stream import Flow, Told

BATCH: Final = 950  # a door takes 1,000 at once, and some are heard at the same moment
# What should have been heard longer ago than this is told as history, with the time at which it would have been heard:
# the world went on while the feed or the door was away, and the picture of it must not say that everything was late.
PAUSE: Final = timedelta(minutes=2)
LOOKS_EVERY: Final = timedelta(seconds=5)
_MINUTE: Final = timedelta(minutes=1)


class Door(Protocol):
    def send(self, events: Sequence[dict[str, Any]], token: str) -> Taken: ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """`history` may send history, `live` may not."""

    history: str
    live: str


@dataclass(slots=True)
class Feed:
    """One batch at a time: `step` sends what is due and says when to come again."""

    memory: Memory
    door: Door
    tokens: Tokens
    remember: Callable[[Memory], None]
    _flow: Flow = field(init=False)
    _lately: deque[tuple[datetime, int]] = field(init=False, default_factory=deque)
    _untaken: list[Told] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._flow = Flow(self.memory.programme(), self.memory.told_until)

    def steer(self, asked: Steering, now: datetime) -> bool:
        """Takes over what somebody asks for, from now on; whether that changed anything."""
        current = self.memory.steering()
        if asked == current:
            return False
        moment = max(now, self.memory.told_until, self.memory.plan.born_at, self.memory.eras[-1].since)
        if (asked.orders_per_hour, asked.rates) != (current.orders_per_hour, current.rates):
            self.memory.eras = [*self.memory.eras, Era(moment, asked.orders_per_hour, asked.rates)]
        for absence in self.memory.absences:
            if absence.until is None and absence.source not in asked.away:
                absence.until = moment
        self.memory.absences += [Absence(source, moment) for source in asked.away if source not in current.away]
        alive = self._flow.alive(self.memory.told_until)
        self._untaken = []
        self._flow = Flow(self.memory.programme(), self.memory.told_until, alive)
        self.remember(self.memory)
        return True

    def step(self, now: datetime) -> datetime:
        """Sends the next batch of what is due at `now`; when to come again (not after `now`: at once). Raises AwayError,
        then the batch is due still."""
        if not self._untaken:
            self._untaken = self._flow.take(now, BATCH)
        batch = self._untaken
        if not batch:
            self.memory.told_until = max(self.memory.told_until, now)
            return min(now + LOOKS_EVERY, self._flow.next_at() or now + LOOKS_EVERY)
        old = [told for told in batch if self._is_past(told, now)]
        fresh = batch[len(old) :]
        if old:
            self.door.send([told.event(is_recorded=True) for told in old], self.tokens.history)
        if fresh:
            self.door.send([told.event(is_recorded=False) for told in fresh], self.tokens.live)
        self._note(batch, now)
        return now

    def per_minute(self, now: datetime) -> float:
        """Messages told over the last minute."""
        while self._lately and self._lately[0][0] < now - _MINUTE:
            self._lately.popleft()
        return float(sum(count for _, count in self._lately))

    def _is_past(self, told: Told, now: datetime) -> bool:
        return told.at <= max(self.memory.plan.born_at, now - PAUSE)

    def _note(self, batch: Sequence[Told], now: datetime) -> None:
        memory = self.memory
        self._untaken = []
        self._lately.append((now, len(batch)))
        memory.told += len(batch)
        memory.told_until = batch[-1].at
        for told in batch:
            source = told.word.source
            memory.by_source[source] = memory.by_source.get(source, 0) + 1
            memory.last_by_source[source] = told.at
        for fault in self._flow.faults:
            memory.faults[fault.fault] = memory.faults.get(fault.fault, 0) + 1
            memory.recent = [Recent(fault.fault, fault.at, fault.order, fault.leg), *memory.recent[: RECENT_FAULTS - 1]]
        self._flow.faults = []
        self.remember(memory)
