"""Open time, next openings, cut-offs: cases worked out by hand, with the offsets of each zone written beside them."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from apps.sla import calendars
from apps.sla.calendars import Calendar, NeverOpens, Opening, always_open
from tests.apps.sla.working_hours import NEW_YORK, day, every_day, utc, working

# Summer 2026 in New York: -04:00. Friday 10 July 08:00 to 17:00 is 12:00Z to 21:00Z.
OFFICE = working()
LUNCH = working(hours="08:00-12:00")
BOTH = calendars.calendar_of({"zone": NEW_YORK, "hours": [day("08:00-12:00", "13:00-17:00")] * 5 + [[], []]})


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-07-10T11:59:59.999999", False),
        ("2026-07-10T12:00", True),
        ("2026-07-10T20:59:59.999999", True),
        ("2026-07-10T21:00", False),
        ("2026-07-11T15:00", False),  # Saturday
        ("2026-07-13T12:00", True),
    ],
)
def test_it_is_open_from_when_it_opens_until_before_it_closes(moment: str, is_open: bool) -> None:
    assert calendars.is_open(OFFICE, utc(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-07-10T11:00", "2026-07-10T12:00"),
        ("2026-07-10T12:00", "2026-07-10T12:00"),
        ("2026-07-10T15:30", "2026-07-10T15:30"),
        ("2026-07-10T21:00", "2026-07-13T12:00"),
        ("2026-07-12T03:00", "2026-07-13T12:00"),
    ],
)
def test_the_next_opening_is_now_while_it_is_open(moment: str, opens: str) -> None:
    assert calendars.next_opening(OFFICE, utc(moment)) == utc(opens)


@pytest.mark.parametrize(
    ("calendar", "moment", "seconds", "then"),
    [
        (OFFICE, "2026-07-10T15:00", 3600, "2026-07-10T16:00"),
        (OFFICE, "2026-07-10T10:00", 3600, "2026-07-10T13:00"),
        (OFFICE, "2026-07-10T20:30", 1800, "2026-07-10T21:00"),  # at the close, not at the next opening
        (OFFICE, "2026-07-10T20:30", 1801, "2026-07-13T12:00:01"),
        (OFFICE, "2026-07-10T20:30", 1800 + 3 * 9 * 3600, "2026-07-15T21:00"),
        (OFFICE, "2026-07-11T15:00", 0, "2026-07-11T15:00"),
        (OFFICE, "2026-07-10T20:59:59.5", 1, "2026-07-13T12:00:00.5"),
        (BOTH, "2026-07-10T15:30", 3600, "2026-07-10T17:30"),  # through the lunch hour
        (BOTH, "2026-07-10T16:30", 60, "2026-07-10T17:01"),
        (always_open("Asia/Kolkata"), "2026-07-10T15:30", 5 * 86400, "2026-07-15T15:30"),
    ],
)
def test_open_time_is_added_over_nights_and_weekends(calendar: Calendar, moment: str, seconds: float, then: str) -> None:
    assert calendars.add_open_time(calendar, utc(moment), seconds) == utc(then)


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2026-07-10T15:00", "2026-07-10T16:00", 3600),
        ("2026-07-10T20:00", "2026-07-13T13:00", 7200),
        ("2026-07-11T00:00", "2026-07-13T00:00", 0),
        ("2026-07-10T16:00", "2026-07-10T15:00", 0),
        ("2026-07-10T15:00", "2026-07-10T15:00", 0),
        ("2026-07-10T20:59:59.5", "2026-07-13T12:00:00.25", 0.75),
        ("2026-07-06T00:00", "2026-07-13T00:00", 45 * 3600),
        ("2024-01-01T15:00", "2026-07-10T15:00", (7 + 658 * 9 + 3) * 3600),  # 658 whole working days between
        ("2025-12-31T00:00", "2026-01-01T12:00", 9 * 3600),
        ("2025-12-31T00:00", "2027-01-02T00:00", (262 + 1) * 9 * 3600),  # 261 days of 2026, one on each side
    ],
)
def test_open_seconds_lie_between(start: str, end: str, seconds: float) -> None:
    assert calendars.open_seconds(OFFICE, utc(start), utc(end)) == seconds


SKIPPED_IN_NEW_YORK = "2026-03-08T02:00"  # 02:00 becomes 03:00 at 07:00Z
TWICE_IN_NEW_YORK = "2026-11-01T02:00"  # 02:00 becomes 01:00 at 06:00Z


@pytest.mark.parametrize(
    ("zone", "openings", "since", "opens", "closes"),
    [
        # a night of eight hours
        (NEW_YORK, ("00:00-06:00", "22:00-24:00"), SKIPPED_IN_NEW_YORK, "2026-03-08T03:00", "2026-03-08T10:00"),
        (NEW_YORK, ("00:00-06:00", "22:00-24:00"), "2026-11-01T01:00", "2026-11-01T02:00", "2026-11-01T11:00"),
        ("Europe/London", ("00:00-06:00", "22:00-24:00"), "2026-03-28T12:00", "2026-03-28T22:00", "2026-03-29T05:00"),
        ("Europe/London", ("00:00-06:00", "22:00-24:00"), "2026-10-24T12:00", "2026-10-24T21:00", "2026-10-25T06:00"),
        ("Australia/Lord_Howe", ("00:00-06:00", "22:00-24:00"), "2026-04-04T10:00", "2026-04-04T11:00", "2026-04-04T19:30"),
        ("Australia/Lord_Howe", ("00:00-06:00", "22:00-24:00"), "2026-10-03T10:00", "2026-10-03T11:30", "2026-10-03T19:00"),
        # an end that clocks skip is the instant at which they do
        (NEW_YORK, ("02:30-06:00",), SKIPPED_IN_NEW_YORK, "2026-03-08T07:00", "2026-03-08T10:00"),
        (NEW_YORK, ("01:00-02:30",), SKIPPED_IN_NEW_YORK, "2026-03-08T06:00", "2026-03-08T07:00"),
        (NEW_YORK, ("02:45-03:15",), SKIPPED_IN_NEW_YORK, "2026-03-08T07:00", "2026-03-08T07:15"),
        (NEW_YORK, ("02:15-02:45",), "2026-03-08T06:00", "2026-03-09T06:15", "2026-03-09T06:45"),
        ("Australia/Lord_Howe", ("02:10-04:00",), "2026-10-03T15:00", "2026-10-03T15:30", "2026-10-03T17:00"),
        ("America/Santiago", ("00:00-06:00",), "2026-09-06T00:00", "2026-09-06T04:00", "2026-09-06T09:00"),  # no midnight
        ("Pacific/Apia", ("08:00-17:00",), "2011-12-30T05:00", "2011-12-30T18:00", "2011-12-31T03:00"),  # no 30 December
        # an end that comes twice is its first coming
        (NEW_YORK, ("01:00-01:30",), TWICE_IN_NEW_YORK, "2026-11-01T05:00", "2026-11-01T05:30"),
        (NEW_YORK, ("01:30-03:00",), TWICE_IN_NEW_YORK, "2026-11-01T05:30", "2026-11-01T08:00"),
        (NEW_YORK, ("00:00-02:00",), TWICE_IN_NEW_YORK, "2026-11-01T04:00", "2026-11-01T07:00"),
        ("Australia/Lord_Howe", ("01:40-03:00",), "2026-04-04T14:00", "2026-04-04T14:40", "2026-04-04T16:30"),
        ("Europe/London", ("01:15-01:45",), "2026-10-24T12:00", "2026-10-25T00:15", "2026-10-25T00:45"),
    ],
)
def test_hours_over_the_change_of_clocks(zone: str, openings: tuple[str, ...], since: str, opens: str, closes: str) -> None:
    calendar = every_day(zone, *openings)
    length = utc(closes) - utc(opens)
    assert calendars.next_opening(calendar, utc(since)) == utc(opens)
    assert calendars.add_open_time(calendar, utc(since), length.total_seconds()) == utc(closes)
    assert calendars.open_seconds(calendar, utc(since), utc(closes)) == length.total_seconds()
    assert calendars.is_open(calendar, utc(closes) - timedelta(microseconds=1))
    assert not calendars.is_open(calendar, utc(closes))


@pytest.mark.parametrize(
    ("zone", "start", "end", "hours"),
    [
        (NEW_YORK, "2026-03-08T05:00", "2026-03-09T04:00", 23),
        (NEW_YORK, "2026-11-01T04:00", "2026-11-02T05:00", 25),
        ("Australia/Lord_Howe", "2026-04-04T13:00", "2026-04-05T13:30", 24.5),
    ],
)
def test_a_day_without_a_night_is_as_long_as_clocks_make_it(zone: str, start: str, end: str, hours: float) -> None:
    assert calendars.open_seconds(always_open(zone), utc(start), utc(end)) == hours * 3600


def test_opening_time_goes_on_in_the_new_offset_after_a_weekend_that_changes_clocks() -> None:
    assert calendars.add_open_time(OFFICE, utc("2026-03-06T21:30"), 3600) == utc("2026-03-09T12:30")
    assert calendars.add_open_time(OFFICE, utc("2026-10-30T20:30"), 3600) == utc("2026-11-02T13:30")


@pytest.mark.parametrize(
    ("zone", "holidays", "moment", "opens"),
    [
        (NEW_YORK, "", "2026-07-02T22:00", "2026-07-03T12:00"),
        (NEW_YORK, "US", "2026-07-02T22:00", "2026-07-06T12:00"),  # 4 July is a Saturday, kept on Friday
        (NEW_YORK, "US", "2026-04-03T00:00", "2026-04-03T12:00"),
        (NEW_YORK, "US-GA", "2026-04-03T00:00", "2026-04-06T12:00"),  # Georgia's State Holiday
        (NEW_YORK, "US", "2021-12-31T00:00", "2022-01-03T13:00"),  # New Year's Day of the next year, kept in this
        ("Europe/London", "GB-ENG", "2026-11-30T00:00", "2026-11-30T08:00"),
        ("Europe/London", "GB-SCT", "2026-11-30T00:00", "2026-12-01T08:00"),  # Saint Andrew's Day
    ],
)
def test_holidays_of_the_place_are_closed(zone: str, holidays: str, moment: str, opens: str) -> None:
    assert calendars.next_opening(working(zone, holidays=holidays), utc(moment)) == utc(opens)


def test_a_night_shift_ends_at_midnight_before_a_closed_day() -> None:
    nights = every_day(NEW_YORK, "00:00-06:00", "22:00-24:00", holidays="US")
    thanksgiving_begins = utc("2026-11-26T05:00")
    assert calendars.is_open(nights, thanksgiving_begins - timedelta(microseconds=1))
    assert calendars.next_opening(nights, thanksgiving_begins) == utc("2026-11-27T05:00")


def test_own_closed_days_are_closed() -> None:
    calendar = working(closures=["2026-07-13", "2026-07-14"])
    assert calendars.add_open_time(calendar, utc("2026-07-10T20:00"), 7200) == utc("2026-07-15T13:00")
    assert calendars.open_seconds(calendar, utc("2026-07-10T20:00"), utc("2026-07-15T13:00")) == 7200


# cut-off 15:00 (19:00Z in summer), closes 17:00 (21:00Z)
SHIPS = {"cut_off": "15:00"}


@pytest.mark.parametrize(
    ("more", "released", "cut_off", "ship_by"),
    [
        (SHIPS, "2026-07-10T12:00", "2026-07-10T19:00", "2026-07-10T21:00"),
        (SHIPS, "2026-07-10T19:00", "2026-07-10T19:00", "2026-07-10T21:00"),
        (SHIPS, "2026-07-10T19:00:00.000001", "2026-07-13T19:00", "2026-07-13T21:00"),
        (SHIPS | {"closures": ["2026-07-13"]}, "2026-07-10T20:00", "2026-07-14T19:00", "2026-07-14T21:00"),
        (SHIPS | {"holidays": "US"}, "2026-07-02T20:00", "2026-07-06T19:00", "2026-07-06T21:00"),
        (SHIPS | {"ship_days": [0, 1, 2, 3]}, "2026-07-10T12:00", "2026-07-13T19:00", "2026-07-13T21:00"),
        (SHIPS, "2026-03-06T20:30", "2026-03-09T19:00", "2026-03-09T21:00"),
        (SHIPS | {"ship_days": [5]}, "2026-07-10T12:00", "2026-07-11T19:00", "2026-07-12T04:00"),  # no hours on Saturday
        ({"cut_off": "18:00"}, "2026-07-10T12:00", "2026-07-10T22:00", "2026-07-10T22:00"),  # after the close
    ],
)
def test_what_misses_the_cut_off_leaves_on_the_next_ship_day(
    more: dict[str, object], released: str, cut_off: str, ship_by: str
) -> None:
    calendar = working(**more)
    assert calendars.next_cut_off(calendar, utc(released)) == utc(cut_off)
    assert calendars.ship_by(calendar, utc(released)) == utc(ship_by)


def test_without_a_cut_off_nothing_says_when_it_leaves() -> None:
    assert calendars.next_cut_off(OFFICE, utc("2026-07-10T12:00")) is None
    assert calendars.ship_by(OFFICE, utc("2026-07-10T12:00")) is None


@pytest.mark.parametrize(
    ("moment", "days", "opens"),
    [
        ("2026-07-10T15:00", 1, "2026-07-13T12:00"),
        ("2026-07-13T03:00", 1, "2026-07-13T12:00"),  # still Sunday there
        ("2026-07-13T05:00", 1, "2026-07-14T12:00"),
        ("2026-07-10T15:00", 6, "2026-07-20T12:00"),
        ("2026-10-30T15:00", 1, "2026-11-02T13:00"),
    ],
)
def test_a_business_day_later_is_when_it_opens_then(moment: str, days: int, opens: str) -> None:
    assert calendars.business_day_after(OFFICE, utc(moment), days) == utc(opens)


def test_a_calendar_that_never_opens_is_given_up() -> None:
    never = Calendar(zone=NEW_YORK, hours=((),) * 7, cut_off="15:00", ship_days=())
    moment = utc("2026-07-10T15:00")
    assert not calendars.is_open(never, moment)
    assert calendars.next_opening(never, moment) is None
    assert calendars.open_seconds(never, moment, utc("2036-07-10T15:00")) == 0
    assert calendars.next_cut_off(never, moment) is None
    assert calendars.ship_by(never, moment) is None
    assert calendars.business_day_after(never, moment) is None
    with pytest.raises(NeverOpens) as refused:
        calendars.add_open_time(never, moment, 3600)
    assert refused.value.detail == (
        "This calendar (America/New_York) is open for less than 3600 s in the 400 days after 2026-07-10 15:00 UTC:"
        " give it more hours or fewer closed days."
    )


def test_the_search_ends_after_400_days() -> None:
    """From a Sunday on they hold 57 Mondays."""
    mondays = Calendar(zone="UTC", hours=((Opening("08:00", "09:00"),), *((),) * 6))
    sunday = utc("2026-07-12T12:00")
    assert calendars.add_open_time(mondays, sunday, 57 * 3600) == utc("2026-07-13T09:00") + timedelta(weeks=56)
    with pytest.raises(NeverOpens):
        calendars.add_open_time(mondays, sunday, 57 * 3600 + 1)
    days = [date(2026, 7, 12) + timedelta(days=ahead) for ahead in range(401)]
    closed = msgspec.structs.replace(always_open("UTC"), closures=tuple(day.isoformat() for day in days[:399]))
    assert calendars.next_opening(closed, sunday) == datetime.combine(days[399], datetime.min.time(), UTC)
    closed = msgspec.structs.replace(always_open("UTC"), closures=tuple(day.isoformat() for day in days[:400]))
    assert calendars.next_opening(closed, sunday) is None


def test_open_time_is_not_taken_away() -> None:
    with pytest.raises(ValueError, match=r"^Open time can only be added, not -1 seconds\.$"):
        calendars.add_open_time(OFFICE, utc("2026-07-10T15:00"), -1)


def test_the_ends_of_time_are_no_failure() -> None:
    """Systems send the year 1 and the year 9999 where they know no time."""
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert calendars.add_open_time(OFFICE, first, 3600) == utc(
        "0001-01-01T13:56:02"
    )  # a Monday; noon was the sun's, 04:56:02 late
    assert calendars.next_opening(always_open("Asia/Kolkata"), first) == first
    assert calendars.next_opening(OFFICE, last) is None
    assert calendars.business_day_after(OFFICE, last) is None
    assert calendars.ship_by(working(cut_off="15:00"), last) is None
    assert calendars.is_open(always_open("Asia/Kolkata"), last - timedelta(hours=1))
    with pytest.raises(NeverOpens):
        calendars.add_open_time(OFFICE, last, 1)


def test_open_time_is_counted_from_1970_to_2199() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    whole = utc("2200-01-01T00:00") - utc("1970-01-01T00:00")
    assert calendars.open_seconds(always_open("UTC"), first, last) == whole.total_seconds()
