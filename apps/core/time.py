"""Reads times as others write them: RFC 3339 and nothing looser, and what a bare date means as a promise."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.core.errors import Unreadable
from apps.core.text import printable

_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}):(\d{2})(\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_WITHOUT_ZONE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EXAMPLE = "2026-03-31T17:05:00Z"
_SECOND = timedelta(seconds=1)
_INSTANT = timedelta.resolution


def parse_time(text: str) -> datetime:
    """The instant of an RFC 3339 date-time, in UTC; digits past the microsecond are cut off. Raises Unreadable.

    A leap second (23:59:60 UTC) reads as the first instant of the next day, since no clock here can hold it.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise Unreadable(_why_not(text))
    if match[2].startswith("24:"):
        raise Unreadable(f"`{printable(text)}` is not an RFC 3339 time: hours end at 23, midnight is 00:00 of the next day.")
    is_leap_second = match[3] == "60"
    plain = text.upper()
    if is_leap_second:
        plain = plain[:17] + "59" + plain[19 + len(match[4] or "") :]
    try:
        moment = datetime.fromisoformat(plain).astimezone(UTC)
        if not is_leap_second:
            return moment
        if (moment.hour, moment.minute) == (23, 59):
            return moment + _SECOND
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"`{printable(text)}` is not a time that exists: {error}.") from error
    raise Unreadable(f"`{printable(text)}` is not a time that exists: a leap second comes only at 23:59:60 UTC.")


def lacks_zone(text: str) -> bool:
    """Whether `text` is a time that anybody could read who knew its zone."""
    return _WITHOUT_ZONE.fullmatch(text) is not None


def end_of_claim(text: str, zone: str) -> datetime:
    """The instant until which a claimed date is kept: an RFC 3339 time as it is, a bare date when that day ends in
    `zone` (an IANA name). Raises Unreadable for any other text and for an unknown zone."""
    if _DATE.fullmatch(text) is None:
        return parse_time(text)
    try:
        day = date.fromisoformat(text)
        return _end_of_day(day, zone_of(zone))
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"`{printable(text)}` is not a date that exists: {error}.") from error


def zone_of(name: str) -> ZoneInfo:
    """The IANA time zone of that name. Raises Unreadable."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise Unreadable(f"`{printable(name)}` is not a time zone: use an IANA name such as America/Sao_Paulo.") from error


def _end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after `day`. Where clocks change at midnight the next day's 00:00 does not exist or comes
    twice, so each reading of it is asked whether the instant before it still belongs to the day."""
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    readings = [midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC)]
    ends = [reading for reading in readings if (reading - _INSTANT).astimezone(zone).date() == day]
    return max(ends, default=readings[0])


def _why_not(text: str) -> str:
    shown = printable(text, 80)
    if _WITHOUT_ZONE.fullmatch(text):
        return f"`{shown}` has no zone: end it with Z or an offset such as +02:00, as in `{_EXAMPLE}`."
    if _DATE.fullmatch(text):
        return f"`{shown}` is a date where a time is needed, as in `{_EXAMPLE}`."
    return f"`{shown}` is not an RFC 3339 time such as `{_EXAMPLE}`."
