"""When a notification leaves: at once, with the next full hour, or with the day's digest, and never in quiet hours. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

AT_ONCE: Final = "at_once"
HOURLY: Final = "hourly"
DAILY: Final = "daily"
DIGESTS: Final = {AT_ONCE: "At once", HOURLY: "Together, once an hour", DAILY: "Together, once a day"}
MINUTES_OF_A_DAY: Final = 24 * 60
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """`digest` is a word of DIGESTS; `digest_minute` of the local day, for the daily one. `quiet`: from which minute of the
    local day, included, until which, not included; over midnight where the first is the later one. None: never quiet."""

    zone: ZoneInfo
    digest: str = AT_ONCE
    digest_minute: int = 8 * 60
    quiet: tuple[int, int] | None = None


def due_at(schedule: Schedule, now: datetime) -> datetime:
    """When what comes about at `now` is to leave, in UTC: never before `now`."""
    return after_quiet(schedule, _digest_at(schedule, now))


def after_quiet(schedule: Schedule, moment: datetime) -> datetime:
    """`moment`, or the end of the quiet hours that it lies in."""
    if schedule.quiet is None:
        return moment
    start, end = schedule.quiet
    local = moment.astimezone(schedule.zone)
    minute = local.hour * 60 + local.minute
    is_over_midnight = start > end
    is_quiet = (minute >= start or minute < end) if is_over_midnight else start <= minute < end
    if not is_quiet:
        return moment
    day = local.date() + _DAY if is_over_midnight and minute >= start else local.date()
    # Where clocks go back the local end comes twice: the first that is still to come.
    return max(moment, _first_from(moment, schedule.zone, day, end))


def _digest_at(schedule: Schedule, now: datetime) -> datetime:
    if schedule.digest == HOURLY:
        local = now.astimezone(schedule.zone)  # full hours of the reader's clock, which some zones have at UTC's half hours
        passed = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return now if not passed else now - passed + timedelta(hours=1)
    if schedule.digest == DAILY:
        today = now.astimezone(schedule.zone).date()
        candidates = (_at(schedule.zone, day, schedule.digest_minute) for day in (today, today + _DAY))
        return next(moment for moment in candidates if moment >= now)
    return now


def _at(zone: ZoneInfo, day: date, minute: int, *, fold: int = 0) -> datetime:
    """That minute of the local day; one that the change of clocks leaves out is told by the clock before it (02:30 is the
    03:30 that comes at the same time)."""
    hours, minutes = divmod(minute, 60)
    return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=zone, fold=fold).astimezone(UTC)


def _first_from(moment: datetime, zone: ZoneInfo, day: date, minute: int) -> datetime:
    found = _at(zone, day, minute)
    return found if found >= moment else _at(zone, day, minute, fold=1)
