"""Partners that fall silent: by their open time, whatever arrives first, until they are heard again."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.acts.settings import put
from apps.eventlog.types import NewMessage
from apps.exceptions.subjects.hearings import merged, slot_of
from apps.exceptions.sweep import ask_for_all
from apps.partners.models import Site, Source
from apps.pipeline import timers
from apps.pipeline.process import process_batch
from tests.apps.exceptions.subjects.telling import cases, minutes, tell
from tests.messages import NORTH, NOW, START, hear, message, process

pytestmark = pytest.mark.django_db
HOUR = 60
DAY = 24 * HOUR
# START is a Monday, 08:00 UTC.
BY_DAY = {"zone": "UTC", "hours": [[{"opens": "08:00", "closes": "18:00"}]] * 5 + [[], []]}
LATE = {"zone": "UTC", "hours": [[{"opens": "12:00", "closes": "20:00"}]] * 7}


def heard(minute: int, source: str = NORTH) -> NewMessage:
    return message("leg.acknowledged", source, minute=minute, leg=f"L-{source}-{minute}")


def silences(now: datetime = NOW) -> list[tuple[Any, ...]]:
    """(state, opened, cleared) of each."""
    return [case[2:5] for case in cases(now) if case[0] == "PARTNER_SILENT"]


def looked_at(minute: int) -> None:
    """The sweep, as of then."""
    timers.settle(now=START + timedelta(minutes=minute))


@pytest.fixture(autouse=True)
def _northstar() -> None:
    Source.objects.create(name=NORTH, partner="northstar")
    Source.objects.create(name="/northstar/2", partner="northstar")
    Source.objects.create(name="/house", partner="")


def set_calendar(name: str, calendar: dict[str, Any]) -> None:
    put("calendar", name, {"versions": [{"effective_from": None, "calendar": calendar}]}, who="ada", reason="", now=NOW)


def test_it_opens_four_hours_after_the_quarter_in_which_it_was_heard_last() -> None:
    hear(heard(0), heard(7))
    process()
    looked_at(4 * HOUR + 14)
    assert cases() == []
    looked_at(4 * HOUR + 15)
    assert cases() == [("PARTNER_SILENT", "northstar", "new", 4 * HOUR + 15, None, "northstar", "")]


def test_heard_again_it_is_verified_from_the_first_word_on() -> None:
    tell(heard(0), heard(5 * HOUR + 1, "/northstar/2"), heard(5 * HOUR + 3))
    assert silences() == [("regressed", 4 * HOUR + 15, None)]
    tell(*(heard(minute) for minute in range(5 * HOUR, 30 * DAY, 4 * HOUR)))
    assert silences() == [("resolved_verified", 4 * HOUR + 15, 5 * HOUR)]


def test_any_of_its_sources_is_a_sign_of_life_and_others_are_none() -> None:
    tell(heard(0), heard(3 * HOUR, "/northstar/2"), heard(4 * HOUR, "/house"), heard(5 * HOUR, "/elsewhere"))
    assert silences() == [("new", 7 * HOUR + 15, None)]


def test_a_partner_that_was_never_heard_owes_no_word() -> None:
    tell(heard(0, "/house"))
    assert cases() == []


def test_only_its_open_time_counts() -> None:
    set_calendar("partner:northstar", BY_DAY)
    hear(heard(9 * HOUR))  # 17:00: an hour of that day is left, less a quarter
    process()
    looked_at(DAY + 3 * HOUR + 14)
    assert cases() == []
    looked_at(DAY + 3 * HOUR + 15)
    assert silences() == [("new", DAY + 3 * HOUR + 15, None)]


def test_without_a_calendar_of_its_own_its_slowest_site_tells() -> None:
    for code, calendar in (("ATL", BY_DAY), ("CHI", LATE)):
        Site.objects.create(code=code, partner="northstar")
        set_calendar(f"site:{code}", calendar)
    tell(heard(0))
    assert silences() == [("new", 8 * HOUR, None)]  # 16:00: four hours after CHI opens


def test_a_partner_that_is_paused_owes_no_word() -> None:
    put("partner", "northstar", {"status": "paused"}, who="ada", reason="", now=NOW)
    tell(heard(0))
    assert cases() == []


def test_a_threshold_of_its_own() -> None:
    tell(heard(0))
    put("threshold", "silence:northstar", {"seconds": 6 * 3_600}, who="ada", reason="few orders", now=NOW)
    ask_for_all()
    timers.settle(now=NOW)
    assert silences() == [("new", 6 * HOUR + 15, None)]


def test_a_source_that_becomes_the_partners_later_speaks_for_it_from_the_beginning() -> None:
    tell(heard(0), heard(3 * HOUR, "/northstar/3"), message("order.teleported", "/northstar/3", id="x", minute=3 * HOUR))
    assert [case[:6] for case in cases()] == [
        ("DEAD_LETTER", "x", "new", 3 * HOUR, None, None),
        ("PARTNER_SILENT", "northstar", "new", 4 * HOUR + 15, None, "northstar"),
    ]
    Source.objects.update_or_create(name="/northstar/3", defaults={"partner": "northstar"})
    timers.settle(now=NOW)
    assert [case[:6] for case in cases()] == [
        ("DEAD_LETTER", "x", "new", 3 * HOUR, None, "northstar"),
        ("PARTNER_SILENT", "northstar", "new", 7 * HOUR + 15, None, "northstar"),
    ]
    Source.objects.filter(partner="northstar").update(partner="")
    timers.settle(now=NOW)
    assert [case[:6] for case in cases()] == [("DEAD_LETTER", "x", "new", 3 * HOUR, None, None)]


def test_who_is_alive_as_expected_is_judged_when_that_could_end() -> None:
    hear(heard(0))
    process()
    looked_at(1)
    hear(heard(20))
    process_batch(now=START + timedelta(minutes=20))
    assert timers.run(now=START + timedelta(minutes=21)) == 0
    hear(heard(5 * HOUR))
    process_batch(now=START + timedelta(minutes=5 * HOUR))
    assert timers.run(now=START + timedelta(minutes=5 * HOUR)) == 2  # asked for, and due
    assert silences() == [("resolved_verified", 4 * HOUR + 30, 5 * HOUR)]


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_arrival_makes_no_difference(seed: int) -> None:
    told = [heard(minute) for minute in (0, 2 * HOUR, 3 * HOUR, 8 * HOUR, 8 * HOUR + 3, 9 * HOUR, 20 * HOUR, 48 * HOUR)]
    chance = random.Random(seed)
    chance.shuffle(told)
    cuts = sorted(chance.sample(range(1, len(told)), 3))
    for begin, end in itertools.pairwise([0, *cuts, len(told)]):
        tell(*told[begin:end])
    # 3:00 to 8:00, 9:00 to 20:00 and 20:00 to 48:00 are within a day of each other: one case, silent since.
    assert silences() == [("regressed", 7 * HOUR + 15, None)]
    assert [minutes(each) for each in spans()] == [
        7 * HOUR + 15,
        8 * HOUR,
        13 * HOUR + 15,
        20 * HOUR,
        24 * HOUR + 15,
        48 * HOUR,
    ]


def spans() -> list[datetime]:
    """When the spans of the only silence began and ended, but for the last, which lasts."""
    from django.db import connection

    from apps.exceptions.rows import unpack

    with connection.cursor() as cursor:
        cursor.execute("SELECT detail FROM exceptions_case WHERE code = 'PARTNER_SILENT'")
        ((detail,),) = cursor.fetchall()
    found = [each for span in unpack(bytes(detail)).spans for each in (span.opened_at, span.cleared_at)]
    return [each for each in found[:-2] if each is not None]


def test_hearings_merge_by_source_and_quarter() -> None:
    at = datetime(2026, 3, 2, 8, 14, 59, tzinfo=UTC)
    later = at + timedelta(seconds=1)
    assert (slot_of(at), slot_of(later)) == (datetime(2026, 3, 2, 8, 0, tzinfo=UTC), later)
    told = [("b", later), ("a", at), ("a", at - timedelta(minutes=3)), ("b", at), ("x" * 501, at)]
    assert merged(told) == [("a", slot_of(at), at - timedelta(minutes=3)), ("b", slot_of(at), at), ("b", later, later)]
