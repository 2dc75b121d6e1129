"""How times read: relative by their largest unit, exact with the zone, claimed dates kept as dates."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.console.times import Clock, duration

NOW = datetime(2026, 5, 16, 18, 20, 31, tzinfo=UTC)
NEW_YORK = Clock(NOW, ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 m"),
        (3_599, "59 m"),
        (3_600, "1 h"),
        (3_660, "1 h 01 m"),
        (11_520, "3 h 12 m"),
        (86_400, "1 d"),
        (187_200, "2 d 4 h"),
        (14 * 86_400 + 7_200, "14 d"),
        (59 * 86_400, "59 d"),
        (60 * 86_400, "2 mo"),
        (729 * 86_400, "24 mo"),
        (730 * 86_400, "2 y"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: int, words: str) -> None:
    assert duration(seconds) == words
    assert duration(timedelta(seconds=seconds)) == words


def test_an_instant_is_said_in_the_readers_zone() -> None:
    instant = NEW_YORK.instant(datetime(2026, 5, 14, 14, 14, 5, tzinfo=UTC))
    assert instant.iso == "2026-05-14T10:14:05-04:00"
    assert instant.short == "14 May 10:14"
    assert instant.relative == "2 d ago"
    assert instant.exact == "Thu 14 May 2026, 10:14:05 EDT (America/New_York), 2 d ago"


def test_another_year_is_named() -> None:
    assert NEW_YORK.short(datetime(2017, 10, 2, 13, 56, tzinfo=UTC)) == "2 Oct 2017 09:56"


@pytest.mark.parametrize(
    ("offset", "words"), [(-4, "now"), (4, "now"), (-40, "in 40 s"), (90, "1 m ago"), (-187_200, "in 2 d"), (11_520, "3 h ago")]
)
def test_relative_times_have_one_unit(offset: int, words: str) -> None:
    assert NEW_YORK.relative(NOW - timedelta(seconds=offset)) == words


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("2026-05-15", "15 May"),
        ("2017-10-18", "18 Oct 2017"),
        ("2026-05-14T20:00:00Z", "14 May 16:00"),
        ("whenever", "whenever"),
        (None, ""),
    ],
)
def test_a_claimed_date_stays_a_date(claim: str | None, words: str) -> None:
    assert NEW_YORK.claimed(claim) == words
