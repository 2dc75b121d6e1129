"""When a commitment is due and from when on it is at risk: elapsed, in open time, by the date that the order carries."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.sla.calendars import Calendar, always_open
from apps.sla.commitments import DEFAULTS, Commitment
from apps.sla.deadlines import Deadline, deadline_of
from tests.apps.sla.working_hours import utc, working

ALWAYS = always_open("America/New_York")
OFFICE = working()  # 08:00 to 17:00 in New York
SHIPS = working(cut_off="15:00")
HOUR = timedelta(hours=1)
BY_MEASURE = {each.measure: each for each in DEFAULTS}


def within(seconds: int, warning_seconds: int = 0, expectation: str = "elapsed", measure: str = "release") -> Commitment:
    return Commitment(name="x", measure=measure, expectation=expectation, seconds=seconds, warning_seconds=warning_seconds)


@pytest.mark.parametrize(
    ("commitment", "calendar", "started", "carried", "warn", "due"),
    [
        (BY_MEASURE["release"], OFFICE, "2026-07-10T20:30", None, "2026-07-10T22:00", "2026-07-10T22:30"),
        (BY_MEASURE["credit"], OFFICE, "2026-07-10T20:30", None, "2026-07-14T14:30", "2026-07-15T20:30"),
        (BY_MEASURE["acknowledge"], OFFICE, "2026-07-10T20:30", None, "2026-07-13T12:15", "2026-07-13T12:30"),
        (BY_MEASURE["acknowledge"], OFFICE, "2026-07-10T20:00", None, "2026-07-10T20:45", "2026-07-10T21:00"),
        (BY_MEASURE["acknowledge"], ALWAYS, "2026-07-10T20:30", None, "2026-07-10T21:15", "2026-07-10T21:30"),
        (BY_MEASURE["ship"], OFFICE, "2026-07-10T13:00", "2026-07-13T21:00", "2026-07-13T17:00", "2026-07-13T21:00"),
        (BY_MEASURE["ship"], SHIPS, "2026-07-10T13:00", "2026-07-13T21:00", "2026-07-13T17:00", "2026-07-13T21:00"),
        (BY_MEASURE["ship"], SHIPS, "2026-07-10T13:00", None, "2026-07-10T17:00", "2026-07-10T21:00"),
        (BY_MEASURE["ship"], SHIPS, "2026-07-10T19:01", None, "2026-07-13T17:00", "2026-07-13T21:00"),
        (BY_MEASURE["deliver"], SHIPS, "2026-07-10T13:00", "2026-07-14T03:59", "2026-07-13T03:59", "2026-07-14T03:59"),
        # at risk from the start
        (BY_MEASURE["ship"], SHIPS, "2026-07-10T18:59", None, "2026-07-10T18:59", "2026-07-10T21:00"),
        (within(600, 600), ALWAYS, "2026-07-10T13:00", None, "2026-07-10T13:00", "2026-07-10T13:10"),
        # never at risk
        (within(600), ALWAYS, "2026-07-10T13:00", None, "2026-07-10T13:10", "2026-07-10T13:10"),
        # released after its date
        (BY_MEASURE["ship"], SHIPS, "2026-07-10T13:00", "2026-07-09T21:00", "2026-07-09T21:00", "2026-07-09T21:00"),
        # a day's grace on the date
        (
            within(86_400, 3_600, "carried", "ship"),
            SHIPS,
            "2026-07-10T13:00",
            "2026-07-13T21:00",
            "2026-07-14T20:00",
            "2026-07-14T21:00",
        ),
    ],
)
def test_a_commitment_is_due(  # noqa: PLR0917 - one row of the table
    commitment: Commitment, calendar: Calendar, started: str, carried: str | None, warn: str, due: str
) -> None:
    found = deadline_of(commitment, calendar, utc(started), utc(carried) if carried else None)
    assert found == Deadline(due_at=utc(due), warn_at=utc(warn))


def test_without_a_date_there_is_no_clock() -> None:
    started = utc("2026-07-10T13:00")
    assert deadline_of(BY_MEASURE["ship"], OFFICE, started, None) is None
    assert deadline_of(BY_MEASURE["deliver"], SHIPS, started, None) is None  # a cut-off promises no delivery


def test_a_site_that_never_opens_has_no_clock_in_open_time() -> None:
    never = Calendar(zone="UTC", hours=((),) * 7)
    assert deadline_of(BY_MEASURE["acknowledge"], never, utc("2026-07-10T13:00"), None) is None


def test_dates_at_the_ends_of_time_stay_there() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    grace = within(86_400, 3_600, "carried", "ship")
    assert deadline_of(grace, SHIPS, utc("2026-07-10T13:00"), last) == Deadline(last, last - HOUR)
    assert deadline_of(BY_MEASURE["deliver"], SHIPS, first, first) == Deadline(first, first)
    assert deadline_of(BY_MEASURE["post"], SHIPS, last, None) == Deadline(last, last)
