"""The reads of the pipeline's figures, each by the primary key of a roll-up: step, then time."""

from typing import Final

BACKLOG: Final = """
SELECT starts_at, most_pending, last_pending, oldest_seconds FROM pipeline_backlog
WHERE step_seconds = %s AND starts_at >= %s ORDER BY starts_at
"""
# One pass over the range: the sum of each slot (no source), and the total of each source (no slot).
SOURCES: Final = """
SELECT starts_at, source, credential, sum(accepted)::bigint, sum(duplicates)::bigint, sum(conflicts)::bigint,
    sum(rejected)::bigint, sum(worked)::bigint
FROM pipeline_source_tally WHERE step_seconds = %s AND starts_at >= %s
GROUP BY GROUPING SETS ((starts_at), (source, credential))
"""
SHOWN: Final = """
SELECT starts_at, source, credential, accepted, freshness FROM pipeline_source_tally
WHERE step_seconds = %s AND starts_at >= %s AND source = ANY(%s)
"""
WORKERS: Final = """
SELECT starts_at, worker, batches, worked, quarantined, busy_seconds, freshness, batch_seconds FROM pipeline_worker_tally
WHERE step_seconds = %s AND starts_at >= %s
"""
BEATS: Final = "SELECT name, seen_at, worked_at, stopped_at FROM pipeline_worker ORDER BY seen_at DESC LIMIT %s"
MOMENT: Final = """
SELECT coalesce(sum(accepted), 0)::bigint, coalesce(sum(worked), 0)::bigint,
    (SELECT last_pending FROM pipeline_backlog
     WHERE step_seconds = 60 AND starts_at <= %s::timestamptz - make_interval(mins => %s)
     ORDER BY starts_at DESC LIMIT 1),
    (SELECT count(*) FROM (SELECT FROM pipeline_quarantine LIMIT %s) AS counted)
FROM pipeline_source_tally WHERE step_seconds = 60 AND starts_at >= %s::timestamptz - interval '1 minute'
"""
QUARANTINED: Final = """
SELECT named.source, held.count FROM unnest(%s::text[]) AS named (source)
CROSS JOIN LATERAL (
    SELECT count(*) FROM (
        SELECT FROM pipeline_quarantine
        WHERE hashtextextended(source, 0) = hashtextextended(named.source, 0) AND source = named.source LIMIT %s
    ) AS counted
) AS held
"""
