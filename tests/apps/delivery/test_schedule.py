"""When what is told leaves: digests, and quiet hours over midnight and over the change of clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.delivery.schedule import AT_ONCE, DAILY, DIGESTS, HOURLY, Schedule, after_quiet, due_at

CHICAGO, KATHMANDU, BERLIN = ZoneInfo("America/Chicago"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Europe/Berlin")
NIGHT = (22 * 60, 7 * 60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "digest", "minute", "quiet", "now", "expected"),
    [
        ("UTC", AT_ONCE, 480, None, "2026-03-02T03:17:05", "2026-03-02T03:17:05"),
        ("UTC", HOURLY, 480, None, "2026-03-02T03:17:05", "2026-03-02T04:00:00"),
        ("UTC", HOURLY, 480, None, "2026-03-02T04:00:00", "2026-03-02T04:00:00"),
        ("Asia/Kathmandu", HOURLY, 480, None, "2026-03-02T03:17:05", "2026-03-02T04:15:00"),  # UTC+05:45
        ("UTC", DAILY, 480, None, "2026-03-02T07:59:59", "2026-03-02T08:00:00"),
        ("UTC", DAILY, 480, None, "2026-03-02T08:00:01", "2026-03-03T08:00:00"),
        ("America/Chicago", DAILY, 480, None, "2026-03-02T15:00:00", "2026-03-03T14:00:00"),
        ("America/Chicago", DAILY, 480, None, "2026-03-07T15:00:00", "2026-03-08T13:00:00"),  # an hour less that night
        ("America/Chicago", DAILY, 150, None, "2026-03-08T06:30:00", "2026-03-08T08:30:00"),  # 02:30 is left out: 03:30
        # quiet from 22:00 to 07:00
        ("UTC", AT_ONCE, 480, NIGHT, "2026-03-02T21:59:59", "2026-03-02T21:59:59"),
        ("UTC", AT_ONCE, 480, NIGHT, "2026-03-02T22:00:00", "2026-03-03T07:00:00"),
        ("UTC", AT_ONCE, 480, NIGHT, "2026-03-03T00:00:00", "2026-03-03T07:00:00"),
        ("UTC", AT_ONCE, 480, NIGHT, "2026-03-03T06:59:59", "2026-03-03T07:00:00"),
        ("UTC", AT_ONCE, 480, NIGHT, "2026-03-03T07:00:00", "2026-03-03T07:00:00"),
        ("UTC", HOURLY, 480, NIGHT, "2026-03-02T21:30:00", "2026-03-03T07:00:00"),  # its hour is the first quiet one
        ("UTC", DAILY, 300, NIGHT, "2026-03-02T12:00:00", "2026-03-03T07:00:00"),
        # over the change of clocks: forward in Chicago on 8 March, back in Berlin on 25 October
        ("America/Chicago", AT_ONCE, 480, NIGHT, "2026-03-08T05:00:00", "2026-03-08T12:00:00"),
        ("Europe/Berlin", AT_ONCE, 480, NIGHT, "2026-10-24T21:00:00", "2026-10-25T06:00:00"),
        ("Europe/Berlin", AT_ONCE, 480, (60, 150), "2026-10-25T00:10:00", "2026-10-25T00:30:00"),  # 02:10, the first time
        ("Europe/Berlin", AT_ONCE, 480, (60, 150), "2026-10-25T01:10:00", "2026-10-25T01:30:00"),  # 02:10, the second time
        # quiet within one day
        ("UTC", AT_ONCE, 480, (720, 780), "2026-03-02T12:30:00", "2026-03-02T13:00:00"),
        ("UTC", AT_ONCE, 480, (720, 780), "2026-03-02T13:00:00", "2026-03-02T13:00:00"),
    ],
)
def test_when_it_leaves(  # noqa: PLR0917 - a table
    zone: str, digest: str, minute: int, quiet: tuple[int, int] | None, now: str, expected: str
) -> None:
    schedule = Schedule(ZoneInfo(zone), digest, minute, quiet)
    assert due_at(schedule, at(now)) == at(expected)


minutes = st.integers(0, 24 * 60 - 1)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
schedules = st.builds(
    Schedule,
    st.sampled_from([CHICAGO, KATHMANDU, BERLIN, ZoneInfo("UTC")]),
    st.sampled_from(sorted(DIGESTS)),
    minutes,
    st.none() | st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]),
)


@given(schedules, moments)
def test_it_never_leaves_early_nor_in_quiet_hours_and_within_two_days(schedule: Schedule, now: datetime) -> None:
    due = due_at(schedule, now)
    assert now <= due <= now + timedelta(hours=50)
    assert after_quiet(schedule, due) == due


@given(schedules, moments, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_what_comes_later_never_leaves_before(schedule: Schedule, now: datetime, later: timedelta) -> None:
    assert due_at(schedule, now) <= due_at(schedule, now + later)
