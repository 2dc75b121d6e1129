"""Reads what the pipeline measured of itself. Every statement is bounded by slots, sources shown and workers kept."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import redis
from django.conf import settings

from apps.core.broker import broker
from apps.core.histograms import Histogram
from apps.core.sql import fetch
from apps.eventlog import log
from apps.insights import pipeline_statements as sql
from apps.insights.pipeline_figures import (
    GROWTH_MINUTES,
    SILENT_AFTER,
    Moment,
    PipelineFigures,
    SourceFigures,
    WorkerFigures,
    rates,
    worker_state,
)
from apps.insights.ranges import Range
from apps.pipeline.rollup import MINUTE, slot_of

SOURCES_SHOWN: Final = 12
WORKERS_SHOWN: Final = 64
QUARANTINED_LIMIT: Final = 1_000  # counted no further
OLD_WORKER: Final = "gone"

Key = tuple[str, str]  # source, credential
Total = tuple[int, int, int, int, int]  # accepted, duplicates, conflicts, rejected, worked


def pipeline_figures(span: Range, *, now: datetime) -> PipelineFigures:
    """The pipeline over `span` up to `now`. Nine statements, and one ping of the broker."""
    starts = span.starts(now)
    place = {start: index for index, start in enumerate(starts)}
    backlog = fetch(sql.BACKLOG, (span.step_seconds, starts[0]))
    every = fetch(sql.SOURCES, (span.step_seconds, starts[0]))
    workers = fetch(sql.WORKERS, (span.step_seconds, starts[0]))
    totals, accepted, worked = _by_source(every, place)
    by_slot = [Histogram() for _ in starts]
    for row in workers:
        if row[0] in place:
            by_slot[place[row[0]]].merge(Histogram(row[6]))
    whole = Histogram()
    for histogram in by_slot:
        whole.merge(histogram)
    beats = fetch(sql.BEATS, (WORKERS_SHOWN,))
    return PipelineFigures(
        starts=tuple(starts),
        step_seconds=span.step_seconds,
        now=_moment(beats, now),
        pending=_placed(((start, most) for start, most, _, _ in backlog), place),
        oldest_seconds=_placed(((start, oldest) for start, _, _, oldest in backlog), place),
        rate_in=rates(accepted, starts, span.step_seconds, now),
        rate_out=rates(worked, starts, span.step_seconds, now),
        freshness=tuple(by_slot),
        freshness_whole=whole,
        sources=_sources(span, totals, place),
        sources_count=len(totals),
        workers=_workers(workers, beats, place, (now - starts[0]).total_seconds(), now),
    )


def _placed(rows: Iterable[tuple[datetime, Any]], place: dict[datetime, int]) -> tuple[Any, ...]:
    told: list[Any] = [None] * len(place)
    for start, value in rows:
        if start in place:
            told[place[start]] = value
    return tuple(told)


def _by_source(rows: Sequence[tuple[Any, ...]], place: dict[datetime, int]) -> tuple[dict[Key, Total], list[int], list[int]]:
    """Totals by source, and over all of them accepted and worked by slot."""
    totals: dict[Key, Total] = {}
    accepted, worked = [0] * len(place), [0] * len(place)
    for start, source, credential, *counts in rows:
        if source is None:  # the slot's sum over all sources
            if start in place:
                accepted[place[start]], worked[place[start]] = counts[0], counts[4]
        else:
            totals[source, credential] = (counts[0], counts[1], counts[2], counts[3], counts[4])
    return totals, accepted, worked


def _moment(beats: Sequence[tuple[Any, ...]], now: datetime) -> Moment:
    """What holds at `now`, whatever the range."""
    minute = slot_of(now, MINUTE)
    ((accepted, worked, before, quarantined),) = fetch(sql.MOMENT, (minute, GROWTH_MINUTES, QUARANTINED_LIMIT + 1, minute))
    seconds = (now - minute).total_seconds() + MINUTE
    awaited = [row for row in beats if row[3] is None or row[3] < row[1]]
    return Moment(
        pending=log.pending_count(settings.INTAKE_PENDING_LIMIT + 1),
        pending_limit=settings.INTAKE_PENDING_LIMIT,
        oldest_at=log.oldest_pending(),
        quarantined=quarantined,
        rate_in=accepted / seconds,
        rate_out=worked / seconds,
        pending_before=before,
        live_workers=sum(now - row[1] <= SILENT_AFTER for row in awaited),
        known_workers=len(beats),
        last_seen_at=max((row[1] for row in beats), default=None),
        broker_answers=_broker_answers(),
    )


def _broker_answers() -> bool:
    try:
        return bool(broker().ping())
    except redis.RedisError:
        return False


def _sources(span: Range, totals: dict[Key, Total], place: dict[datetime, int]) -> tuple[SourceFigures, ...]:
    """The sources that sent most, and all others as one."""
    ranked = sorted(totals, key=lambda key: (key == ("", ""), -sum(totals[key][:4]), key))
    shown = [key for key in ranked[:SOURCES_SHOWN] if key != ("", "")]
    others = [key for key in ranked if key not in set(shown)]
    slots: dict[Key, list[int]] = defaultdict(lambda: [0] * len(place))
    freshness: dict[Key, Histogram] = defaultdict(Histogram)
    names = [source for source, _ in shown]
    for start, source, credential, accepted, histogram in fetch(sql.SHOWN, (span.step_seconds, min(place), names)):
        if start in place:
            slots[source, credential][place[start]] = accepted
            freshness[source, credential].merge(Histogram(histogram))
    quarantined = dict(fetch(sql.QUARANTINED, (names, QUARANTINED_LIMIT + 1)))
    found = [
        _source(
            key, totals[key], tuple(slots[key]), freshness[key].percentile(0.95), quarantined.get(key[0]) if key[0] else None
        )
        for key in shown
    ]
    if others:
        accepted, duplicates, conflicts, rejected, worked = (sum(totals[key][place] for key in others) for place in range(5))
        found.append(_source(("", ""), (accepted, duplicates, conflicts, rejected, worked), (), None, None))
    return tuple(found)


def _source(
    key: Key, total: Total, accepted_by_slot: tuple[int, ...], freshness_p95: float | None, quarantined_now: int | None
) -> SourceFigures:
    accepted, duplicates, conflicts, rejected, worked = total
    return SourceFigures(
        source=key[0],
        credential=key[1],
        accepted=accepted,
        duplicates=duplicates,
        conflicts=conflicts,
        rejected=rejected,
        worked=worked,
        accepted_by_slot=accepted_by_slot,
        freshness_p95=freshness_p95,
        quarantined_now=quarantined_now,
    )


def _workers(
    rows: Sequence[tuple[Any, ...]],
    beats: Sequence[tuple[Any, ...]],
    place: dict[datetime, int],
    seconds: float,
    now: datetime,
) -> tuple[WorkerFigures, ...]:
    sums: dict[str, list[Any]] = defaultdict(lambda: [0, 0, 0, 0.0, Histogram(), Histogram(), [0] * len(place)])
    for start, name, batches, worked, quarantined, busy, freshness, durations in rows:
        held = sums[name]
        for index, value in enumerate((batches, worked, quarantined, busy)):
            held[index] += value
        held[4].merge(Histogram(freshness))
        held[5].merge(Histogram(durations))
        if start in place:
            held[6][place[start]] = worked
    known = {name: (seen, worked, worker_state(seen, worked, stopped, now)) for name, seen, worked, stopped in beats}
    found = []
    for name in sorted({*sums, *known}, key=lambda each: (each not in known, each))[:WORKERS_SHOWN]:
        seen_at, worked_at, state = known.get(name, (None, None, OLD_WORKER))
        batches, worked, quarantined, busy, fresh, lasted, slots = sums[name]
        found.append(
            WorkerFigures(
                name=name,
                state=state,
                seen_at=seen_at,
                worked_at=worked_at,
                worked=worked,
                batches=batches,
                quarantined=quarantined,
                busy_share=min(1.0, busy / seconds) if seconds > 0 else 0.0,
                worked_by_slot=tuple(slots),
                freshness_p95=fresh.percentile(0.95),
                batch_p95=lasted.percentile(0.95),
            )
        )
    return tuple(found)
