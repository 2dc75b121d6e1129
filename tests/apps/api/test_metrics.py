"""`/metrics` to the letter: what is counted, in which form it comes, and who may read it."""

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from apps.api import metrics
from apps.core.histograms import Histogram, middle_of
from apps.eventlog import log
from apps.eventlog.partitions import make_partitions
from apps.insights.operations import COUNT_LIMIT, OTHERS, SOURCES_LIMIT, operations
from apps.live import presence
from apps.pipeline import rollup
from apps.pipeline.tallies import Tallies, minute_of
from distsync.env import ROOT
from distsync.version import VERSION
from tests.messages import OMS, message

ACCEPT = "application/openmetrics-text; version=1.0.0"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    metrics._kept.clear()
    yield
    metrics._kept.clear()


def read(client: Client) -> dict[str, Any]:
    """Samples by name, or by name and label values."""
    answer = client.get("/metrics", headers={"Accept": ACCEPT})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert answer.content.endswith(b"# EOF\n")
    samples = {}
    for family in openmetrics(answer.content.decode()):
        for sample in family.samples:
            labels = [sample.labels[name] for name in sorted(sample.labels, key=lambda name: name == "outcome")]
            samples[(sample.name, *labels) if labels else sample.name] = sample.value
    return samples


def tell(source: str, *, minutes_ago: int = 1, **counts: int) -> None:
    """A source's counts of a minute, as a web or worker process writes them."""
    tallies = Tallies()
    tally = tallies.source(minute_of(timezone.now() - timedelta(minutes=minutes_ago)), source)
    for name, count in counts.items():
        setattr(tally, name, count)
    rollup.write(tallies)


def test_an_empty_system_tells_its_release_and_zeroes(client: Client) -> None:
    told = read(client)
    assert told["distsync_build_info", VERSION] == 1
    assert told["distsync_database_up"] == 1
    assert told["distsync_pending_messages"] == 0
    assert told["distsync_pending_oldest_age_seconds"] == 0
    assert told["distsync_freshness_seconds_count"] == 0
    assert told["distsync_workers"] == 0
    assert told["distsync_missing_migrations"] == 0
    assert told["distsync_broker_up"] == 1
    assert told["distsync_database_size_bytes"] > 1_000_000
    assert 1 <= told["distsync_database_connections"] < told["distsync_database_connections_limit"]


