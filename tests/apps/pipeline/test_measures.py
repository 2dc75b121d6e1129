"""What is counted in memory reaches the rows of its minute once, and the coarser rows are their sums."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.histograms import Histogram
from apps.eventlog.types import StoredMessage
from apps.partners.services import create_credential
from apps.pipeline import ingest, measures, rollup
from apps.pipeline.measures import Recorder, recorder
from apps.pipeline.models import BacklogRow, SourceTallyRow, WorkerRow, WorkerTallyRow
from apps.pipeline.process import process_batch
from apps.pipeline.tallies import MINUTES_KEPT, SOURCES_KEPT, SourceTally, Tallies, WorkerTally, minute_of
from tests import messages as m

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, 7, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SUMS = ("accepted", "duplicates", "conflicts", "rejected", "worked", "quarantined")


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """The process's recorder, with nothing in it from other tests."""
    recorder._reset()
    yield recorder
    recorder._reset()


def event(identifier: str, source: str = "/oms", **more: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": identifier, "source": source, "type": "distsync.order.validated.v1", **more}


def post(events: list[dict[str, Any]], token: str) -> None:
    answer = Client().post(
        "/api/v1/events",
        events,
        content_type="application/cloudevents-batch+json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code in {202, 400}, answer.content


def sums(row: SourceTallyRow) -> dict[str, int]:
    return {name: getattr(row, name) for name in SUMS if getattr(row, name)}


def test_what_a_door_takes_is_counted_by_source_and_what_it_refuses_by_credential(fresh: Recorder) -> None:
    token = create_credential("dc")
    data = {"data": {"order": "SO-1"}}
    post([event("1", **data), event("2", **data), event("1", "/erp", **data)], token)
    post([event("1", **data), event("2", data={"order": "SO-2"}), event("2", "/erp", **data), {"id": "torn"}], token)
    post([{"id": "torn"}], token)
    assert fresh.write(now=NOW)
    rows = {(row.source, row.credential): sums(row) for row in SourceTallyRow.objects.all()}
    assert rows == {
        ("/oms", ""): {"accepted": 2, "duplicates": 1, "conflicts": 1},
        ("/erp", ""): {"accepted": 2},
        ("", "dc"): {"rejected": 2},
    }


def test_a_batch_is_counted_once_it_is_committed(fresh: Recorder, django_capture_on_commit_callbacks: Any) -> None:
    m.hear(*[m.message("order.validated", m.OMS, order=f"SO-{number}") for number in range(3)])
    m.hear(m.message("order.teleported", m.ERP, order="SO-1"))
    with django_capture_on_commit_callbacks(execute=True):
        assert process_batch(now=m.NOW) == 4
        assert not fresh._tallies
    fresh.write(now=NOW)
    (worker,) = WorkerTallyRow.objects.all()
    assert (worker.worker, worker.batches, worker.worked, worker.quarantined) == (measures.COMMAND, 1, 4, 1)
    assert (sum(worker.freshness), sum(worker.batch_seconds)) == (3, 1)
    rows = {row.source: (sums(row), sum(row.freshness)) for row in SourceTallyRow.objects.all()}
    assert rows == {m.OMS: ({"worked": 3}, 3), m.ERP: ({"worked": 1, "quarantined": 1}, 0)}


def test_a_rebuild_is_no_work_of_the_pipeline(fresh: Recorder, django_capture_on_commit_callbacks: Any) -> None:
    m.hear(m.message("order.validated", m.OMS, order="SO-1"))
    with django_capture_on_commit_callbacks(execute=True):
        assert process_batch(now=m.NOW, is_rebuild=True) == 1
    assert not fresh._tallies


def test_freshness_leaves_out_what_was_replayed(fresh: Recorder) -> None:
    from apps.contracts.facts import StampedFact

    received = datetime.now(UTC) - timedelta(seconds=2)
    told = [_stored(position, received if position < 3 else received - timedelta(days=9)) for position in (1, 2, 3)]
    facts = [_fact(message) for message in told]
    assert isinstance(facts[0], StampedFact)
    fresh.batch(told, facts, started_at=received, replayed=[3])
    (tally,) = fresh._tallies.workers.values()
    assert (tally.worked, len(tally.freshness)) == (3, 2)
    assert 1.8 < (tally.freshness.percentile(1) or 0) < 2.6


def test_a_replay_is_work_and_no_freshness(fresh: Recorder, django_capture_on_commit_callbacks: Any) -> None:
    from apps.eventlog import log
    from apps.pipeline import quarantine
    from apps.translation.canonical import Refusal

    m.hear(m.message("order.validated", m.OMS, order="SO-1"), m.message("order.validated", m.OMS, order="SO-2"))
    with transaction.atomic():
        (first, _second) = log.claim(9, now=m.NOW)
        quarantine.record([(first, Refusal("unknown_type", "not yet"))])
    with django_capture_on_commit_callbacks(execute=True):
        assert process_batch(now=m.NOW) == 2
    (tally,) = fresh._tallies.workers.values()
    assert (tally.worked, tally.quarantined, len(tally.freshness)) == (2, 0, 1)


def test_files_are_counted_as_what_doors_take(fresh: Recorder, tmp_path: Path) -> None:
    told = tmp_path / "a.jsonl"
    told.write_text("".join(json.dumps(event(str(number), data={"order": "SO-1"})) + "\n" for number in (1, 2, 2)))
    order = ingest.Order([told])
    ingest.Ingest(order, lambda _progress: None, timezone.now).run()
    assert [(row.source, sums(row)) for row in SourceTallyRow.objects.all()] == [("/oms", {"accepted": 2, "duplicates": 1})]


def test_two_processes_add_to_one_minute(fresh: Recorder) -> None:
    one, other = Tallies(), Tallies()
    for tallies, count in ((one, 3), (other, 4)):
        tallies.source(minute_of(NOW), "/oms").accepted += count
        tally = tallies.worker(minute_of(NOW), "host/1")
        tally.worked += count
        tally.freshness.add(0.2 * count, count)
        rollup.write(tallies)
    together = Histogram()
    together.add(0.6, 3)
    together.add(0.8, 4)
    (source,), (worker,) = SourceTallyRow.objects.all(), WorkerTallyRow.objects.all()
    assert (source.starts_at, source.accepted) == (minute_of(NOW), 7)
    assert (worker.worked, worker.freshness) == (7, together.counts)


def test_what_cannot_be_written_is_kept_and_bounded(fresh: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    write = rollup.write

    def fails(_tallies: Tallies) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(rollup, "write", fails)
    for past in range(MINUTES_KEPT + 5):
        fresh._tallies.source(minute_of(NOW) + past * MINUTE, "/oms").accepted += 1
        assert fresh.write(now=NOW) is False
    monkeypatch.setattr(rollup, "write", write)
    assert fresh.write(now=NOW)
    kept = SourceTallyRow.objects.order_by("starts_at")
    assert (kept.count(), kept[0].starts_at) == (MINUTES_KEPT, minute_of(NOW) + 5 * MINUTE)


def test_sources_beyond_the_bound_are_counted_together(fresh: Recorder) -> None:
    tallies = Tallies()
    for number in range(SOURCES_KEPT + 30):
        tallies.source(NOW, f"/shop/{number}").accepted += 1
    assert len(tallies.sources) == SOURCES_KEPT + 1
    assert tallies.sources[NOW, "", ""].accepted == 30
    tallies.source(NOW, "x" * 5_000)
    rollup.write(tallies)
    assert SourceTallyRow.objects.count() == SOURCES_KEPT + 1


MOMENTS = st.integers(0, 14 * 60).map(lambda minutes: datetime(2026, 11, 23, tzinfo=UTC) + minutes * MINUTE)
TOLD = st.lists(
    st.tuples(MOMENTS, st.sampled_from(["/a", "/b"]), st.sampled_from(["w/1", "w/2"]), st.integers(1, 50), st.floats(0, 500)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TOLD, st.randoms(use_true_random=False))
def test_coarser_rows_are_the_sums_of_the_minutes_however_often_and_late_they_are_made(told: Any, random: Random) -> None:
    for model in (SourceTallyRow, WorkerTallyRow, BacklogRow):
        model.objects.all().delete()
    begin = datetime(2026, 11, 23, tzinfo=UTC)
    for minute, source, worker, count, seconds in told:
        tallies = Tallies()
        tallies.source(minute, source).accepted += count
        done = tallies.worker(minute, worker)
        done.worked += count
        done.freshness.add(seconds, count)
        rollup.write(tallies)
        if random.random() < 0.3:
            assert rollup.roll_up(now=begin, since=minute)
    assert rollup.roll_up(now=begin, since=begin)
    for step in (rollup.QUARTER, rollup.SIX_HOURS):
        expected: dict[Any, tuple[int, Histogram]] = {}
        for minute, _source, worker, count, seconds in told:
            key = (rollup.slot_of(minute, step), worker)
            total, histogram = expected.get(key, (0, Histogram()))
            histogram.add(seconds, count)
            expected[key] = (total + count, histogram)
        rows = WorkerTallyRow.objects.filter(step_seconds=step)
        assert {(row.starts_at, row.worker): (row.worked, Histogram(row.freshness)) for row in rows} == expected
        sources = SourceTallyRow.objects.filter(step_seconds=step)
        assert sum(row.accepted for row in sources) == sum(count for _, _, _, count, _ in told)


def test_what_is_past_its_time_is_forgotten_step_by_step(fresh: Recorder) -> None:
    tallies = Tallies()
    old = minute_of(NOW) - timedelta(hours=7)
    tallies.sources[old, "/oms", ""] = SourceTally(accepted=5)
    tallies.workers[old, "w/1"] = WorkerTally(worked=5)
    rollup.write(tallies)
    rollup.beat("w/1", started_at=old, now=NOW - timedelta(days=2), worked_at=None)
    assert rollup.roll_up(now=NOW - timedelta(hours=6), since=old)
    assert rollup.roll_up(now=NOW, since=NOW - MINUTE)
    assert {(row.step_seconds, row.accepted) for row in SourceTallyRow.objects.all()} == {(900, 5), (21_600, 5)}
    assert {row.step_seconds for row in WorkerTallyRow.objects.all()} == {900, 21_600}
    assert not WorkerRow.objects.exists()


def test_the_backlog_is_looked_at_by_whoever_comes_first() -> None:
    m.hear(m.message("order.validated", m.OMS, order="SO-1"), m.message("order.validated", m.OMS, order="SO-2"))
    now = m.NOW + timedelta(seconds=40)
    assert rollup.sample(now=now)
    assert not rollup.sample(now=now + timedelta(seconds=9))
    m.process()
    assert rollup.sample(now=now + timedelta(seconds=12))
    (row,) = BacklogRow.objects.all()
    assert (row.most_pending, row.last_pending, row.oldest_seconds) == (2, 0, 40.0)
    assert rollup.sample(now=now + MINUTE)
    rollup.roll_up(now=now, since=now)
    coarse = BacklogRow.objects.get(step_seconds=rollup.QUARTER)
    assert (coarse.most_pending, coarse.last_pending, coarse.oldest_seconds) == (2, 0, 40.0)


def test_a_worker_beats_until_it_stops(fresh: Recorder) -> None:
    fresh.worker = "host/1"
    fresh.turn(now=NOW)
    row = WorkerRow.objects.get()
    assert (row.name, row.seen_at, row.worked_at, row.stopped_at) == ("host/1", NOW, None, None)
    fresh._last_turn(now=NOW + MINUTE)
    assert WorkerRow.objects.get().stopped_at == NOW + MINUTE
    fresh.turn(now=NOW + 2 * MINUTE)
    assert WorkerRow.objects.get().stopped_at is None


def test_a_turn_outlives_a_database_that_is_away(fresh: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = []

    def away(*, now: datetime) -> None:
        turns.append(now)
        raise OperationalError("away")

    monkeypatch.setattr(measures.connection, "close", lambda: None)
    fresh._safely(away)
    assert len(turns) == 1


def _stored(position: int, received_at: datetime) -> StoredMessage:
    message = m.message("order.validated", m.OMS, order="SO-1")
    return StoredMessage(
        position=position,
        received_at=received_at,
        heard_at=received_at,
        source=message.source,
        id=message.id,
        type=message.type,
        time=message.time,
        is_history=False,
        subject=None,
        content_type=message.content_type,
        attributes={},
        body=message.body,
        digest=message.digest,
        credential="",
        door="events",
    )


def _fact(message: StoredMessage) -> Any:
    from apps.translation.canonical import translate

    return translate(message)
