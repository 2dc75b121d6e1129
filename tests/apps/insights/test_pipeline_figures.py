"""What the pipeline's figures say: formulas on plain values, then the reads against rows that were written."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from apps.core.histograms import Histogram
from apps.insights import pipeline
from apps.insights.pipeline import SOURCES_SHOWN, pipeline_figures
from apps.insights.pipeline_figures import Moment, condition, rates, worker_state
from apps.insights.ranges import DAY, HOUR, MONTH, RANGES, Range
from apps.pipeline import rollup
from apps.pipeline.models import WorkerRow
from apps.pipeline.tallies import Tallies
from tests import messages as m

NOW = datetime(2026, 11, 23, 10, 7, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
START = NOW.replace(second=0)


def moment(**more: Any) -> Moment:
    calm = {
        "pending": 0,
        "pending_limit": 1_000_000,
        "oldest_at": None,
        "quarantined": 0,
        "rate_in": 1.0,
        "rate_out": 1.0,
        "pending_before": 0,
        "live_workers": 2,
        "known_workers": 3,
        "last_seen_at": NOW,
        "broker_answers": True,
    }
    return Moment(**(calm | more))


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({}, "ok"),
        ({"pending": 900, "oldest_at": NOW - timedelta(seconds=4)}, "ok"),
        ({"pending": 900, "oldest_at": NOW - timedelta(seconds=5)}, "behind"),
        ({"pending": 5_000, "pending_before": 4_500, "oldest_at": NOW - timedelta(seconds=9)}, "behind"),
        ({"pending": 5_000, "pending_before": 100, "oldest_at": NOW - timedelta(seconds=9)}, "growing"),
        ({"pending": 5_000, "pending_before": 100, "oldest_at": NOW - timedelta(seconds=1)}, "ok"),
        ({"pending": 5, "live_workers": 0, "oldest_at": NOW - timedelta(hours=1)}, "stopped"),
        ({"live_workers": 0, "known_workers": 0}, "ok"),
        ({"pending": 1_000_001, "live_workers": 0}, "full"),
    ],
)
def test_the_gravest_condition_is_told(held: dict[str, Any], expected: str) -> None:
    assert condition(moment(**held), NOW) == expected


def test_rates_are_a_second_and_the_slot_that_fills_is_divided_by_what_has_passed() -> None:
    starts = [START - MINUTE, START]
    assert rates([120, 60], starts, 60, START + timedelta(seconds=30)) == (2.0, 2.0)
    assert rates([120, 9], starts, 60, START + timedelta(seconds=9)) == (2.0, None)
    assert rates([120, 60], starts, 60, START + MINUTE) == (2.0, 1.0)


def test_workers_are_working_idle_silent_or_stopped() -> None:
    ago = lambda seconds: NOW - timedelta(seconds=seconds)  # noqa: E731
    assert worker_state(ago(3), ago(9), None, NOW) == "working"
    assert worker_state(ago(3), ago(31), None, NOW) == "idle"
    assert worker_state(ago(3), None, None, NOW) == "idle"
    assert worker_state(ago(31), ago(40), None, NOW) == "silent"
    assert worker_state(ago(31), ago(40), ago(31), NOW) == "stopped"
    assert worker_state(ago(2), ago(40), ago(31), NOW) == "idle"  # it came back


@pytest.mark.parametrize("span", RANGES.values(), ids=RANGES)
def test_a_range_has_its_slots_and_the_last_holds_now(span: Range) -> None:
    starts = span.starts(NOW)
    assert len(starts) == span.slots
    assert starts[-1] <= NOW < starts[-1] + span.step
    assert {later - earlier for earlier, later in pairwise(starts)} == {span.step}


@pytest.mark.django_db
def test_an_empty_system_has_empty_figures() -> None:
    found = pipeline_figures(HOUR, now=NOW)
    assert found.is_empty
    assert (found.sources, found.workers, set(found.pending)) == ((), (), {None})
    assert (found.now.pending, found.now.oldest_at, found.now.known_workers) == (0, None, 0)
    assert condition(found.now, NOW) == "ok"


def _measure(minute: datetime, source: str, accepted: int, worked: int, seconds: float, *, worker: str = "host/1") -> None:
    tallies = Tallies()
    tally = tallies.source(minute, source)
    tally.accepted, tally.worked, tally.duplicates = accepted, worked, 2
    tally.freshness.add(seconds, worked)
    done = tallies.worker(minute, worker)
    done.batches, done.worked, done.busy_seconds = 1, worked, 6.0
    done.freshness.add(seconds, worked)
    done.batch_seconds.add(6.0)
    rollup.write(tallies)


@pytest.mark.django_db
def test_an_hour_is_told_by_slot_source_and_worker() -> None:
    _measure(START - 2 * MINUTE, "/oms", 600, 300, 0.2)
    _measure(START - MINUTE, "/oms", 60, 360, 4.0)
    _measure(START - MINUTE, "/erp", 120, 120, 0.2, worker="host/2")
    _measure(START - 61 * MINUTE, "/old", 1_000, 1_000, 9.0)
    rollup.beat("host/1", started_at=START, now=NOW, worked_at=NOW)
    rollup.beat("host/3", started_at=START, now=NOW - MINUTE, worked_at=None)
    m.hear(m.message("order.validated", m.OMS, order="SO-1"))
    rollup.sample(now=NOW)
    found = pipeline_figures(HOUR, now=NOW)
    assert found.rate_in[-3:] == (10.0, 3.0, 0.0)
    assert found.rate_out[-3:] == (5.0, 8.0, 0.0)
    assert (found.pending[-1], found.pending[-2]) == (1, None)
    assert found.now.rate_in == 180 / 90
    assert [len(histogram) for histogram in found.freshness[-3:]] == [300, 480, 0]
    assert len(found.freshness_whole) == 780
    assert [(each.source, each.accepted, each.duplicates, each.accepted_by_slot[-3:]) for each in found.sources] == [
        ("/oms", 660, 4, (600, 60, 0)),
        ("/erp", 120, 2, (0, 120, 0)),
    ]
    workers = {each.name: (each.state, each.worked, each.batches, each.batch_p95 is None) for each in found.workers}
    assert workers == {
        "host/1": ("working", 660, 2, False),
        "host/3": ("silent", 0, 0, True),
        "host/2": ("gone", 120, 1, False),
    }
    assert (found.now.live_workers, found.now.known_workers) == (1, 2)
    busy = next(each.busy_share for each in found.workers if each.name == "host/1")
    assert busy == pytest.approx(12 / (NOW - found.starts[0]).total_seconds())


@pytest.mark.django_db
@pytest.mark.parametrize("span", [DAY, MONTH], ids=["day", "month"])
def test_longer_ranges_read_the_rolled_up_rows(span: Range) -> None:
    _measure(START - MINUTE, "/oms", 600, 300, 0.2)
    assert pipeline_figures(span, now=NOW).is_empty
    rollup.roll_up(now=NOW, since=START - MINUTE)
    found = pipeline_figures(span, now=NOW)
    assert [each.accepted for each in found.sources] == [600]
    assert len(found.freshness_whole) == 300


@pytest.mark.django_db
def test_more_sources_than_are_shown_are_told_together() -> None:
    for number in range(SOURCES_SHOWN + 3):
        _measure(START, f"/shop/{number:02}", 100 - number, 1, 0.1)
    found = pipeline_figures(HOUR, now=NOW)
    assert (len(found.sources), found.sources_count) == (SOURCES_SHOWN + 1, SOURCES_SHOWN + 3)
    assert [each.source for each in found.sources[:2]] == ["/shop/00", "/shop/01"]
    assert (found.sources[-1].source, found.sources[-1].accepted) == ("", 88 + 87 + 86)
    assert sum(each.accepted for each in found.sources) == sum(100 - number for number in range(SOURCES_SHOWN + 3))


@pytest.mark.django_db
def test_what_could_not_be_read_is_told_by_credential_and_quarantined_by_source() -> None:
    tallies = Tallies()
    tallies.source(START, "", "dc-1").rejected = 7
    tallies.source(START, m.OMS).accepted = 1
    rollup.write(tallies)
    m.tell(m.message("order.teleported", m.OMS, order="SO-1"), m.message("order.teleported", m.ERP, order="SO-1"))
    found = pipeline_figures(HOUR, now=NOW)
    assert [(each.source, each.credential, each.rejected, each.quarantined_now) for each in found.sources] == [
        ("", "dc-1", 7, None),
        (m.OMS, "", 0, 1),
    ]
    assert found.now.quarantined == 2


@pytest.mark.django_db
def test_the_statements_are_as_many_with_a_full_month_and_none_scans_a_table() -> None:
    from tests.queries.world import recorded

    _fill()
    with recorded() as statements:
        found = pipeline_figures(MONTH, now=NOW)
    assert (len(found.sources), len(found.workers)) == (SOURCES_SHOWN + 1, 4)
    assert len(statements) == 9
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE pipeline_source_tally, pipeline_worker_tally, pipeline_backlog")
        plans = []
        for statement, parameters in (
            (pipeline.sql.BACKLOG, (60, START)),
            (pipeline.sql.SOURCES, (60, START)),
            (pipeline.sql.SHOWN, (60, START, ["/shop/01"])),
            (pipeline.sql.WORKERS, (60, START)),
        ):
            cursor.execute(f"EXPLAIN (COSTS OFF) {statement}", parameters)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    assert all("Seq Scan" not in plan and "Index" in plan for plan in plans), plans


def _fill() -> None:
    """A month of quarters of an hour, 30 sources and 4 workers, as another day's roll-up left them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO pipeline_source_tally SELECT step, to_timestamp(extract(epoch FROM %s::timestamptz) - n * step),
                '/shop/' || lpad(s::text, 2, '0'), '', 10, 1, 0, 0, 10, 0, '{0,1,2,7}'
            FROM (VALUES (60), (900), (21600)) AS tier (step), generate_series(0, 119) AS n, generate_series(1, 30) AS s""",
            [rollup.slot_of(NOW, rollup.SIX_HOURS)],
        )
        cursor.execute(
            """INSERT INTO pipeline_worker_tally SELECT step, to_timestamp(extract(epoch FROM %s::timestamptz) - n * step),
                'host/' || w, 3, 100, 0, 9, '{0,1,2,7}', '{0,0,3}'
            FROM (VALUES (60), (900), (21600)) AS tier (step), generate_series(0, 119) AS n, generate_series(1, 4) AS w""",
            [rollup.slot_of(NOW, rollup.SIX_HOURS)],
        )
        cursor.execute(
            """INSERT INTO pipeline_backlog
            SELECT step, to_timestamp(extract(epoch FROM %s::timestamptz) - n * step), 9, 1, 2, now()
            FROM (VALUES (60), (900), (21600)) AS tier (step), generate_series(0, 399) AS n""",
            [rollup.slot_of(NOW, rollup.SIX_HOURS)],
        )
    WorkerRow.objects.create(name="host/1", started_at=NOW, seen_at=NOW)
    assert Histogram([0, 1, 2, 7]).percentile(0.5) is not None
