"""The statements of the roll-up. Every one is bounded by what is written, or by a slot's finer rows."""

from typing import Final

# Sorted by key: two processes that add to the same rows wait for each other, and never in a circle.
ADD_SOURCES: Final = """
INSERT INTO pipeline_source_tally AS kept (step_seconds, starts_at, source, credential,
    accepted, duplicates, conflicts, rejected, worked, quarantined, freshness)
SELECT 60, starts_at, source, credential, accepted, duplicates, conflicts, rejected, worked, quarantined, freshness::bigint[]
FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::bigint[], %s::text[])
    AS told (starts_at, source, credential, accepted, duplicates, conflicts, rejected, worked, quarantined, freshness)
ORDER BY starts_at, source, credential
ON CONFLICT (step_seconds, starts_at, source, credential) DO UPDATE SET
    accepted = kept.accepted + excluded.accepted, duplicates = kept.duplicates + excluded.duplicates,
    conflicts = kept.conflicts + excluded.conflicts, rejected = kept.rejected + excluded.rejected,
    worked = kept.worked + excluded.worked, quarantined = kept.quarantined + excluded.quarantined,
    freshness = pipeline_add(kept.freshness, excluded.freshness)
"""
ADD_WORKERS: Final = """
INSERT INTO pipeline_worker_tally AS kept (step_seconds, starts_at, worker,
    batches, worked, quarantined, busy_seconds, freshness, batch_seconds)
SELECT 60, starts_at, worker, batches, worked, quarantined, busy_seconds, freshness::bigint[], batch_seconds::bigint[]
FROM unnest(%s::timestamptz[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::float8[], %s::text[], %s::text[])
    AS told (starts_at, worker, batches, worked, quarantined, busy_seconds, freshness, batch_seconds)
ORDER BY starts_at, worker
ON CONFLICT (step_seconds, starts_at, worker) DO UPDATE SET
    batches = kept.batches + excluded.batches, worked = kept.worked + excluded.worked,
    quarantined = kept.quarantined + excluded.quarantined, busy_seconds = kept.busy_seconds + excluded.busy_seconds,
    freshness = pipeline_add(kept.freshness, excluded.freshness),
    batch_seconds = pipeline_add(kept.batch_seconds, excluded.batch_seconds)
"""
BEAT: Final = """
INSERT INTO pipeline_worker AS kept (name, started_at, seen_at, worked_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at, seen_at = excluded.seen_at,
    worked_at = coalesce(excluded.worked_at, kept.worked_at), stopped_at = NULL
"""
# Whoever comes first looks; for a while nobody else counts.
SAMPLE: Final = """
INSERT INTO pipeline_backlog AS kept (step_seconds, starts_at, most_pending, last_pending, oldest_seconds, sampled_at)
SELECT 60, date_trunc('minute', %(now)s::timestamptz), pending.count, pending.count,
    coalesce(greatest(0, extract(epoch FROM %(now)s::timestamptz - oldest.received_at)), 0), %(now)s::timestamptz
FROM (SELECT count(*) FROM (SELECT FROM eventlog_pending LIMIT %(limit)s) AS counted) AS pending
LEFT JOIN LATERAL (SELECT received_at FROM eventlog_pending ORDER BY position LIMIT 1) AS oldest ON true
WHERE NOT EXISTS (
    SELECT FROM pipeline_backlog
    WHERE step_seconds = 60 AND starts_at >= %(now)s::timestamptz - interval '2 minutes'
      AND sampled_at > %(since)s
)
ON CONFLICT (step_seconds, starts_at) DO UPDATE SET
    most_pending = greatest(kept.most_pending, excluded.most_pending), last_pending = excluded.last_pending,
    oldest_seconds = greatest(kept.oldest_seconds, excluded.oldest_seconds), sampled_at = excluded.sampled_at
"""
ROLL_SOURCES: Final = """
INSERT INTO pipeline_source_tally (step_seconds, starts_at, source, credential,
    accepted, duplicates, conflicts, rejected, worked, quarantined, freshness)
SELECT %(step)s, to_timestamp(floor(extract(epoch FROM starts_at) / %(step)s) * %(step)s), source, credential,
    sum(accepted), sum(duplicates), sum(conflicts), sum(rejected), sum(worked), sum(quarantined), pipeline_merge(freshness)
FROM pipeline_source_tally WHERE step_seconds = %(finer)s AND starts_at >= %(since)s GROUP BY 2, 3, 4
ON CONFLICT (step_seconds, starts_at, source, credential) DO UPDATE SET
    accepted = excluded.accepted, duplicates = excluded.duplicates, conflicts = excluded.conflicts,
    rejected = excluded.rejected, worked = excluded.worked, quarantined = excluded.quarantined,
    freshness = excluded.freshness
"""
ROLL_WORKERS: Final = """
INSERT INTO pipeline_worker_tally (step_seconds, starts_at, worker,
    batches, worked, quarantined, busy_seconds, freshness, batch_seconds)
SELECT %(step)s, to_timestamp(floor(extract(epoch FROM starts_at) / %(step)s) * %(step)s), worker,
    sum(batches), sum(worked), sum(quarantined), sum(busy_seconds), pipeline_merge(freshness), pipeline_merge(batch_seconds)
FROM pipeline_worker_tally WHERE step_seconds = %(finer)s AND starts_at >= %(since)s GROUP BY 2, 3
ON CONFLICT (step_seconds, starts_at, worker) DO UPDATE SET
    batches = excluded.batches, worked = excluded.worked, quarantined = excluded.quarantined,
    busy_seconds = excluded.busy_seconds, freshness = excluded.freshness, batch_seconds = excluded.batch_seconds
"""
ROLL_BACKLOG: Final = """
INSERT INTO pipeline_backlog (step_seconds, starts_at, most_pending, last_pending, oldest_seconds, sampled_at)
SELECT %(step)s, to_timestamp(floor(extract(epoch FROM starts_at) / %(step)s) * %(step)s),
    max(most_pending), (array_agg(last_pending ORDER BY starts_at DESC))[1], max(oldest_seconds), max(sampled_at)
FROM pipeline_backlog WHERE step_seconds = %(finer)s AND starts_at >= %(since)s GROUP BY 2
ON CONFLICT (step_seconds, starts_at) DO UPDATE SET most_pending = excluded.most_pending,
    last_pending = excluded.last_pending, oldest_seconds = excluded.oldest_seconds, sampled_at = excluded.sampled_at
"""
