"""The metrics of the pipeline. docs/telemetry.md lists them with their units."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from opentelemetry.metrics import Meter, Observation

from apps.eventlog import log

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 900, 3600)
COUNTS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
PROCESS: Final = {"messaging.system": "distsync", "messaging.operation.name": "process"}


class Measures:
    """One process's instruments."""

    def __init__(self, meter: Meter) -> None:
        self._durations = meter.create_histogram(
            "messaging.process.duration",
            unit="s",
            description="Duration of a batch, from before its claim until after its commit.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._consumed = meter.create_counter(
            "messaging.client.consumed.messages", unit="{message}", description="Messages that batches took."
        )
        self._sizes = meter.create_histogram(
            "distsync.batch.size",
            unit="{message}",
            description="Messages of a batch.",
            explicit_bucket_boundaries_advisory=COUNTS,
        )
        self._freshness = meter.create_histogram(
            "distsync.freshness",
            unit="s",
            description="From when the messages of a request were received until their effect was committed.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._meter = meter

    def batch(self, count: int, seconds: float, error: str | None) -> None:
        """A batch of `count` messages ended after `seconds`, well or by an error of that type."""
        attributes = PROCESS if error is None else {**PROCESS, "error.type": error}
        self._durations.record(seconds, attributes)
        self._sizes.record(count, attributes)
        self._consumed.add(count, attributes)

    def fresh(self, received: Iterable[datetime], now: datetime) -> None:
        """Messages received at these times can be seen since `now`: told once a request, however many it held."""
        for each in set(received):
            self._freshness.record(max(0.0, (now - each).total_seconds()))

    def watch_pending(self) -> None:
        """Looks at the pending table whenever metrics are collected."""
        self._meter.create_observable_gauge(
            "distsync.pending.messages",
            [lambda _: _look(lambda: log.pending_count(settings.INTAKE_PENDING_LIMIT))],
            unit="{message}",
            description="Messages that wait for their effect, counted no further than DISTSYNC_PENDING_LIMIT.",
        )
        self._meter.create_observable_gauge(
            "distsync.pending.age", [lambda _: _look(_age_seconds)], unit="s", description="How long the oldest has waited."
        )


def _age_seconds() -> float:
    oldest = log.oldest_pending()
    return max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0


def _look(read: Callable[[], float]) -> list[Observation]:
    """Runs in the exporter's thread: its connection is given back at once. A database that is away gives no point."""
    try:
        return [Observation(read())]
    except DatabaseError:
        return []
    finally:
        connection.close()
