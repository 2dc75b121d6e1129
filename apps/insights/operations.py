"""What whoever runs DistSync watches: read from the database alone, so that every process of every host answers alike.

Every statement is bounded, by a limit or by the rows of six hours' minutes; none reads the log. Counts of messages are
the same rows that the pipeline page shows. They begin anew at 0, 6, 12 and 18 o'clock UTC, because minutes are kept that
long; `since` says when, and whoever computes rates takes a smaller value for a new beginning.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import redis
from django.conf import settings

from apps.core.broker import broker
from apps.core.histograms import Histogram
from apps.core.schema import schema
from apps.core.sql import fetch
from apps.eventlog import log
from apps.insights.pipeline_figures import SILENT_AFTER
from apps.pipeline.rollup import MINUTE, SIX_HOURS, slot_of

COUNT_LIMIT: Final = 10_000
SOURCES_LIMIT: Final = 20
WORKERS_LIMIT: Final = 64
SOURCE_MINUTES: Final = 5
OUTCOMES: Final = ("accepted", "duplicate", "conflict", "rejected")
OTHERS: Final = "(others)"

_MESSAGES: Final = """
SELECT coalesce(sum(accepted), 0)::bigint, coalesce(sum(duplicates), 0)::bigint, coalesce(sum(conflicts), 0)::bigint,
    coalesce(sum(rejected), 0)::bigint, coalesce(sum(worked), 0)::bigint, coalesce(sum(quarantined), 0)::bigint
FROM pipeline_source_tally WHERE step_seconds = %s AND starts_at >= %s
"""
_WORK: Final = """
SELECT coalesce(sum(batches), 0)::bigint, coalesce(sum(busy_seconds), 0)::float8, pipeline_merge(freshness),
    pipeline_merge(batch_seconds)
FROM pipeline_worker_tally WHERE step_seconds = %s AND starts_at >= %s
"""
_SOURCES: Final = """
SELECT coalesce(nullif(source, ''), nullif('credential ' || credential, 'credential '), %s) AS name, sum(accepted)::bigint,
    sum(duplicates)::bigint, sum(conflicts)::bigint, sum(rejected)::bigint
FROM pipeline_source_tally WHERE step_seconds = %s AND starts_at >= %s AND starts_at < %s
GROUP BY 1 ORDER BY sum(accepted + duplicates + conflicts + rejected) DESC, 1
"""
_POSTPONED: Final = """
SELECT count(*) FROM (SELECT FROM eventlog_pending WHERE not_before > %s LIMIT %s) AS counted
"""
_QUARANTINED: Final = """
SELECT code, count(*) FROM (SELECT code FROM pipeline_quarantine ORDER BY position DESC LIMIT %s) AS newest
GROUP BY 1 ORDER BY 1
"""
_UNSEALED: Final = """
SELECT coalesce(sum(cardinality(positions)), 0)::bigint, min(first_received_at)
FROM (SELECT positions, first_received_at FROM eventlog_unsealed ORDER BY first_position LIMIT %s) AS oldest
"""
_PARTITIONS: Final = """
SELECT (SELECT count(*) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'eventlog_message'::regclass AND relname > 'eventlog_message_' || to_char(%s::timestamptz, 'YYYY_MM')
            AND relname ~ '_[0-9]{4}_[0-9]{2}$'),
    EXISTS (SELECT FROM eventlog_message_default)
"""
_WORKERS: Final = """
SELECT name, seen_at, stopped_at FROM pipeline_worker ORDER BY seen_at DESC LIMIT %s
"""
_SERVER: Final = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
    current_setting('max_connections')::bigint, pg_database_size(current_database())
"""


@dataclass(frozen=True, slots=True)
class SourceCounts:
    name: str
    accepted: int
    duplicates: int
    conflicts: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Operations:
    """`by_outcome` in the order of OUTCOMES. Counts up to COUNT_LIMIT are exact; `pending` up to the doors' own bound.

    `sources` covers the SOURCE_MINUTES full minutes before now. `workers`: name and seconds since it was last seen, of
    those that did not end in order."""

    since: datetime
    by_outcome: tuple[int, ...]
    worked: int
    quarantined: int
    batches: int
    busy_seconds: float
    freshness: Histogram
    batch_seconds: Histogram
    sources: tuple[SourceCounts, ...]
    pending: int
    pending_limit: int
    oldest_seconds: float
    postponed: int
    quarantine: dict[str, int]
    unsealed: int
    unsealed_seconds: float
    partitions_ahead: int
    default_partition_is_empty: bool
    workers: dict[str, float]
    workers_alive: int
    connections: int
    connections_limit: int
    database_bytes: int
    missing_migrations: int
    broker_answers: bool


def operations(*, now: datetime) -> Operations:
    """Everything at `now`, in twelve statements and one ping. Raises DatabaseError when the database does not answer."""
    since = slot_of(now, SIX_HOURS)
    ((*by_outcome, worked, quarantined),) = fetch(_MESSAGES, (MINUTE, since))
    ((batches, busy, freshness, durations),) = fetch(_WORK, (MINUTE, since))
    ((unsealed, unsealed_since),) = fetch(_UNSEALED, (COUNT_LIMIT,))
    ((ahead, is_in_default),) = fetch(_PARTITIONS, (now,))
    ((connections, connections_limit, size),) = fetch(_SERVER)
    ((postponed,),) = fetch(_POSTPONED, (now, COUNT_LIMIT))
    missed = {
        name: _age(seen_at, now)
        for name, seen_at, stopped_at in fetch(_WORKERS, (WORKERS_LIMIT,))
        if stopped_at is None or stopped_at < seen_at
    }
    return Operations(
        since=since,
        by_outcome=tuple(by_outcome),
        worked=worked,
        quarantined=quarantined,
        batches=batches,
        busy_seconds=busy,
        freshness=Histogram(freshness),
        batch_seconds=Histogram(durations),
        sources=_sources(now),
        pending=log.pending_count(settings.INTAKE_PENDING_LIMIT + 1),
        pending_limit=settings.INTAKE_PENDING_LIMIT,
        oldest_seconds=_age(log.oldest_pending(), now),
        postponed=postponed,
        quarantine=dict(fetch(_QUARANTINED, (COUNT_LIMIT,))),
        unsealed=unsealed,
        unsealed_seconds=_age(unsealed_since, now),
        partitions_ahead=ahead,
        default_partition_is_empty=not is_in_default,
        workers=missed,
        workers_alive=sum(age <= SILENT_AFTER.total_seconds() for age in missed.values()),
        connections=connections,
        connections_limit=connections_limit,
        database_bytes=size,
        missing_migrations=len(schema().missing),
        broker_answers=_broker_answers(),
    )


def _sources(now: datetime) -> tuple[SourceCounts, ...]:
    """The busiest by name, and all others as one: so many series and no more, whoever sends under whatever name."""
    until = slot_of(now, MINUTE)
    rows = fetch(_SOURCES, (OTHERS, MINUTE, until - timedelta(minutes=SOURCE_MINUTES), until))
    named = [row for row in rows if row[0] != OTHERS]
    rest = [row for row in rows if row[0] == OTHERS] + named[SOURCES_LIMIT:]
    found = [SourceCounts(*row) for row in named[:SOURCES_LIMIT]]
    if rest:
        sums: list[Any] = [sum(row[place] for row in rest) for place in range(1, 5)]
        found.append(SourceCounts(OTHERS, *sums))
    return tuple(found)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _broker_answers() -> bool:
    try:
        return bool(broker().ping())
    except redis.RedisError:
        return False
