"""Every message of the world in the order in which it is heard, made as it is needed."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from apps.demo.world.ambient import ambient_days, ambient_words
from apps.demo.world.conditions import NEVER
from apps.demo.world.network import MIDDLEWARE, OMS
from apps.demo.world.programme import LONGEST_LIFE, Programme
from apps.demo.world.things import Telling, Word

if TYPE_CHECKING:
    from apps.demo.world.faults import Injected

_LINKED: Final = (OMS, MIDDLEWARE)  # they carry one id through all their messages about an order


@dataclass(frozen=True, slots=True)
class Told:
    """One message and when it is heard."""

    telling: Telling
    word: Word

    @property
    def at(self) -> datetime:
        return self.telling.told_at

    def event(self, *, is_recorded: bool) -> dict[str, Any]:
        """As a structured CloudEvent; with `recordedtime` where it is told as history."""
        word, telling = self.word, self.telling
        data = word.data if telling.data is None else telling.data
        subject = data.get("order") or data.get("leg") or data.get("tracking") or data.get("site")
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": telling.id,
            "source": word.source,
            "type": word.type or f"distsync.{word.name}.v1",
            "time": _wire(telling.claimed_at),
            "datacontenttype": "application/json",
            "data": data,
        }
        if subject:
            event["subject"] = subject
        if word.source in _LINKED and "order" in data:
            event["correlationid"] = f"mrd-{data['order']}"
        if is_recorded:
            event["recordedtime"] = _wire(telling.told_at)
        return event


class Flow:
    """The messages that are heard after `after`, one after the other, for as long as there are orders. `alive`: the only
    orders begun before that have anything left to say, where that is known."""

    def __init__(self, programme: Programme, after: datetime, alive: Mapping[int, datetime] | None = None) -> None:
        self.programme, self.after = programme, after
        self.faults: list[Injected] = []  # those that happened up to the last message taken, until somebody takes them
        self._waiting: list[tuple[datetime, str, int, Told]] = []
        self._coming: list[tuple[datetime, int, Injected]] = []
        self._lasts: dict[int, tuple[datetime, datetime]] = {}  # place -> its beginning and its last message
        self._count = 0
        self._sets = heapq.merge(self._days(), self._orders(alive), key=lambda each: each[0])
        self._next = next(self._sets, None)

    def take(self, until: datetime, limit: int) -> list[Told]:
        """The next `limit` messages that are heard not after `until`, or fewer; one more for each that is heard at the very
        moment of the last, so that this moment says what has been taken."""
        taken: list[Told] = []
        while len(taken) < limit or (self._waiting and self._waiting[0][0] == taken[-1].at):
            self._admit(until)
            if not self._waiting or self._waiting[0][0] > until:
                self._pass(until)
                break
            taken.append(heapq.heappop(self._waiting)[-1])
            self._pass(taken[-1].at)
        return taken

    def next_at(self) -> datetime | None:
        """When there may be something to take again."""
        moments = [self._waiting[0][0]] if self._waiting else []
        return min([*moments, *([self._next[0]] if self._next else [])], default=None)

    def alive(self, now: datetime) -> dict[int, datetime]:
        """The orders begun before `now`, up to which all is taken, that have something left to say."""
        self._admit(now)
        return {place: begins for place, (begins, last) in self._lasts.items() if begins < now < last}

    def _admit(self, until: datetime) -> None:
        """Lets in every order and day that begins before the next message is heard."""
        while self._next and self._next[0] <= (self._waiting[0][0] if self._waiting else until):
            if self._next[0] > until:
                return
            for word in self._next[1]():
                self._hear(word)
            self._next = next(self._sets, None)

    def _hear(self, word: Word) -> None:
        for telling in word.tellings:
            if self.after < telling.told_at < NEVER:
                self._count += 1
                heapq.heappush(self._waiting, (telling.told_at, telling.id, self._count, Told(telling, word)))

    def _pass(self, moment: datetime) -> None:
        while self._coming and self._coming[0][0] <= moment:
            self.faults.append(heapq.heappop(self._coming)[-1])

    def _days(self) -> Iterator[tuple[datetime, Callable[[], list[Word]]]]:
        for day in ambient_days(self.programme, self.after):
            yield day, partial(ambient_words, self.programme, day)

    def _orders(self, alive: Mapping[int, datetime] | None) -> Iterator[tuple[datetime, Callable[[], list[Word]]]]:
        before = self.programme.starts(self.after - LONGEST_LIFE, self.after)
        old = before if alive is None else sorted(alive.items(), key=lambda pair: pair[1])
        for place, begins in chain(old, self.programme.starts(self.after, NEVER)):
            yield begins, partial(self._order_words, place, begins)

    def _order_words(self, place: int, begins: datetime) -> list[Word]:
        order = self.programme.order(place, begins)
        self._lasts[place] = (begins, max(telling.told_at for word in order.words for telling in word.tellings))
        for fault in order.injected:
            if fault.at > self.after:
                self._count += 1
                heapq.heappush(self._coming, (fault.at, self._count, fault))
        return order.words


def stream(programme: Programme, after: datetime, until: datetime) -> Iterator[Told]:
    """What is heard after `after` and not after `until`."""
    flow = Flow(programme, after)
    while batch := flow.take(until, 500):
        yield from batch


def _wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
