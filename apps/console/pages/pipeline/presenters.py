"""What the pipeline page says of the figures: the answer, the tiles, the rows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from apps.console import words
from apps.console.times import Clock, duration
from apps.insights.pipeline import QUARANTINED_LIMIT
from apps.insights.pipeline_figures import (
    BUSY,
    FRESHNESS,
    OLDEST,
    PENDING,
    RATE_IN,
    RATE_OUT,
    Figure,
    PipelineFigures,
    SourceFigures,
    WorkerFigures,
    condition,
)
from apps.insights.ranges import Range

PERIOD: Final = {"hour": "last hour", "day": "last day", "month": "last 30 days"}
SPARK_WIDTH, SPARK_HEIGHT = 120, 24
NONE: Final = "\N{EN DASH}"
WORKER_STATE: Final = {
    "working": words.Chip("Working", "ok", "It finished a batch within the last half minute."),
    "idle": words.Chip("Idle", "wait", "It is alive and has had nothing to do for half a minute."),
    "silent": words.Chip("Silent", "late", "It has said nothing for half a minute, and did not say that it ends."),
    "stopped": words.Chip("Stopped", "wait", "It ended in order."),
    "gone": words.Chip("Gone", "wait", "It worked in this time, and has not been seen for a day."),
}
BUSY_TIP: Final = f"{BUSY.name} ({BUSY.unit}): {BUSY.formula}."


@dataclass(frozen=True, slots=True)
class Answer:
    """The sentence that the reader came for, and its tone; `notes` are what else stands in the way."""

    text: str
    tone: str
    word: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the present: its formula is the tooltip, `url` opens the list that it counts."""

    name: str
    value: str
    note: str
    tip: str
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class SourceRow:
    name: str
    url: str
    is_others: bool
    credential: str
    accepted: str
    per_second: str
    duplicates: str
    conflicts: str
    rejected: str
    quarantined: str
    quarantined_url: str
    freshness: str
    spark: str


@dataclass(frozen=True, slots=True)
class WorkerRow:
    name: str
    state: words.Chip
    seen: datetime | None
    worked: str
    per_second: str
    batches: str
    batch: str
    busy: str
    freshness: str
    spark: str


def rate(value: float) -> str:
    """`0`, `0.04`, `3.2`, `118`, `8,120`: two digits that matter below ten."""
    if value >= 9.95:
        return f"{value:,.0f}"
    return f"{value:.2g}" if value >= 0.005 else ("0" if value == 0 else "under 0.01")


def seconds(value: float | None) -> str:
    """`4 ms`, `0.84 s`, `4.2 s`, `42 s`, `3 m 05 s`, `2 h 05 m`; a dash for none."""
    if value is None:
        return NONE
    if value < 0.1:
        return f"{value * 1_000:.0f} ms"
    if value < 10:
        return f"{value:.2g} s"
    if 60 <= value < 3_600:
        return f"{int(value // 60)} m {int(value % 60):02d} s"
    return duration(value)


BROKER_AWAY: Final = (
    "The broker does not answer. Nothing is lost: doors take messages, and workers look for them every second by themselves; "
    "live hints and rate limits pause."
)


def answer(found: PipelineFigures, span: Range, clock: Clock) -> Answer:
    """How the pipeline is, the gravest first."""
    now = found.now
    waits = words.count_of(now.pending, "message waits", "messages wait")
    oldest = f", the oldest for {seconds((clock.now - now.oldest_at).total_seconds())}" if now.oldest_at else ""
    rates = f"{rate(now.rate_in)} a second come in, {rate(now.rate_out)} go out."
    notes = () if now.broker_answers else (BROKER_AWAY,)
    match condition(now, clock.now):
        case "full":
            refuse = "The doors refuse, and senders are told to try again"
            text = f"{refuse}: over {now.pending_limit:,} messages wait{oldest}. {rates}"
            return Answer(text, "late", "Doors closed", notes)
        case "stopped":
            heard = clock.instant(now.last_seen_at).relative if now.last_seen_at else "long ago"
            text = f"No worker is alive; the last one was heard {heard}. {waits}{oldest}. Nothing is lost, nothing is worked."
            return Answer(text, "late", "No worker", notes)
        case "growing":
            return Answer(f"The backlog grows: {waits}{oldest}. {rates}", "late", "Growing", notes)
        case "behind":
            return Answer(f"{waits}{oldest}. {rates}", "risk", "Behind", notes)
    fresh = found.freshness_whole.percentile(0.95)
    seen = f" Over the {PERIOD[span.name]} 95 of 100 messages were seen within {seconds(fresh)}." if fresh is not None else ""
    if not now.pending:
        return Answer(f"Nothing waits. {rates}{seen}", "ok", "Caught up", notes)
    return Answer(f"{waits}{oldest}. {rates}{seen}", "ok", "Keeping up", notes)


