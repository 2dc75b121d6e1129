"""The spans of time that charts look back over, each in as many slots as a screen can show."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.pipeline.rollup import MINUTE, QUARTER, SIX_HOURS, slot_of


@dataclass(frozen=True, slots=True)
class Range:
    """`slots` of `step_seconds` each; the last one holds the present and is still filling."""

    name: str
    step_seconds: int
    slots: int

    @property
    def step(self) -> timedelta:
        return timedelta(seconds=self.step_seconds)

    def starts(self, now: datetime) -> list[datetime]:
        """When each slot begins, the earliest first."""
        last = slot_of(now, self.step_seconds)
        return [last - back * self.step for back in range(self.slots - 1, -1, -1)]


HOUR: Final = Range("hour", MINUTE, 60)
DAY: Final = Range("day", QUARTER, 96)
MONTH: Final = Range("month", SIX_HOURS, 120)
RANGES: Final = {each.name: each for each in (HOUR, DAY, MONTH)}
