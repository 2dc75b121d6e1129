"""`GET /metrics`: the figures of `insights.operations` as OpenMetrics or Prometheus text, whichever is asked for."""

import hmac
import ipaddress
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from threading import Lock
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from apps.core.errors import DistSyncError, Forbidden, Unauthenticated
from apps.core.histograms import BUCKETS_PER_DOUBLING, FIRST_SECONDS, Histogram, middle_of
from apps.core.problems import problem_response
from apps.insights.operations import OUTCOMES, SOURCE_MINUTES, Operations, operations
from apps.live.presence import streams
from distsync.version import VERSION

KEPT_SECONDS: Final = 2.0
DOUBLINGS: Final = 20  # the bounds shown: 1 ms to 17 minutes, each twice the one before

_lock = Lock()
_kept: list[tuple[float, Operations | None]] = []


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """200 also while the database is away: then `distsync_database_up` is 0 and what comes from it is missing."""
    try:
        refuse_strangers(request)
    except DistSyncError as error:
        return problem_response(error, request)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(latest(), streams()))
    return HttpResponse(encode(registry), content_type=content_type, headers={"Cache-Control": "no-store"})


def refuse_strangers(request: HttpRequest) -> None:
    """With DISTSYNC_METRICS_TOKEN whoever brings it; without one only this machine itself, and nobody through a proxy."""
    if expected := settings.METRICS_TOKEN:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), expected.encode()):
            raise Unauthenticated("Send the token of DISTSYNC_METRICS_TOKEN as `Authorization: Bearer <token>`.")
        return
    is_forwarded = any(name in request.headers for name in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP"))
    if settings.ENV.behind_proxy or is_forwarded or not is_loopback(request.META.get("REMOTE_ADDR", "")):
        raise Forbidden("Figures are for this machine alone. Set DISTSYNC_METRICS_TOKEN to let others read them with it.")


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def latest() -> Operations | None:
    """The figures, at most KEPT_SECONDS old, read by one thread at a time; None while the database is away."""
    with _lock:
        if not _kept or time.monotonic() - _kept[0][0] > KEPT_SECONDS:
            try:
                found: Operations | None = operations(now=timezone.now())
            except (DatabaseError, InterfaceError):
                found = None
            _kept[:] = [(time.monotonic(), found)]
        return _kept[0][1]


class Figures:
    """What prometheus-client collects: one look at everything."""

    def __init__(self, figures: Operations | None, open_streams: int) -> None:
        self.figures, self.open_streams = figures, open_streams

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("distsync_build", "The release that answers", {"version": VERSION})
        yield gauge("distsync_database_up", "1 when the database answers", self.figures is not None)
        yield gauge("distsync_live_streams", "Pages that watch live, over all web processes", self.open_streams)
        if self.figures is not None:
            yield from intake(self.figures)
            yield from pipeline(self.figures)
            yield from keeping(self.figures)


def intake(told: Operations) -> Iterator[Metric]:
    messages = CounterMetricFamily("distsync_messages", "Messages by what became of them at the door", labels=["outcome"])
    for outcome, count in zip(OUTCOMES, told.by_outcome, strict=True):
        messages.add_metric([outcome], count, created=told.since.timestamp())
    yield messages
    by_source = GaugeMetricFamily(
        "distsync_source_messages",
        f"Messages of the busiest sources in the last {SOURCE_MINUTES} full minutes",
        labels=["source", "outcome"],
    )
    for source in told.sources:
        counts = (source.accepted, source.duplicates, source.conflicts, source.rejected)
        for outcome, count in zip(OUTCOMES, counts, strict=True):
            by_source.add_metric([source.name, outcome], count)
    yield by_source


def pipeline(told: Operations) -> Iterator[Metric]:
    yield gauge("distsync_pending_messages", "Durable messages whose effect is not committed yet", told.pending)
    yield gauge("distsync_pending_limit_messages", "Over so many pending messages the doors answer 503", told.pending_limit)
    yield gauge("distsync_pending_oldest_age_seconds", "Age of the first message that is pending", told.oldest_seconds)
    yield gauge("distsync_postponed_messages", "Pending messages that failed and wait for another try", told.postponed)
    yield counter("distsync_worked_messages", "Messages worked, to an effect or into quarantine", told.since, told.worked)
    yield counter("distsync_quarantined_messages", "Messages that went into quarantine", told.since, told.quarantined)
    quarantine = GaugeMetricFamily(
        "distsync_quarantine_messages", "Messages in quarantine by cause, of the newest 10,000", labels=["cause"]
    )
    for cause, count in told.quarantine.items():
        quarantine.add_metric([cause], count)
    yield quarantine
    yield counter("distsync_batches", "Batches committed", told.since, told.batches)
    yield counter("distsync_busy_seconds", "Seconds that workers spent in committed batches", told.since, told.busy_seconds)
    yield histogram("distsync_freshness_seconds", "From receipt to committed effect (sum within 9 %)", told.freshness)
    yield histogram("distsync_batch_seconds", "Length of committed batches (sum within 9 %)", told.batch_seconds)
    yield gauge("distsync_workers", "Worker processes seen within 30 seconds", told.workers_alive)
    seen = GaugeMetricFamily(
        "distsync_worker_seen_age_seconds", "Since a worker process was seen, unless it ended in order", labels=["worker"]
    )
    for name, age in told.workers.items():
        seen.add_metric([name], age)
    yield seen


def keeping(told: Operations) -> Iterator[Metric]:
    yield gauge("distsync_unsealed_messages", "Messages in no sealed block yet, of the oldest 10,000 appends", told.unsealed)
    yield gauge("distsync_unsealed_oldest_age_seconds", "Age of the first message in no sealed block", told.unsealed_seconds)
    yield gauge("distsync_partitions_ahead", "Months to come that have their partition", told.partitions_ahead)
    is_used = not told.default_partition_is_empty
    yield gauge("distsync_default_partition_used", "1 when messages lie where no month's partition was", is_used)
    yield gauge("distsync_broker_up", "1 when the broker answers", told.broker_answers)
    yield gauge("distsync_database_connections", "Connections to this database", told.connections)
    yield gauge("distsync_database_connections_limit", "Connections that the server allows", told.connections_limit)
    yield gauge("distsync_database_size_bytes", "Size of the database on disk", told.database_bytes)
    yield gauge("distsync_missing_migrations", "Migrations of this code that the database lacks", told.missing_migrations)


def gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


def counter(name: str, text: str, since: datetime, value: float) -> Metric:
    return CounterMetricFamily(name, text, value=value, created=since.timestamp())


def histogram(name: str, text: str, counted: Histogram) -> Metric:
    return HistogramMetricFamily(name, text, buckets=list(buckets(counted.counts)), sum_value=estimated_sum(counted))


def buckets(counts: Iterable[int]) -> Iterator[tuple[str, float]]:
    """Cumulative counts at every doubling: there a bound of ours is met exactly, so that no count is shared out."""
    held = list(counts)
    for doubling in range(DOUBLINGS + 1):
        within = held[: doubling * BUCKETS_PER_DOUBLING + 1]
        yield f"{FIRST_SECONDS * 2**doubling:.3f}", float(sum(within))
    yield "+Inf", float(sum(held))


def estimated_sum(counted: Histogram) -> float:
    return sum(middle_of(bucket) * count for bucket, count in enumerate(counted.counts))