def test_the_release_is_the_projects(client: Client) -> None:
    project = tomllib.loads((Path(ROOT) / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


def test_counts_are_the_sums_over_all_processes(client: Client) -> None:
    for _ in range(2):  # two processes
        tell(OMS, minutes_ago=0, accepted=5, duplicates=2, conflicts=1, worked=4, quarantined=1)
    tell("//other", minutes_ago=0, accepted=1, rejected=7)
    told = read(client)
    counts = [told["distsync_messages_total", each] for each in ("accepted", "duplicate", "conflict", "rejected")]
    assert counts == [11, 4, 2, 7]
    assert (told["distsync_worked_messages_total"], told["distsync_quarantined_messages_total"]) == (8, 2)
    since = rollup.slot_of(timezone.now(), rollup.SIX_HOURS).timestamp()
    assert told["distsync_messages_created", "accepted"] == since


def test_what_was_before_the_window_is_not_counted(client: Client) -> None:
    tell(OMS, minutes_ago=361, accepted=5)
    assert read(client)["distsync_messages_total", "accepted"] == 0


def test_sources_are_as_many_as_are_told_apart_and_no_more(client: Client) -> None:
    for number in range(SOURCES_LIMIT + 3):
        tell(f"//source/{number:02}", accepted=100 - number)
    told = read(client)
    names = {key[1] for key in told if key[0] == "distsync_source_messages"}
    assert len(names) == SOURCES_LIMIT + 1
    assert told["distsync_source_messages", "//source/00", "accepted"] == 100
    assert told["distsync_source_messages", OTHERS, "accepted"] == 80 + 79 + 78


def test_pending_postponed_and_the_oldest(client: Client) -> None:
    now = timezone.now()
    log.append(
        [message("order.placed", OMS, order="A"), message("order.placed", OMS, order="B")], now=now - timedelta(minutes=2)
    )
    ((first,),) = _rows("SELECT min(position) FROM eventlog_pending")
    log.postpone([first], now + timedelta(minutes=5), "it failed")
    told = read(client)
    assert (told["distsync_pending_messages"], told["distsync_postponed_messages"]) == (2, 1)
    assert 120 <= told["distsync_pending_oldest_age_seconds"] < 180
    assert told["distsync_unsealed_messages"] == 2
    assert 120 <= told["distsync_unsealed_oldest_age_seconds"] < 180
    log.seal(now=now)
    metrics._kept.clear()
    told = read(client)
    assert (told["distsync_unsealed_messages"], told["distsync_unsealed_oldest_age_seconds"]) == (0, 0)


def test_quarantine_by_cause(client: Client) -> None:
    _rows(
        "INSERT INTO pipeline_quarantine (position, code, reason, source, type) SELECT n, CASE WHEN n < 3 THEN 'unknown_type'"
        " ELSE 'bad_time' END, 'r', 's', 't' FROM generate_series(1, 5) AS n RETURNING position"
    )
    told = read(client)
    assert told["distsync_quarantine_messages", "unknown_type"] == 2
    assert told["distsync_quarantine_messages", "bad_time"] == 3


def test_partitions_ahead_and_messages_outside_them(client: Client) -> None:
    now = timezone.now()
    make_partitions(now=now)
    assert operations(now=now).partitions_ahead == 3
    assert operations(now=now + timedelta(days=62)).partitions_ahead in (0, 1)
    assert read(client)["distsync_default_partition_used"] == 0
    log.append([message("order.placed", OMS, order="Z")], now=now + timedelta(days=4_000))
    metrics._kept.clear()
    assert read(client)["distsync_default_partition_used"] == 1


def test_workers_alive_silent_and_ended(client: Client) -> None:
    now = timezone.now()
    for name, age in (("host/1", 1), ("host/2", 300), ("host/3", 2)):
        rollup.beat(name, started_at=now - timedelta(hours=1), now=now - timedelta(seconds=age), worked_at=None)
    rollup.stop("host/3", now=now)
    told = read(client)
    assert told["distsync_workers"] == 1
    assert 300 <= told["distsync_worker_seen_age_seconds", "host/2"] < 360
    assert ("distsync_worker_seen_age_seconds", "host/3") not in told


def test_the_freshness_histogram_is_cumulative_and_exact_at_its_bounds(client: Client) -> None:
    tallies = Tallies()
    worker = tallies.worker(minute_of(timezone.now()), "host/1")
    for seconds in (0.0005, 0.002, 0.0021, 0.5, 2_000.0):
        worker.freshness.add(seconds)
    rollup.write(tallies)
    told = read(client)
    bucket = "distsync_freshness_seconds_bucket"
    assert [told[bucket, le] for le in ("0.001", "0.002", "0.004", "0.256", "0.512", "1048.576")] == [1, 2, 3, 3, 4, 4]
    assert (told[bucket, "+Inf"], told["distsync_freshness_seconds_count"]) == (5, 5)
    assert told["distsync_freshness_seconds_sum"] == pytest.approx(2_002.5, rel=0.1)


def test_a_bound_of_the_histogram_is_a_bound_of_ours() -> None:
    assert metrics.estimated_sum(Histogram([2, 1])) == 2 * 0.001 + middle_of(1)
    assert dict(metrics.buckets([1] * 9))["0.004"] == 9


def test_streams_of_all_processes_that_are_alive(client: Client) -> None:
    broker = presence.broker()
    broker.delete(presence.KEY)
    presence.tell(3)
    broker.hset(presence.KEY, "other:7", f"4 {timezone.now().timestamp():.0f}")
    broker.hset(presence.KEY, "gone:8", f"9 {timezone.now().timestamp() - 60:.0f}")
    assert read(client)["distsync_live_streams"] == 7
    assert broker.hlen(presence.KEY) == 2
    broker.delete(presence.KEY)


def test_prometheus_text_for_whoever_does_not_ask_for_openmetrics(client: Client) -> None:
    tell(OMS, minutes_ago=0, accepted=5)
    answer = client.get("/metrics")
    assert answer["Content-Type"].startswith("text/plain; version=")
    found = {sample.name: sample.value for family in prometheus(answer.content.decode()) for sample in family.samples}
    assert found["distsync_pending_messages"] == 0
    assert b'distsync_messages_total{outcome="accepted"} 5.0' in answer.content


def test_the_figures_are_kept_for_two_seconds(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    read(client)
    monkeypatch.setattr(metrics, "operations", lambda **_: pytest.fail("they were read again"))
    read(client)
    monkeypatch.setattr(metrics.time, "monotonic", lambda: metrics._kept[0][0] + metrics.KEPT_SECONDS + 0.1)
    with pytest.raises(pytest.fail.Exception):
        client.get("/metrics")


def test_without_the_database_it_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(metrics, "operations", fail)
    told = read(client)
    assert told["distsync_database_up"] == 0
    assert "distsync_pending_messages" not in told


@pytest.mark.parametrize(
    "extra",
    [
        {"REMOTE_ADDR": "10.0.0.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
    ],
)
def test_without_a_token_only_this_machine_reads_it(client: Client, extra: dict[str, str]) -> None:
    answer = client.get("/metrics", **extra)
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200


def test_with_a_token_whoever_brings_it_and_nobody_else(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "of-the-monitoring"
    for header in ("", "Bearer other", "Bearer", "Basic of-the-monitoring", "Bearer of-the-monitoring-", "Bearer ö"):
        answer = client.get("/metrics", headers={"Authorization": header} if header else {})
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    answer = client.get("/metrics", headers={"Authorization": "Bearer of-the-monitoring"}, REMOTE_ADDR="10.0.0.7")
    assert answer.status_code == 200
    assert client.post("/metrics").status_code == 405


def test_the_limits_that_the_help_names_are_those_in_force() -> None:
    assert COUNT_LIMIT == 10_000


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
