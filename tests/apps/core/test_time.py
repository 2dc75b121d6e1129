"""Times as others write them, and when a claimed date ends."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import Unreadable
from apps.core.time import end_of_claim, parse_time


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-31T17:05:00Z", datetime(2026, 3, 31, 17, 5, tzinfo=UTC)),
        ("2026-03-31t17:05:00z", datetime(2026, 3, 31, 17, 5, tzinfo=UTC)),
        ("2026-03-31T17:05:00.5+02:00", datetime(2026, 3, 31, 15, 5, 0, 500_000, UTC)),
        ("2026-03-31T17:05:00.123456789-05:30", datetime(2026, 3, 31, 22, 35, 0, 123_456, UTC)),
        ("2026-03-31T17:05:00-00:00", datetime(2026, 3, 31, 17, 5, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2016-12-31T15:59:60.25-08:00", datetime(2017, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)),
    ],
)
def test_a_time_is_read_as_an_instant_in_utc(text: str, instant: datetime) -> None:
    if ":60." in text:
        instant = instant.replace(microsecond=0)
    assert parse_time(text) == instant
    assert parse_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-03-31T17:05:00", "has no zone"),
        ("2026-03-31 17:05", "has no zone"),
        ("2026-03-31", "is a date where a time is needed"),
        ("2026-03-31 17:05:00Z", "is not an RFC 3339 time"),
        ("2026-03-31T17:05Z", "is not an RFC 3339 time"),
        ("20260331T170500Z", "is not an RFC 3339 time"),
        ("٢٠٢٦-03-31T17:05:00Z", "is not an RFC 3339 time"),
        ("2026-03-31T17:05:00+25:00", "is not an RFC 3339 time"),
        ("2026-03-31T17:05:00+02:60", "is not an RFC 3339 time"),
        ("2026-03-31T17:05:00Z\n", "is not an RFC 3339 time"),
        ("", "is not an RFC 3339 time"),
        ("2026-03-31T24:00:00Z", "midnight is 00:00 of the next day"),
        ("2026-02-30T00:00:00Z", "is not a time that exists: day is out of range for month"),
        ("2026-03-31T17:61:00Z", "is not a time that exists: minute must be in 0..59"),
        ("2026-03-31T17:05:61Z", "is not a time that exists: second must be in 0..59"),
        ("2026-03-31T17:05:60Z", "a leap second comes only at 23:59:60 UTC"),
        ("0001-01-01T00:00:00+01:00", "is not a time that exists: date value out of range"),
        ("9999-12-31T23:59:60Z", "is not a time that exists: date value out of range"),
    ],
)
def test_what_is_no_time_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_time(text)
    assert reason in refusal.value.detail


@pytest.mark.parametrize(
    ("text", "zone", "end"),
    [
        ("2026-03-31T17:05:00Z", "America/Sao_Paulo", datetime(2026, 3, 31, 17, 5, tzinfo=UTC)),
        ("2026-03-31", "UTC", datetime(2026, 4, 1, tzinfo=UTC)),
        ("2026-03-31", "Europe/Berlin", datetime(2026, 3, 31, 22, tzinfo=UTC)),
        # 23 and 25 hours long
        ("2026-03-29", "Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("2026-10-25", "Europe/Berlin", datetime(2026, 10, 25, 23, tzinfo=UTC)),
        # São Paulo went forward at midnight: 2017-10-15 began at 01:00
        ("2017-10-14", "America/Sao_Paulo", datetime(2017, 10, 15, 3, tzinfo=UTC)),
        # and back at midnight to 23:00: 2018-02-17 had that hour twice
        ("2018-02-17", "America/Sao_Paulo", datetime(2018, 2, 18, 3, tzinfo=UTC)),
        # St. John's went back at 00:01 to 23:01 of the day before, which so ended twice
        ("2010-11-06", "America/St_Johns", datetime(2010, 11, 7, 3, 30, tzinfo=UTC)),
        # Havana has 00:00 twice within the same day: the first begins it
        ("2026-10-31", "America/Havana", datetime(2026, 11, 1, 4, tzinfo=UTC)),
        # Apia left out 2011-12-30
        ("2011-12-29", "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("2011-12-30", "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("2024-02-29", "UTC", datetime(2024, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_claim_ends(text: str, zone: str, end: datetime) -> None:
    assert end_of_claim(text, zone) == end


@pytest.mark.parametrize(
    ("text", "zone", "reason"),
    [
        ("2026-02-30", "UTC", "is not a date that exists: day is out of range for month"),
        ("9999-12-31", "UTC", "is not a date that exists: date value out of range"),
        ("31.03.2026", "UTC", "is not an RFC 3339 time"),
        ("2026-03-31", "Mars/Olympus", "`Mars/Olympus` is not a time zone"),
        ("2026-03-31", "../etc/passwd", "`../etc/passwd` is not a time zone"),
        ("2026-03-31", "", "`` is not a time zone"),
    ],
)
def test_a_claim_that_cannot_be_read_is_refused(text: str, zone: str, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        end_of_claim(text, zone)
    assert reason in refusal.value.detail


@given(st.datetimes(timezones=st.timezones()))
def test_what_python_writes_with_a_whole_minute_offset_is_read_back(moment: datetime) -> None:
    offset = moment.utcoffset()
    assert offset is not None
    text = moment.isoformat(timespec="microseconds")
    if len(text) > len("2026-03-31T17:05:00.000000+02:00"):  # RFC 3339 has no seconds in an offset
        with pytest.raises(Unreadable):
            parse_time(text)
        return
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        with pytest.raises(Unreadable):
            parse_time(text)
        return
    assert parse_time(text) == expected


@given(st.text(), st.text())
def test_any_text_is_read_or_refused(text: str, zone: str) -> None:
    try:
        assert end_of_claim(text, zone).tzinfo is UTC
    except Unreadable as refusal:
        assert refusal.detail  # noqa: PT017 - either answer is right
