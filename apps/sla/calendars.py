"""Business calendars: when a site, a partner or a team works, and what falls into that time.

Moments in and out are aware datetimes in UTC; hours and cut-offs are local. What elapses is real time, so a night shift over
the change of clocks in spring is an hour shorter (`local_times` says what a local time means that is skipped or comes twice).
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

import msgspec

from apps.core.errors import DistSyncError, Unreadable
from apps.core.text import printable
from apps.core.time import zone_of
from apps.sla.closed_days import holidays_of
from apps.sla.local_times import MIDNIGHT_MINUTES, instant_of, local_day
from apps.sla.reading import came, read_struct

SEARCH_DAYS: Final = 400  # how far any function looks for what comes next
WEEK: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Window = tuple[datetime, datetime]  # UTC, from the first to before the second

_DAY: Final = timedelta(days=1)
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CLOSURES_LIMIT: Final = 1000
_A_YEAR: Final = 2026  # any that the library knows
_COUNTED: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local "HH:MM" on one day; `closes` may be "24:00". What goes on over midnight is two openings."""

    opens: str
    closes: str


class Calendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, cache_hash=True):
    """`hours`: seven days, Monday first. `holidays`: "" for none, else country or country-subdivision of the `holidays` library
    ("US", "US-GA"). `closures`: own closed days (ISO dates). `cut_off`: local "HH:MM", "" for none: what is released later
    leaves on the next of `ship_days` (Monday is 0)."""

    zone: str
    hours: tuple[tuple[Opening, ...], ...]
    holidays: str = ""
    closures: tuple[str, ...] = ()
    cut_off: str = ""
    ship_days: tuple[int, ...] = (0, 1, 2, 3, 4)


class NeverOpens(DistSyncError):
    """A calendar that does not open for as long as was asked, within SEARCH_DAYS."""

    title = "Never opens"


@lru_cache(maxsize=1024)
def always_open(zone: str) -> Calendar:
    """Day and night, without holidays, in that IANA zone."""
    return Calendar(zone=zone, hours=((Opening("00:00", "24:00"),),) * 7)


def calendar_of(value: object) -> Calendar:
    """The calendar that a JSON value describes. Raises Unreadable."""
    calendar = read_struct(value, Calendar, "A calendar")
    zone_of(calendar.zone)
    _check_hours(calendar.hours)
    if calendar.holidays:
        holidays_of(calendar.holidays, _A_YEAR)
    _check_closures(calendar.closures)
    _check_shipping(calendar)
    return calendar


def is_open(calendar: Calendar, moment: datetime) -> bool:
    """Whether it is open at that moment: it is when it opens, it is not when it closes."""
    return any(opens <= moment < closes for opens, closes in _windows(calendar, local_day(calendar.zone, moment)))


def next_opening(calendar: Calendar, moment: datetime) -> datetime | None:
    """The moment itself while it is open, else when it opens next; None where it does not within SEARCH_DAYS."""
    return next((max(opens, moment) for opens, closes in _windows_from(calendar, moment) if moment < closes), None)


def add_open_time(calendar: Calendar, moment: datetime, seconds: float) -> datetime:
    """The first instant by which so many seconds (>= 0) of open time have passed since `moment`.

    Raises NeverOpens where they do not pass within SEARCH_DAYS.
    """
    if seconds <= 0:
        if seconds < 0:
            raise ValueError(f"Open time can only be added, not {seconds} seconds.")
        return moment
    left = timedelta(seconds=seconds)
    for opens, closes in _windows_from(calendar, moment):
        if closes <= moment:
            continue
        begins = max(opens, moment)
        if left <= closes - begins:
            return begins + left
        left -= closes - begins
    raise NeverOpens(
        f"This calendar ({printable(calendar.zone)}) is open for less than {seconds:.0f} s in the {SEARCH_DAYS} days"
        f" after {moment:%Y-%m-%d %H:%M} UTC: give it more hours or fewer closed days."
    )


