"""Tells the sample's stories to the door: history once, then each message when it is due. Forgets nothing on a restart.

What was told stands in the feed's memory after the door has answered. A crash in between sends a message again under
its id, with its content: a duplicate, as from any sender.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from apps.demo import programme
from apps.demo.client import Taken
from apps.demo.telling import Told, in_order

START_EVERY = timedelta(seconds=15)
OPEN_LIMIT = 8
BATCH = 500


class Door(Protocol):
    def send(self, events: Sequence[dict[str, Any]], token: str) -> Taken: ...


class OpenOrder(msgspec.Struct):
    """A live order under way: how many of its messages have been told."""

    number: int
    starts_at: datetime
    told: int = 0


class Memory(msgspec.Struct):
    """What the feed must know after a restart. `told`: messages of the history's stories, in the order of hearing."""

    seed: int
    born_at: datetime
    told: int = 0
    next_number: int = programme.FIRST_LIVE_NUMBER
    next_start_at: datetime | None = None
    open: list[OpenOrder] = []


@dataclass(frozen=True, slots=True)
class Tokens:
    """`history` may send history, `live` may not."""

    history: str
    live: str


@dataclass(slots=True)
class Feed:
    """One step at a time: `step` sends what is due and says when to come again."""

    memory: Memory
    door: Door
    tokens: Tokens
    remember: Callable[[Memory], None]
    _history: list[Told] = field(init=False)

    def __post_init__(self) -> None:
        self._history = programme.history(self.memory.seed, self.memory.born_at)

    def tell_history(self) -> int:
        """One batch of what was heard before the sample's beginning; how many messages that were, 0 when all is told."""
        memory = self.memory
        batch = [told for told in self._history[memory.told : memory.told + BATCH] if told.heard_at <= memory.born_at]
        if batch:
            self.door.send([recorded(told) for told in batch], self.tokens.history)
            memory.told += len(batch)
            self.remember(memory)
        return len(batch)

    def step(self, now: datetime) -> datetime:
        """Sends what is due at `now`; when the next message or order is."""
        self._begin(now)
        tail = due(self._history[self.memory.told :], now)
        parts = [(order, due(self._untold(order), now)) for order in self.memory.open]
        batch = sorted((*tail, *(told for _, part in parts for told in part)), key=lambda told: told.heard_at)
        if batch:
            self.door.send([told.event for told in batch], self.tokens.live)
        self.memory.told += len(tail)
        for order, part in parts:
            order.told += len(part)
        self.memory.open = [order for order in self.memory.open if self._untold(order)]
        if batch:
            self.remember(self.memory)
        return self._next(now)

    def _begin(self, now: datetime) -> None:
        """A new order, when it is time for one and few enough are under way."""
        memory = self.memory
        if len(memory.open) >= OPEN_LIMIT or (memory.next_start_at is not None and now < memory.next_start_at):
            return
        memory.open = [*memory.open, OpenOrder(memory.next_number, now)]
        memory.next_number += 1
        memory.next_start_at = now + START_EVERY
        self.remember(memory)  # before it speaks: after a crash it must say the same

    def _untold(self, order: OpenOrder) -> list[Told]:
        tale = programme.live_story(self.memory.seed, order.number, order.starts_at)
        return in_order([tale])[order.told :]

    def _next(self, now: datetime) -> datetime:
        moments = [
            told[0].heard_at for told in (self._history[self.memory.told :], *map(self._untold, self.memory.open)) if told
        ]
        if len(self.memory.open) < OPEN_LIMIT and self.memory.next_start_at is not None:
            moments.append(self.memory.next_start_at)
        return min(moments, default=now + START_EVERY)


def due(untold: Sequence[Told], now: datetime) -> list[Told]:
    return [told for told in untold if told.heard_at <= now]


def recorded(told: Told) -> dict[str, Any]:
    """A message of the past: it says when it was heard then."""
    return told.event | {"recordedtime": told.heard_at.isoformat()}
