"""How the console says a time: near ones relative, all of them exact in the reader's zone. Pure: `now` is given."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment, said in every way that a page needs. `iso` is for machines."""

    iso: str
    short: str
    relative: str
    exact: str


@dataclass(frozen=True, slots=True)
class Clock:
    """The reader's clock: what time it is, and where."""

    now: datetime
    zone: ZoneInfo

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def instant(self, moment: datetime) -> Instant:
        local = self.local(moment)
        zone = self.zone.key if self.zone.key == local.tzname() else f"{local.tzname()} ({self.zone.key})"
        exact = f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S} {zone}"
        relative = self.relative(moment)
        return Instant(local.isoformat(), self.short(moment), relative, f"{exact}, {relative}")

    def short(self, moment: datetime) -> str:
        """`12 May 09:14`, with the year where it is not this one."""
        local = self.local(moment)
        return f"{self.day(local.date())} {local:%H:%M}"

    def day(self, day: date) -> str:
        year = "" if day.year == self.local(self.now).year else f" {day.year}"
        return f"{day.day} {day:%b}{year}"

    def claimed(self, text: str | None) -> str:
        """A `…_date` as it was claimed: a bare date stays a date, a time is told in the reader's zone."""
        if not text:
            return ""
        try:
            if len(text) == 10:
                return self.day(date.fromisoformat(text))
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        return self.short(moment) if moment.tzinfo else f"{self.day(moment.date())} {moment:%H:%M}"

    def relative(self, moment: datetime) -> str:
        seconds = (self.now - moment).total_seconds()
        if abs(seconds) < 5:
            return "now"
        words = roughly(abs(seconds))
        return f"{words} ago" if seconds > 0 else f"in {words}"


def duration(length: float | timedelta) -> str:
    """A length of time in at most two units: `2 d 4 h`, `3 h 12 m`, `40 s`; from 60 days on in months and years."""
    seconds = int(length.total_seconds() if isinstance(length, timedelta) else length)
    days = seconds // DAY
    if days >= 730:
        return f"{days // 365} y"
    if days >= 60:
        return f"{days // 30} mo"
    if days:
        hours = seconds % DAY // HOUR
        return f"{days} d {hours} h" if hours and days < 14 else f"{days} d"
    if seconds >= HOUR:
        minutes = seconds % HOUR // MINUTE
        return f"{seconds // HOUR} h {minutes:02d} m" if minutes else f"{seconds // HOUR} h"
    return f"{seconds // MINUTE} m" if seconds >= MINUTE else f"{seconds} s"


def roughly(length: float) -> str:
    """A length of time in its largest unit alone: `2 d`, `3 h`, `40 s`; the exact one stands in the tooltip."""
    return " ".join(duration(length).split()[:2])
