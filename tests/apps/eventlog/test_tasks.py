"""The log's upkeep as beat starts it."""

from django.conf import settings
from django.utils import timezone

from apps.eventlog.append import append
from apps.eventlog.tasks import make_partitions, seal
from apps.eventlog.verification import verify
from tests.apps.eventlog.builders import NOW, Count, message


def test_beat_starts_the_upkeep_by_its_name() -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert {seal.name, make_partitions.name} <= scheduled


def test_a_sealing_seals_what_was_appended(db: None) -> None:
    append([message("1"), message("2")], now=NOW)

    seal()

    assert (verify().messages, verify().tail.count) == (2, 0)


def test_the_upkeep_keeps_the_months_that_are_there(db: None, count: Count) -> None:
    append([message("1")], now=timezone.now())

    make_partitions()

    assert count(f"eventlog_message_{timezone.now():%Y_%m}") == 1
