"""Axes of charts: round steps of counts and durations, and times in the reader's zone. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from apps.console.times import Clock

Tick = tuple[float, str]
MOST_TICKS: Final = 4
MOST_TIMES: Final = 6
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_DURATIONS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_DECADES: Final = (0.001, 0.01, 0.1, 1, 10, 60, 600, 3600, 86_400, 864_000)
_TIMES: Final = tuple(
    timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 7200, 10080)
)


@dataclass(frozen=True, slots=True)
class Axis:
    """A vertical axis: its range as Plotly takes it (powers of ten where it is logarithmic) and its labelled ticks."""

    range: tuple[float, float]
    ticks: tuple[Tick, ...]
    is_log: bool = False

    @property
    def least(self) -> float:
        """The smallest value that can be seen."""
        return 10.0 ** self.range[0] if self.is_log else self.range[0]

    def place_of(self, value: float) -> float:
        """Where an annotation stands: Plotly places those by the logarithm, unlike shapes."""
        return math.log10(value) if self.is_log else value

    def holds(self, value: float) -> bool:
        return self.range[0] <= self.place_of(value) <= self.range[1]


def counts(values: Sequence[float | None], *, whole: bool = True) -> Axis:
    """From 0, in steps of 1, 2 or 5 times a power of ten; `whole` things have no halves."""
    most = max((value for value in values if value), default=0.0)
    if not most:
        return Axis((0.0, 1.06), ((0, "0"), (1, "1")))
    power = 10.0 ** math.floor(math.log10(most / MOST_TICKS))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * MOST_TICKS >= most * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    number = math.ceil(most / step - 1e-9)
    ticks = tuple((step * place, short_number(step * place)) for place in range(number + 1))
    return Axis((0.0, step * number * 1.06), ticks)


def seconds(values: Sequence[float | None], *, least: float = 1.0) -> Axis:
    """Durations from 0, in steps that a clock has; never less than `least` in all."""
    most = max([value for value in values if value is not None] + [least])
    step = next((each for each in _DURATIONS if each * MOST_TICKS >= most), math.ceil(most / MOST_TICKS / _DAY) * _DAY)
    number = math.ceil(most / step - 1e-9)
    ticks = tuple((step * place, short_seconds(step * place) if place else "0") for place in range(number + 1))
    return Axis((0.0, step * number * 1.06), ticks)


def log_seconds(values: Sequence[float | None]) -> Axis:
    """Durations from a millisecond to days, each tenfold as far as the last: at least 10 ms to 1 s are shown."""
    told = [value for value in values if value is not None and value > 0]
    low = max([each for each in _DECADES if each <= min([*told, 0.01])] or [_DECADES[0]])
    high = min([each for each in _DECADES if each >= max([*told, 1.0])] or [_DECADES[-1]])
    ticks = tuple((each, short_seconds(each)) for each in _DECADES if low <= each <= high)
    return Axis((math.log10(low), math.log10(high) + 0.06), ticks, is_log=True)


def time_ticks(begin: float, end: float, clock: Clock) -> list[Tick]:
    """Round times between two instants (seconds since 1970) in the reader's zone: hours, or days where it is many."""
    span = timedelta(seconds=end - begin)
    step = next((each for each in _TIMES if span <= each * MOST_TIMES), _TIMES[-1])
    first = clock.local(datetime.fromtimestamp(begin, UTC))
    wall = datetime.combine(first.date(), time())
    ticks: list[Tick] = []
    while True:
        place = wall.replace(tzinfo=clock.zone).timestamp()
        if place > end:
            return ticks
        if place >= begin:
            ticks.append((place, _label(wall, step, clock)))
        wall += step


def _label(wall: datetime, step: timedelta, clock: Clock) -> str:
    return clock.day(wall.date()) if step >= timedelta(days=1) or wall.time() == time() else f"{wall:%H:%M}"


def short_number(value: float) -> str:
    """`0`, `0.5`, `250`, `12k`, `1.5M`."""
    for factor, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor * (10 if factor == 1e3 else 1):
            return f"{value / factor:.3g}{suffix}"
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"


def short_seconds(value: float) -> str:
    """`250 ms`, `5 s`, `10 min`, `2 h`, `3 d`: a round duration on an axis."""
    if value < 1:
        return f"{value * 1_000:.3g} ms"
    for length, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if value >= length:
            return f"{value / length:.3g} {unit}"
    return f"{value:.3g} s"