def tiles(found: PipelineFigures, span: Range, clock: Clock) -> list[Tile]:
    now, whole = found.now, found.freshness_whole
    waited = (clock.now - now.oldest_at).total_seconds() if now.oldest_at else None
    state = condition(now, clock.now)
    pending_url = "/messages/?state=pending"
    capped = f"over {now.pending_limit:,}" if now.pending > now.pending_limit else f"{now.pending:,}"
    quarantined = f"over {QUARANTINED_LIMIT:,}" if now.quarantined > QUARANTINED_LIMIT else f"{now.quarantined:,}"
    percentiles = f"P50 {seconds(whole.percentile(0.5))} · P99 {seconds(whole.percentile(0.99))}"
    over = f"Over the {PERIOD[span.name]}"
    tone = "" if state == "ok" else "risk" if state == "behind" else "late"
    return [
        Tile(PENDING.name, capped, "now", _tip(PENDING), pending_url, tone),
        Tile(OLDEST.name, seconds(waited), "now", _tip(OLDEST), pending_url, tone),
        Tile(RATE_IN.name, rate(now.rate_in), "a second", f"{_tip(RATE_IN)}\nOver the last one to two minutes."),
        Tile(RATE_OUT.name, rate(now.rate_out), "a second", f"{_tip(RATE_OUT)}\nOver the last one to two minutes."),
        Tile(
            f"{FRESHNESS.name} P95",
            seconds(whole.percentile(0.95)),
            percentiles,
            f"{_tip(FRESHNESS)}\n{over}.",
        ),
        Tile(
            "Quarantined",
            quarantined,
            "to be mended",
            "Quarantined (messages): messages that could not be used and that nobody has replayed or mended yet.",
            "/messages/?state=quarantined",
            "risk" if now.quarantined else "",
        ),
    ]


def _tip(figure: Figure) -> str:
    return f"{figure.name} ({figure.unit}): {figure.formula}."


def shown_source(source: SourceFigures, found: PipelineFigures) -> SourceRow:
    address = quote(source.source, safe="")
    count = source.quarantined_now
    return SourceRow(
        name=source.source,
        url=f"/messages/?source={address}" if source.source else "",
        is_others=not source.source and not source.credential,
        credential=source.credential,
        accepted=f"{source.accepted:,}",
        per_second=rate(source.accepted / _elapsed(found)),
        duplicates=_some(source.duplicates),
        conflicts=_some(source.conflicts),
        rejected=_some(source.rejected),
        quarantined="" if not count else f"over {QUARANTINED_LIMIT:,}" if count > QUARANTINED_LIMIT else f"{count:,}",
        quarantined_url=f"/messages/?state=quarantined&source={address}",
        freshness=seconds(source.freshness_p95),
        spark=spark(source.accepted_by_slot),
    )


def shown_worker(worker: WorkerFigures, found: PipelineFigures) -> WorkerRow:
    return WorkerRow(
        name=worker.name,
        state=WORKER_STATE[worker.state],
        seen=worker.seen_at,
        worked=f"{worker.worked:,}",
        per_second=rate(worker.worked / _elapsed(found)),
        batches=f"{worker.batches:,}",
        batch=seconds(worker.batch_p95),
        busy=f"{worker.busy_share:.0%}" if worker.busy_share >= 0.01 or not worker.busy_share else "under 1%",
        freshness=seconds(worker.freshness_p95),
        spark=spark(worker.worked_by_slot),
    )


def _elapsed(found: PipelineFigures) -> float:
    return len(found.starts) * found.step_seconds


def _some(count: int) -> str:
    return f"{count:,}" if count else ""


def spark(values: Sequence[int]) -> str:
    """The path of small bars over the slots, as high as the highest of this row; empty where nothing was counted."""
    most = max(values, default=0)
    if not most:
        return ""
    width = SPARK_WIDTH / len(values)
    bars = []
    for place, value in enumerate(values):
        if value:
            height = max(1.0, value / most * SPARK_HEIGHT)
            bars.append(f"M{place * width:.1f} {SPARK_HEIGHT}v{-height:.1f}h{width * 0.8:.2f}V{SPARK_HEIGHT}z")
    return "".join(bars)
