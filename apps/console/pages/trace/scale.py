"""Time to pixels: linear over the story, with one break where a long silence would crush it, and its tick marks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from apps.console.times import Clock

BREAK_RATIO = 1.5  # a silence before now that is longer than this share of the story is cut out
BREAK_WIDTH = 54.0
LEAST_SPAN = timedelta(minutes=2)
TICK_LIMIT = 8
STEPS_MINUTES = (1, 5, 15, 30, 60, 180, 360, 720)
STEPS_DAYS = (1, 2, 4, 7)
STEPS_MONTHS = (1, 3, 12, 60)


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str
    is_major: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """`start`..`end` lie on `left`..`right`; where `now_x` is set, now stands there, behind the break if there is one."""

    start: datetime
    end: datetime
    left: float
    right: float
    now: datetime
    now_x: float | None
    has_break: bool

    def x(self, moment: datetime) -> float:
        if self.has_break and self.now_x is not None and moment > self.end:
            return self.now_x if moment >= self.now else self.right + BREAK_WIDTH / 2
        share = (moment - self.start) / (self.end - self.start)
        return round(self.left + min(1.0, max(0.0, share)) * (self.right - self.left), 1)


def scale_for(moments: list[datetime], now: datetime, *, shows_now: bool, left: float, right: float) -> Scale:
    """The scale that holds all `moments` and, when it is shown, now."""
    start = min(moments, default=now)
    told = max((moment for moment in moments if moment <= now), default=start)
    ahead = max(moments, default=now)
    silence, told_span = now - told, max(told - start, LEAST_SPAN)
    has_break = shows_now and ahead <= now and silence > told_span * BREAK_RATIO and silence > timedelta(days=3)
    end = told if has_break or not shows_now else max(ahead, now)
    end = max(end, ahead) if not shows_now else end
    span = max(end - start, LEAST_SPAN)
    start -= span * 0.025
    end = max(end, start + LEAST_SPAN) + span * (0.06 if has_break or not shows_now or ahead > now else 0.015)
    if has_break:
        return Scale(start, end, left, right - BREAK_WIDTH - 30, now, right - 30, has_break=True)
    plain = Scale(start, end, left, right, now, None, has_break=False)
    return Scale(start, end, left, right, now, plain.x(now) if shows_now else None, has_break=False)


def ticks(scale: Scale, clock: Clock) -> list[Tick]:
    """At most eight marks on round local times, from minutes to years; days are named, hours only between them."""
    start, end = clock.local(scale.start), clock.local(scale.end)
    moments, unit = _round_moments(start, end)
    found = []
    before: date | None = None
    for moment in moments:
        is_major = unit != "minutes" or moment.date() != before
        before = moment.date()
        found.append(Tick(scale.x(moment), _label(moment, unit, clock, is_major=is_major), is_major))
    return found


def _label(moment: datetime, unit: str, clock: Clock, *, is_major: bool) -> str:
    if unit == "months":
        return f"{moment:%b %Y}" if moment.month == 1 or moment.year != clock.local(clock.now).year else f"{moment:%b}"
    if unit == "days":
        return clock.day(moment.date())
    day = f"{moment.day} {moment:%b} " if is_major else ""
    return f"{day}{moment:%H:%M}"


def _round_moments(start: datetime, end: datetime) -> tuple[list[datetime], str]:
    for minutes in STEPS_MINUTES:
        if (end - start) / timedelta(minutes=minutes) <= TICK_LIMIT:
            return _by_minutes(start, end, minutes), "minutes"
    for days in STEPS_DAYS:
        if (end - start) / timedelta(days=days) <= TICK_LIMIT:
            return _by_days(start, end, days), "days"
    for months in STEPS_MONTHS:
        if (end - start) / timedelta(days=30 * months) <= TICK_LIMIT:
            return _by_months(start, end, months), "months"
    return _by_months(start, end, 12 * max(1, round((end - start).days / 365 / TICK_LIMIT + 0.5))), "months"


def _by_minutes(start: datetime, end: datetime, minutes: int) -> list[datetime]:
    """Steps counted from local midnight of each day, so that they are round on the wall clock in any zone."""
    found = []
    day = start.date()
    while day <= end.date():
        midnight = datetime(day.year, day.month, day.day, tzinfo=start.tzinfo)
        for step in range(0, 24 * 60, minutes):
            moment = midnight + timedelta(minutes=step)
            if start.astimezone(UTC) <= moment.astimezone(UTC) <= end.astimezone(UTC):
                found.append(moment)
        day += timedelta(days=1)
    return found


def _by_days(start: datetime, end: datetime, days: int) -> list[datetime]:
    day = start.date() + timedelta(days=1)
    if days == 7:
        day += timedelta(days=-day.weekday() % 7)
    found = []
    while day <= end.date():
        found.append(datetime(day.year, day.month, day.day, tzinfo=start.tzinfo))
        day += timedelta(days=days)
    return found


def _by_months(start: datetime, end: datetime, months: int) -> list[datetime]:
    found: list[datetime] = []
    index = start.year * 12 + start.month
    while True:
        moment = datetime(index // 12, index % 12 + 1, 1, tzinfo=start.tzinfo)
        if moment > end:
            return found
        if index % months == 0:
            found.append(moment)
        index += 1