def open_seconds(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Seconds of open time from `start` to `end`, 0 where the end is not after the start.

    Years before 1970 and from 2200 on are not counted: such times are a system's default, and nobody worked in them.
    """
    start, end = max(start, _COUNTED[0]), min(end, _COUNTED[1])
    if end <= start:
        return 0.0
    total = timedelta(0)
    day, last = local_day(calendar.zone, start), local_day(calendar.zone, end)
    first = day
    while day <= last:
        if first < day == date(day.year, 1, 1) and day.year < last.year:
            total += _open_in_year(calendar, day.year)
            day = date(day.year + 1, 1, 1)
            continue
        for opens, closes in _windows(calendar, day):
            total += max(min(closes, end) - max(opens, start), timedelta(0))
        day += _DAY
    return total.total_seconds()


def next_cut_off(calendar: Calendar, moment: datetime) -> datetime | None:
    """The first cut-off at or after `moment` on a ship day that is no closed day; None without cut-offs within SEARCH_DAYS."""
    found = _next_ship_day(calendar, moment)
    return found[1] if found else None


def ship_by(calendar: Calendar, released_at: datetime) -> datetime | None:
    """By when what is released then must have left: when the site closes on the ship day whose cut-off the release makes.

    A ship day without opening hours ends at midnight. None for a calendar without cut-offs.
    """
    found = _next_ship_day(calendar, released_at)
    if found is None:
        return None
    day, cut_off = found
    windows = _windows(calendar, day)
    return max(windows[-1][1], cut_off) if windows else instant_of(calendar.zone, day, MIDNIGHT_MINUTES)


def business_day_after(calendar: Calendar, moment: datetime, days: int = 1) -> datetime | None:
    """When the `days`-th (>= 1) business day after the local day of `moment` opens; a business day is one with open hours."""
    today = local_day(calendar.zone, moment)
    for day in _days_from(today):
        windows = _windows(calendar, day)
        if windows and day > today:
            days -= 1
            if days <= 0:
                return windows[0][0]
    return None


def _days_from(day: date) -> Iterator[date]:
    for _ in range(SEARCH_DAYS):
        yield day
        if day == date.max:
            return
        day += _DAY


def _windows_from(calendar: Calendar, moment: datetime) -> Iterator[Window]:
    """Every window from the moment's local day on, in order. No window of an earlier day reaches into it."""
    for day in _days_from(local_day(calendar.zone, moment)):
        yield from _windows(calendar, day)


def _next_ship_day(calendar: Calendar, moment: datetime) -> tuple[date, datetime] | None:
    if not calendar.cut_off:
        return None
    for day in _days_from(local_day(calendar.zone, moment)):
        cut_off = _cut_off(calendar, day)
        if cut_off is not None and cut_off >= moment:
            return day, cut_off
    return None


@lru_cache(maxsize=32_768)
def _cut_off(calendar: Calendar, day: date) -> datetime | None:
    if day.weekday() not in calendar.ship_days or _is_closed(calendar, day):
        return None
    return instant_of(calendar.zone, day, _minutes(calendar.cut_off))


@lru_cache(maxsize=32_768)
def _windows(calendar: Calendar, day: date) -> tuple[Window, ...]:
    """The open windows of a local day, in order."""
    return _windows_of(calendar, day)


@lru_cache(maxsize=4096)
def _open_in_year(calendar: Calendar, year: int) -> timedelta:
    first = date(year, 1, 1)
    total = timedelta(0)
    for ahead in range((date(year + 1, 1, 1) - first).days):
        for opens, closes in _windows_of(calendar, first + timedelta(days=ahead)):
            total += closes - opens
    return total


def _windows_of(calendar: Calendar, day: date) -> tuple[Window, ...]:
    if _is_closed(calendar, day):
        return ()
    found = (
        (instant_of(calendar.zone, day, _minutes(opening.opens)), instant_of(calendar.zone, day, _minutes(opening.closes)))
        for opening in calendar.hours[day.weekday()]
    )
    return tuple((opens, closes) for opens, closes in found if opens < closes)  # clocks may skip all of it


def _is_closed(calendar: Calendar, day: date) -> bool:
    """Whether it is a holiday or an own closed day."""
    if day.isoformat() in calendar.closures:
        return True
    return bool(calendar.holidays) and day in holidays_of(calendar.holidays, day.year)


def _check_hours(hours: tuple[tuple[Opening, ...], ...]) -> None:
    if len(hours) != len(WEEK):
        raise Unreadable(
            f"`hours`: expected seven days, Monday first, came {len(hours)}. Write a day without hours as an empty list."
        )
    if not any(hours):
        raise Unreadable("`hours`: no day has any. Give at least one opening: a calendar that never opens measures nothing.")
    for name, openings in zip(WEEK, hours, strict=True):
        for opening in openings:
            _check_opening(name, opening)
        for one, other in pairwise(openings):
            if _minutes(other.opens) < _minutes(one.closes):
                raise Unreadable(
                    f"`hours`: {name}'s opening at {other.opens} begins before the one from {one.opens} to {one.closes} ends."
                    " Write a day's openings in order, without overlap."
                )


def _check_opening(name: str, opening: Opening) -> None:
    _check_clock(opening.opens, f"`hours`: {name}'s `opens`")
    if opening.closes != "24:00":
        _check_clock(opening.closes, f"`hours`: {name}'s `closes`", ", or 24:00 for the end of the day")
    if _minutes(opening.closes) <= _minutes(opening.opens):
        raise Unreadable(
            f"`hours`: {name}'s opening from {opening.opens} to {opening.closes} ends before it has begun."
            " Write what goes on over midnight as two openings: until 24:00, and from 00:00 of the next day."
        )


def _check_clock(text: str, where: str, advice: str = "") -> None:
    if _CLOCK.fullmatch(text) is None:
        raise Unreadable(f"{where}: expected a local time from 00:00 to 23:59{advice}, came {came(text)}.")


def _check_closures(closures: tuple[str, ...]) -> None:
    if len(closures) > _CLOSURES_LIMIT:
        raise Unreadable(
            f"`closures`: at most {_CLOSURES_LIMIT} days are kept, came {len(closures)}. Leave out those that are past."
        )
    for text in closures:
        try:
            date.fromisoformat(text if _DATE.fullmatch(text) else "")
        except ValueError as error:
            raise Unreadable(f"`closures`: expected dates such as 2026-12-24, came {came(text)}.") from error


def _check_shipping(calendar: Calendar) -> None:
    for day in calendar.ship_days:
        if not 0 <= day < len(WEEK):
            raise Unreadable(f"`ship_days`: expected numbers from 0 (Monday) to 6 (Sunday), came {came(day)}.")
    if not calendar.cut_off:
        return
    _check_clock(calendar.cut_off, "`cut_off`", ", or an empty text for none")
    if not calendar.ship_days:
        raise Unreadable(
            "`ship_days`: there is a `cut_off` and no day on which anything leaves. Give the days, or no `cut_off`."
        )


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
