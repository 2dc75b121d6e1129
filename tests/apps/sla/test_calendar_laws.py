"""Open time against an oracle that looks at a clock on the wall, minute after minute.

The wall's clock never goes back there: in an hour that comes twice it stands at its highest, so nothing opens or closes again.
"""

from datetime import UTC, datetime, time, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.sla import calendars
from apps.sla.calendars import Calendar, calendar_of

MINUTE = timedelta(minutes=1)
LOOK_BACK = 180  # minutes; no clock goes back further
SPAN = 3 * 24 * 60  # minutes
CHANGES = {
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Europe/London": ("2026-03-29", "2026-10-25"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "America/Havana": ("2026-03-08", "2026-11-01"),  # at midnight, and back to midnight
    "America/Santiago": ("2026-04-05", "2026-09-06"),  # from midnight, and back over it
    "Asia/Kolkata": ("2026-03-08", "2026-11-01"),  # never
}


class Oracle:
    """What the wall showed in each minute of three days."""

    def __init__(self, calendar: Calendar, start: datetime) -> None:
        zone = ZoneInfo(calendar.zone)
        minutes = [start + step * MINUTE for step in range(-LOOK_BACK, SPAN)]
        shown = accumulate((minute.astimezone(zone).replace(tzinfo=None) for minute in minutes), max)
        self.calendar = calendar
        self.minutes = minutes[LOOK_BACK:]
        self.wall = list(shown)[LOOK_BACK:]
        self.open = [self._is_open(local) for local in self.wall]

    def _is_open(self, local: datetime) -> bool:
        now = f"{local:%H:%M}"
        openings = self.calendar.hours[local.weekday()]
        return not self._is_closed(local) and any(each.opens <= now < each.closes for each in openings)

    def _is_closed(self, local: datetime) -> bool:
        return str(local.date()) in self.calendar.closures

    def cut_offs(self) -> list[datetime]:
        """The minutes in which the wall first showed a ship day's cut-off or went past it."""
        found = []
        for before, after, minute in zip(self.wall, self.wall[1:], self.minutes[1:], strict=False):
            days = {before.date(), after.date()}
            targets = [datetime.combine(day, time.fromisoformat(self.calendar.cut_off)) for day in days]
            due = [target for target in targets if before < target <= after]
            if any(each.weekday() in self.calendar.ship_days and not self._is_closed(each) for each in due):
                found.append(minute)
        return found


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def openings(draw: st.DrawFn) -> list[dict[str, str]]:
    """Up to three in a day, many of them around the hours at which clocks change; some meet."""
    early = st.sampled_from(range(0, 241, 15))
    ends = sorted(draw(st.sets(early | st.integers(0, 1440), max_size=6)))
    pairs = list(zip(ends[::2], ends[1::2], strict=False))
    if pairs and draw(st.booleans()):
        pairs = list(pairwise(ends))
    return [{"opens": clock(opens), "closes": clock(closes)} for opens, closes in pairs]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    zone = draw(st.sampled_from(sorted(CHANGES)))
    change = draw(st.sampled_from(CHANGES[zone]))
    hours = draw(st.lists(openings(), min_size=7, max_size=7).filter(any))
    closed = draw(st.sampled_from([[], [], [], [change]]))
    ship_days = draw(st.sets(st.integers(0, 6), min_size=1))
    value = {"zone": zone, "hours": hours, "closures": closed, "ship_days": sorted(ship_days)}
    value["cut_off"] = clock(draw(st.sampled_from(range(0, 241, 15)) | st.integers(0, 1439)))
    begins = datetime.fromisoformat(change).replace(tzinfo=UTC) - timedelta(minutes=draw(st.integers(600, 2160)))
    return calendar_of(value), begins


@settings(max_examples=150, deadline=None)
@given(case=cases(), wanted=st.integers(1, 1500), place=st.integers(0, SPAN - 1))
@example(
    case=(
        calendar_of({"zone": "America/New_York", "hours": [[{"opens": "01:15", "closes": "01:45"}]] * 7, "cut_off": "01:30"}),
        datetime(2026, 10, 31, 12, tzinfo=UTC),
    ),
    wanted=30,
    place=1065,
)
def test_open_time_is_what_the_clock_on_the_wall_says(case: tuple[Calendar, datetime], wanted: int, place: int) -> None:
    calendar, start = case
    oracle = Oracle(calendar, start)
    moment = oracle.minutes[place]
    assert [calendars.is_open(calendar, minute) for minute in oracle.minutes] == oracle.open
    assert calendars.open_seconds(calendar, start, moment) == 60 * sum(oracle.open[:place])
    ahead = [minute for minute, is_open in zip(oracle.minutes[place:], oracle.open[place:], strict=True) if is_open]
    if ahead:
        assert calendars.next_opening(calendar, moment) == ahead[0]
    if len(ahead) >= wanted:
        assert calendars.add_open_time(calendar, moment, 60 * wanted) == ahead[wanted - 1] + MINUTE
    cut_offs = [minute for minute in oracle.cut_offs() if minute >= moment]
    if cut_offs:
        assert calendars.next_cut_off(calendar, moment) == cut_offs[0]


@settings(max_examples=150, deadline=None)
@given(case=cases(), minutes=st.integers(0, SPAN), seconds=st.integers(1, 86_400))
def test_adding_open_time_is_undone_by_counting_it(case: tuple[Calendar, datetime], minutes: int, seconds: int) -> None:
    calendar, start = case
    moment = start + minutes * MINUTE
    try:
        then = calendars.add_open_time(calendar, moment, seconds)
    except calendars.NeverOpens:
        enough = moment + timedelta(days=calendars.SEARCH_DAYS - 1)
        assert calendars.open_seconds(calendar, moment, enough) < seconds
        return
    assert calendars.open_seconds(calendar, moment, then) == seconds
    assert calendars.open_seconds(calendar, moment, then - timedelta(microseconds=1)) == (seconds * 10**6 - 1) / 10**6
