"""The four charts of the pipeline page: small ones of one question each, over the same time. Pure."""

from collections.abc import Callable, Sequence
from typing import Any

from apps.console import chart_axes as axes
from apps.console.charts import Chart, Series
from apps.console.pages.pipeline.presenters import rate, seconds
from apps.console.times import Clock
from apps.insights.pipeline_figures import (
    BEHIND_SECONDS,
    FRESHNESS,
    OLDEST,
    PENDING,
    RATE_IN,
    RATE_OUT,
    Figure,
    PipelineFigures,
)

UNKNOWN = "no figure"


def charts(found: PipelineFigures, clock: Clock) -> list[Chart]:
    return [_pending(found, clock), _oldest(found, clock), _rates(found), _freshness(found)]


def _texts(values: Sequence[Any], say: Callable[[Any], str]) -> list[str]:
    return [UNKNOWN if value is None else say(value) for value in values]


def _formula(*figures: Figure) -> str:
    return "\n".join(f"{each.name} ({each.unit}): {each.formula}." for each in figures)


def _most(values: Sequence[Any], found: PipelineFigures, clock: Clock, say: Callable[[Any], str]) -> str:
    """`At most 1,204, at 14:32.`"""
    known = [(value, start) for value, start in zip(values, found.starts, strict=True) if value is not None]
    if not known:
        return "Nobody looked in this time."
    most, at = max(known, key=lambda each: each[0])
    return f"At most {say(most)}, {clock.short(at)}." if most else "None in all this time."


def _pending(found: PipelineFigures, clock: Clock) -> Chart:
    say = "{:,}".format
    return Chart(
        id="pending",
        title=PENDING.name,
        unit=f"{PENDING.unit}, the most of each slot",
        formula=f"{_formula(PENDING)}\nThe most that was seen in each slot.",
        summary=_most(found.pending, found, clock, say),
        starts=found.starts,
        step_seconds=found.step_seconds,
        axis=axes.counts(found.pending),
        series=[Series(PENDING.name, found.pending, _texts(found.pending, say), tone="info", look="area")],
        empty="Nobody looked at the backlog in this time.",
    )


def _oldest(found: PipelineFigures, clock: Clock) -> Chart:
    return Chart(
        id="oldest",
        title=OLDEST.name,
        unit="age, the longest of each slot",
        formula=f"{_formula(OLDEST)}\nThe longest seen in each slot; beyond {BEHIND_SECONDS:.0f} s the pipeline is behind.",
        summary=_most(found.oldest_seconds, found, clock, seconds),
        starts=found.starts,
        step_seconds=found.step_seconds,
        axis=axes.seconds(found.oldest_seconds, least=BEHIND_SECONDS),
        series=[Series(OLDEST.name, found.oldest_seconds, _texts(found.oldest_seconds, seconds), tone="risk", look="area")],
        limit=(BEHIND_SECONDS, "behind"),
        empty="Nobody looked at the backlog in this time.",
    )


def _rates(found: PipelineFigures) -> Chart:

    def say(value: float) -> str:
        return f"{rate(value)} a second"

    came = [value for value in found.rate_in if value is not None]
    went = [value for value in found.rate_out if value is not None]
    peak = f"In at most {rate(max(came, default=0))}, out at most {rate(max(went, default=0))} a second."
    return Chart(
        id="rates",
        title="Rate in and out",
        unit=RATE_IN.unit,
        formula=_formula(RATE_IN, RATE_OUT),
        summary=peak,
        starts=found.starts,
        step_seconds=found.step_seconds,
        axis=axes.counts([*found.rate_in, *found.rate_out], whole=False),
        series=[
            Series("In", found.rate_in, _texts(found.rate_in, say), tone="accent", look="area"),
            Series("Out", found.rate_out, _texts(found.rate_out, say), tone="ok", dash="dash"),
        ],
        empty="Nothing came and nothing was worked in this time.",
    )


def _freshness(found: PipelineFigures) -> Chart:
    shares = (("P50", 0.5, "ok", "solid"), ("P95", 0.95, "accent", "dash"), ("P99", 0.99, "late", "dot"))
    lines = {name: [histogram.percentile(share) for histogram in found.freshness] for name, share, _, _ in shares}
    whole = [f"{name} {seconds(value)}" for name, share, _, _ in shares if (value := found.freshness_whole.percentile(share))]
    return Chart(
        id="freshness",
        title=FRESHNESS.name,
        unit="logarithmic",
        formula=f"{_formula(FRESHNESS)}\nP95: 95 of 100 messages were seen within this time.",
        summary=f"Over all: {', '.join(whole)}." if whole else "Nothing had its effect in this time.",
        starts=found.starts,
        step_seconds=found.step_seconds,
        axis=axes.log_seconds([value for line in lines.values() for value in line]),
        series=[
            Series(name, lines[name], _texts(lines[name], seconds), tone=tone, dash=dash) for name, _, tone, dash in shares
        ],
        limit=(1.0, "1 s"),
        empty="Nothing had its effect in this time.",
    )
