"""What the calendars' pages show: when somebody works, whether they do now, and what comes next. Pure: `now` is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from apps.console import words
from apps.console.pages.rules import saying
from apps.console.times import Clock, Instant, duration
from apps.core.paths import segment
from apps.core.time import zone_of
from apps.exceptions.changes import is_name
from apps.sla import calendars
from apps.sla.calendars import WEEK, Calendar, Opening
from apps.sla.closed_days import coming_holidays
from apps.sla.settings_reading import CalendarVersion, StatusVersion, calendar_versions, partner_statuses

PATH: Final = "/calendars/"
HOLIDAYS: Final = 5
CLOSURES: Final = 10
ALL_DAY: Final = (Opening("00:00", "24:00"),)
SHORT: Final = tuple(name[:3] for name in WEEK)


@dataclass(frozen=True, slots=True)
class Now:
    """Whether it is open, in words with their tone, and the next cut-off with how long there is left."""

    chip: words.Chip
    text: str
    cut_off: Instant | None
    left: str


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One site, partner or team. `status` is a partner's."""

    title: str
    code: str
    url: str
    is_set: bool
    hours: str
    zone: str
    now: Now
    holidays: str
    status: words.Chip | None = None
    status_url: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    hours: str
    ships: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One calendar whole."""

    zone: str
    local: str
    now: Now
    days: tuple[Day, ...]
    cut_off: str
    ship_days: str
    place: str
    holidays: tuple[tuple[str, str], ...]
    closures: tuple[str, ...]
    more_closures: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    chip: words.Chip
    span: str
    hours: str
    zone: str


def now_of(calendar: Calendar, clock: Clock) -> Now:
    """How it stands at the reader's now, told in the calendar's own zone."""
    now = clock.now
    cut_off = calendars.next_cut_off(calendar, now)
    left = f"in {duration(cut_off - now)}" if cut_off else ""
    instant = clock.instant(cut_off) if cut_off else None
    if calendars.is_open(calendar, now):
        closes = calendars.next_closing(calendar, now)
        text = f"closes {_local(calendar, closes, now)}" if closes else "always"
        return Now(words.Chip("Open now", "ok"), text, instant, left)
    opens = calendars.next_opening(calendar, now)
    text = f"opens {_local(calendar, opens, now)}" if opens else "does not open again"
    return Now(words.Chip("Closed now", "wait"), text, instant, left)


def _local(calendar: Calendar, moment: datetime, now: datetime) -> str:
    """`20:00`, `Mon 07:00` or `Mon 4 Jan 07:00`, as the clocks there show it."""
    zone = zone_of(calendar.zone)
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if local.date() - today < timedelta(days=7):
        return f"{local:%a %H:%M}"
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def week(calendar: Calendar) -> str:
    """`Mon-Fri 07:00-20:00, Sat 08:00-12:00`: days with the same hours together; what is closed is left out."""
    groups: list[tuple[int, int, tuple[Opening, ...]]] = []
    for number, openings in enumerate(calendar.hours):
        if groups and groups[-1][1] == number - 1 and groups[-1][2] == openings:
            groups[-1] = (groups[-1][0], number, openings)
        else:
            groups.append((number, number, openings))
    open_groups = [group for group in groups if group[2]]
    if len(open_groups) == 1 and open_groups[0][:2] == (0, 6):
        return "every day, all day" if open_groups[0][2] == ALL_DAY else f"every day {_openings(open_groups[0][2])}"
    return ", ".join(f"{_range(first, last)} {_openings(openings)}" for first, last, openings in open_groups)


def _range(first: int, last: int) -> str:
    return SHORT[first] if first == last else f"{SHORT[first]}\N{EN DASH}{SHORT[last]}"


def _openings(openings: Sequence[Opening]) -> str:
    return " and ".join(f"{each.opens}\N{EN DASH}{each.closes}" for each in openings)


def ship_days(calendar: Calendar) -> str:
    """`Mon-Thu`, or the days one by one where they do not follow each other."""
    days = sorted(set(calendar.ship_days))
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return _range(days[0], days[-1])
    return ", ".join(SHORT[day] for day in days)


def shown(calendar: Calendar, clock: Clock) -> Shown:
    """The calendar whole, as it stands now."""
    today = clock.now.astimezone(zone_of(calendar.zone))
    coming = coming_holidays(calendar.holidays, today.date(), HOLIDAYS) if calendar.holidays else []
    closures = sorted(day for day in calendar.closures if day >= today.date().isoformat())
    days = (
        Day(name, _openings(openings) if openings else "closed", bool(calendar.cut_off) and number in calendar.ship_days)
        for number, (name, openings) in enumerate(zip(WEEK, calendar.hours, strict=True))
    )
    return Shown(
        zone=calendar.zone,
        local=f"{today:%a %H:%M}",
        now=now_of(calendar, clock),
        days=tuple(days),
        cut_off=calendar.cut_off,
        ship_days=ship_days(calendar),
        place=calendar.holidays,
        holidays=tuple((_date(day), name) for day, name in coming),
        closures=tuple(_date(date.fromisoformat(day)) for day in closures[:CLOSURES]),
        more_closures=max(0, len(closures) - CLOSURES),
    )


def _date(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def in_force(versions: Sequence[CalendarVersion], now: datetime) -> Calendar | None:
    """The calendar that holds now. None: there is none."""
    return next((v.calendar for v in versions if v.effective_from is None or v.effective_from <= now), None)


def row_of(name: str, title: str, calendar: Calendar | None, otherwise: Calendar, clock: Clock) -> CalendarRow:
    """`calendar` is the own one of `name` (None: there is none), `otherwise` that which holds then."""
    used, code = calendar or otherwise, name.partition(":")[2]
    return CalendarRow(
        title=title,
        code="" if code.replace("_", " ").casefold() == title.casefold() else code,
        url=f"{PATH}{segment(name)}/" if is_name(code) else "",
        is_set=calendar is not None,
        hours=week(used),
        zone=used.zone,
        now=now_of(used, clock),
        holidays=used.holidays,
    )


def version_rows(versions: Sequence[CalendarVersion], clock: Clock) -> list[VersionRow]:
    """Every version, the latest first; each ends where the next begins."""
    found, ends = [], None
    for version in versions:
        found.append(
            VersionRow(
                saying.when_it_holds(version.effective_from, ends, clock.now),
                saying.span(version.effective_from, ends, clock),
                week(version.calendar) if version.calendar else "none of its own",
                version.calendar.zone if version.calendar else "",
            )
        )
        ends = version.effective_from or clock.now
    return found


def status_at(versions: Sequence[StatusVersion], now: datetime) -> str:
    return next((v.status for v in versions if v.effective_from is None or v.effective_from <= now), "active")


def told_calendar(value: Any, clock: Clock) -> str:
    """What a calendar became, in one line. Raises Unreadable."""
    versions = calendar_versions(value)
    if not versions:
        return "None"
    latest = versions[0]
    hours = f"{week(latest.calendar)}, {latest.calendar.zone}" if latest.calendar else "None of its own"
    return f"{hours}, {saying.span(latest.effective_from, None, clock)}"


def told_status(value: Any, clock: Clock) -> str:
    """Where a partner stands, in one line. Raises Unreadable."""
    latest = partner_statuses(value)[0]
    return f"{saying.STATUS[latest.status].word}, {saying.span(latest.effective_from, None, clock)}"
