"""What local clocks show, as instants in UTC. A local time that clocks skip means the instant at which they change; one that
comes twice means its first coming. So a later local time never comes before an earlier one."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from apps.core.time import zone_of

MIDNIGHT_MINUTES: Final = 24 * 60  # the end of a day
_SECOND: Final = timedelta(seconds=1)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def local_day(zone: str, moment: datetime) -> date:
    """The date that clocks in `zone` show."""
    try:
        return moment.astimezone(zone_of(zone)).date()
    except OverflowError:  # within a day of the first or the last time that there is
        return moment.date()


def instant_of(zone: str, day: date, minutes: int) -> datetime:
    """When clocks in `zone` show so many minutes after midnight of that day."""
    rules = zone_of(zone)
    try:
        local = datetime.combine(day, time.min) + timedelta(minutes=minutes)
        first = local.replace(tzinfo=rules).astimezone(UTC)
        if first.astimezone(rules).replace(tzinfo=None) == local:
            return first
        return _change_of_clocks(zone, local)
    except OverflowError:
        return _FIRST if day.year == 1 else _LAST


def _change_of_clocks(zone: str, skipped: datetime) -> datetime:
    """The instant at which clocks skip that local time. It lies between what the offsets after and before would make of it."""
    rules = zone_of(zone)
    before = skipped.replace(tzinfo=rules, fold=1).astimezone(UTC)
    after = skipped.replace(tzinfo=rules).astimezone(UTC)
    offset = after.astimezone(rules).utcoffset()
    while after - before > _SECOND:  # clocks change on whole seconds
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(rules).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
