"""Every message of the world in the order in which it is heard, made as it is needed."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from apps.demo.world.ambient import ambient_days, ambient_words
from apps.demo.world.network import MIDDLEWARE, OMS
from apps.demo.world.programme import LONGEST_LIFE, Programme
from apps.demo.world.things import Telling, Word

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


def stream(programme: Programme, after: datetime, until: datetime) -> Iterator[Told]:
    """What is heard after `after` and not after `until`."""
    waiting: list[tuple[datetime, str, int, Told]] = []
    count = 0
    for begins_at, words in _sets(programme, after, until):
        while waiting and waiting[0][0] < begins_at:
            yield heapq.heappop(waiting)[-1]
        for word in words:
            for telling in word.tellings:
                if after < telling.told_at <= until:
                    count += 1
                    heapq.heappush(waiting, (telling.told_at, telling.id, count, Told(telling, word)))
    while waiting:
        yield heapq.heappop(waiting)[-1]


def _sets(programme: Programme, after: datetime, until: datetime) -> Iterator[tuple[datetime, list[Word]]]:
    """The words of each order and of each day, with the moment before which none of them is heard."""
    days = ((day, ambient_words(programme, day)) for day in ambient_days(programme, after, until))
    starts = programme.starts(after - LONGEST_LIFE, until)
    orders = ((starts_at, programme.order(place, starts_at).words) for place, starts_at in starts)
    yield from heapq.merge(days, orders, key=lambda pair: pair[0])


def _wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
