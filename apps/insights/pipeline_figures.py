"""DistSync's own pipeline in figures: what each means, with its formula and unit, stands here once. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.core.histograms import Histogram

SILENT_AFTER: Final = timedelta(seconds=30)  # ten beats missed
BEHIND_SECONDS: Final = 5.0  # work resumes within five seconds of anything; whoever waits longer is behind
GROWTH_MINUTES: Final = 5
GROWTH_LEAST: Final = 1_000  # one batch: less than that comes and goes


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is named, what it is measured in, and how it is computed."""

    name: str
    unit: str
    formula: str


PENDING: Final = Figure("Pending", "messages", "messages that are durable in the log and whose effect is not committed yet")
OLDEST: Final = Figure("Oldest pending", "seconds", "now - received, of the first message that is pending")
RATE_IN: Final = Figure("Rate in", "messages a second", "messages accepted into the log / seconds; duplicates are not counted")
RATE_OUT: Final = Figure("Rate out", "messages a second", "messages worked, to an effect or into quarantine / seconds")
FRESHNESS: Final = Figure(
    "Freshness",
    "seconds",
    "effect committed, and so seen by whoever asks - received; of messages with an effect, replays left out. "
    "From histograms: at most 9.1 % off",
)
BUSY: Final = Figure("Busy", "share of time", "seconds spent in committed batches / seconds")


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """One source over a range. `accepted_by_slot` has a value for each slot. `credential` stands in where what came could
    not be read, so that no source is named; with neither it is all further sources together."""

    source: str
    credential: str
    accepted: int
    duplicates: int
    conflicts: int
    rejected: int
    worked: int
    accepted_by_slot: tuple[int, ...]
    freshness_p95: float | None
    quarantined_now: int | None


@dataclass(frozen=True, slots=True)
class WorkerFigures:
    """One worker process over a range. `state` is working, idle, silent, stopped or gone (measured, and no longer known)."""

    name: str
    state: str
    seen_at: datetime | None
    worked_at: datetime | None
    worked: int
    batches: int
    quarantined: int
    busy_share: float
    worked_by_slot: tuple[int, ...]
    freshness_p95: float | None
    batch_p95: float | None


@dataclass(frozen=True, slots=True)
class Moment:
    """What holds now: counted from the pending table itself, and rates over the last one to two minutes."""

    pending: int
    pending_limit: int
    oldest_at: datetime | None
    quarantined: int
    rate_in: float
    rate_out: float
    pending_before: int | None
    live_workers: int
    known_workers: int
    last_seen_at: datetime | None
    broker_answers: bool


@dataclass(frozen=True, slots=True)
class PipelineFigures:
    """The pipeline over a range, slot by slot; None where nobody looked. Rates are a second, ages seconds."""

    starts: tuple[datetime, ...]
    step_seconds: int
    now: Moment
    pending: tuple[int | None, ...]
    oldest_seconds: tuple[float | None, ...]
    rate_in: tuple[float | None, ...]
    rate_out: tuple[float | None, ...]
    freshness: tuple[Histogram, ...]
    freshness_whole: Histogram
    sources: tuple[SourceFigures, ...]
    sources_count: int
    workers: tuple[WorkerFigures, ...]

    @property
    def is_empty(self) -> bool:
        """True when nothing came and nothing was worked in the range."""
        return not any(self.rate_in) and not any(self.rate_out) and not self.sources_count


def condition(now: Moment, moment: datetime) -> str:
    """How the pipeline is, the gravest first: full (the doors refuse), stopped (no worker lives), growing, behind, ok."""
    if now.pending > now.pending_limit:
        return "full"
    if now.known_workers and not now.live_workers:
        return "stopped"
    waited = (moment - now.oldest_at).total_seconds() if now.oldest_at else 0.0
    if (
        now.pending_before is not None
        and now.pending > max(now.pending_before * 1.2, GROWTH_LEAST)
        and waited >= BEHIND_SECONDS
    ):
        return "growing"
    return "behind" if waited >= BEHIND_SECONDS else "ok"


def worker_state(seen_at: datetime, worked_at: datetime | None, stopped_at: datetime | None, now: datetime) -> str:
    """One of stopped (it said so), silent (it says nothing any more), working (within the last half minute), idle."""
    if stopped_at is not None and stopped_at >= seen_at:
        return "stopped"
    if now - seen_at > SILENT_AFTER:
        return "silent"
    return "working" if worked_at is not None and now - worked_at <= SILENT_AFTER else "idle"


def rates(counts: Sequence[int], starts: Sequence[datetime], step_seconds: int, now: datetime) -> tuple[float | None, ...]:
    """Counts a slot as rates a second. The slot that is still filling is divided by what has passed of it, and not told
    before a sixth of it has."""
    told: list[float | None] = [count / step_seconds for count in counts]
    passed = (now - starts[-1]).total_seconds()
    if passed < step_seconds:
        told[-1] = counts[-1] / passed if passed >= step_seconds / 6 else None
    return tuple(told)
