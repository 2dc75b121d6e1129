"""What one process has counted and not written yet, by minute: plain sums in memory, bounded, that add without loss."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from apps.core.histograms import Histogram

MINUTE: Final = timedelta(minutes=1)
SOURCES_KEPT: Final = 200  # of a minute; further ones are counted together, so that no sender can fill the memory
MINUTES_KEPT: Final = 60  # while the database is away; the oldest go first
NAME_LIMIT: Final = 400  # characters of a source's name in an index entry, which cannot hold just any text


@dataclass(slots=True)
class SourceTally:
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    rejected: int = 0
    worked: int = 0
    quarantined: int = 0
    freshness: Histogram = field(default_factory=Histogram)

    def merge(self, other: "SourceTally") -> None:
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.conflicts += other.conflicts
        self.rejected += other.rejected
        self.worked += other.worked
        self.quarantined += other.quarantined
        self.freshness.merge(other.freshness)


@dataclass(slots=True)
class WorkerTally:
    batches: int = 0
    worked: int = 0
    quarantined: int = 0
    busy_seconds: float = 0.0
    freshness: Histogram = field(default_factory=Histogram)
    batch_seconds: Histogram = field(default_factory=Histogram)

    def merge(self, other: "WorkerTally") -> None:
        self.batches += other.batches
        self.worked += other.worked
        self.quarantined += other.quarantined
        self.busy_seconds += other.busy_seconds
        self.freshness.merge(other.freshness)
        self.batch_seconds.merge(other.batch_seconds)


SourceKey = tuple[datetime, str, str]  # minute, source, credential (named only where no source is)
WorkerKey = tuple[datetime, str]  # minute, worker


@dataclass(slots=True)
class Tallies:
    """Sums by minute and source, and by minute and worker. Not safe for threads: whoever shares it locks."""

    sources: dict[SourceKey, SourceTally] = field(default_factory=dict)
    workers: dict[WorkerKey, WorkerTally] = field(default_factory=dict)
    told_apart: dict[datetime, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.sources or self.workers)

    def source(self, minute: datetime, source: str, credential: str = "") -> SourceTally:
        """The sum to add to. Beyond SOURCES_KEPT of a minute it is that of all others."""
        key = (minute, short(source), short(credential))
        found = self.sources.get(key)
        if found is None:
            count = self.told_apart.get(minute, 0)
            if count >= SOURCES_KEPT:
                return self.sources.setdefault((minute, "", ""), SourceTally())
            self.told_apart[minute] = count + 1
            found = self.sources[key] = SourceTally()
        return found

    def worker(self, minute: datetime, worker: str) -> WorkerTally:
        return self.workers.setdefault((minute, worker), WorkerTally())

    def merge(self, other: "Tallies") -> None:
        for (minute, source, credential), told in other.sources.items():
            self.source(minute, source, credential).merge(told)
        for (minute, worker), done in other.workers.items():
            self.worker(minute, worker).merge(done)

    def forget_oldest(self) -> int:
        """Keeps the newest MINUTES_KEPT minutes; how many were lost."""
        lost = set(sorted(self.minutes())[:-MINUTES_KEPT])
        if lost:
            self.sources = {key: tally for key, tally in self.sources.items() if key[0] not in lost}
            self.workers = {key: tally for key, tally in self.workers.items() if key[0] not in lost}
            self.told_apart = {minute: count for minute, count in self.told_apart.items() if minute not in lost}
        return len(lost)

    def minutes(self) -> set[datetime]:
        return {minute for minute, _, _ in self.sources} | {minute for minute, _ in self.workers}


def short(name: str) -> str:
    return name if len(name) <= NAME_LIMIT else f"{name[: NAME_LIMIT - 1]}…"


def minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
