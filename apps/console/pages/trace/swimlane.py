"""The order's story as positioned shapes: what a template draws without deciding anything. A pure function."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.console.pages.trace.labels import Label, Row, fitted, place, width_of
from apps.console.pages.trace.scale import Scale, Tick, scale_for, ticks
from apps.console.pages.trace.story import Event, Lane, Span, Story
from apps.console.times import Clock, duration

WIDTH, LEFT, RIGHT = 860.0, 150.0, 848.0
TOP, LANE_HEIGHT, FOOT = 30.0, 54.0, 24.0
WORD_LAG_SHOWN = timedelta(minutes=15)
TITLE_ROOM = LEFT - 24
NEAR = 26.0  # marks closer than this share one label
NAMES_SHARED = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot. `kind` is happened, claimed, failed or expected; `tip` is its whole story in words."""

    x: float
    y: float
    kind: str
    tip: str
    message: str


@dataclass(frozen=True, slots=True)
class WordLag:
    """From when it happened to when we heard of it."""

    x1: float
    x2: float
    y: float
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Bar:
    x1: float
    x2: float
    y: float
    kind: str
    tip: str


@dataclass(frozen=True, slots=True)
class DrawnLane:
    title: str
    subtitle: str
    tone: str
    top: float
    y: float
    bars: tuple[Bar, ...]
    lags: tuple[WordLag, ...]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything of the picture in user units of a `width` x `height` box."""

    width: float
    height: float
    bottom: float
    lanes: tuple[DrawnLane, ...]
    ticks: tuple[Tick, ...]
    now_x: float | None
    now_label: Label | None
    break_x: float | None
    break_label: str
    promise_x: float | None
    promise_label: Label | None
    promise_is_late: bool


def draw(story: Story, clock: Clock) -> Drawing:
    """Lays the story out. The axis holds all that happened or is expected; word that came far later is cut at its end."""
    moments = [event.at for lane in story.lanes for event in lane.events]
    moments += [
        moment for lane in story.lanes for span in lane.spans for moment in (span.start, span.end) if moment != story.now
    ]
    if story.promise is not None:
        moments.append(story.promise)
    scale = scale_for(moments, story.now, shows_now=story.ends_now, left=LEFT, right=RIGHT)
    lanes = tuple(_lane(lane, TOP + number * LANE_HEIGHT, scale, clock) for number, lane in enumerate(story.lanes))
    bottom = TOP + len(lanes) * LANE_HEIGHT
    foot = Row(bottom + 15, 0, WIDTH)
    now_label = place(story.now_label, scale.now_x, [foot], tone="strong") if scale.now_x is not None else None
    promise_x = scale.x(story.promise) if story.promise else None
    promise_label = place(story.promise_label, promise_x, [foot], tone="strong") if promise_x is not None else None
    cut = scale.right + (scale.now_x - scale.right) / 2 if scale.has_break and scale.now_x is not None else None
    return Drawing(
        width=WIDTH,
        height=bottom + FOOT,
        bottom=bottom,
        lanes=lanes,
        ticks=tuple(_readable(ticks(scale, clock))),
        now_x=scale.now_x,
        now_label=now_label,
        break_x=cut,
        break_label=duration(story.now - scale.end) if cut is not None else "",
        promise_x=promise_x,
        promise_label=promise_label,
        promise_is_late=story.promise_is_late,
    )


def _readable(found: list[Tick]) -> list[Tick]:
    """Ticks whose labels do not run into each other or out of the picture."""
    row = Row(14, 0, WIDTH)
    kept = []
    for tick in found:
        width = width_of(tick.label)
        if row.fits(tick.x, tick.x + 4 + width):
            row.take(tick.x, tick.x + 4 + width)
            kept.append(tick)
    return kept


def _lane(lane: Lane, top: float, scale: Scale, clock: Clock) -> DrawnLane:
    y = top + LANE_HEIGHT / 2 + 1
    events = sorted(lane.events, key=lambda event: event.at)
    rows = [Row(y - 10, LEFT - 8, WIDTH - 2), Row(y + 19, LEFT - 8, WIDTH - 2)]
    labels = [_overdue_label(span, scale, rows) for span in lane.spans if span.label]
    labels += _names(events, scale, rows)
    lags, lag_labels = _lags(events, y, scale, rows)
    return DrawnLane(
        title=fitted(lane.title, TITLE_ROOM, bold=True),
        subtitle=fitted(lane.subtitle, TITLE_ROOM, 11),
        tone=lane.tone,
        top=top,
        y=y,
        bars=tuple(_bar(span, y, scale, clock) for span in lane.spans),
        lags=tuple(lags),
        marks=tuple(Mark(scale.x(event.at), y, event.kind, tip_of(event, clock), event.message) for event in events),
        labels=tuple(label for label in [*labels, *lag_labels] if label is not None),
    )


def _overdue_label(span: Span, scale: Scale, rows: list[Row]) -> Label | None:
    """What is overdue is said first, so that it always finds room; a short bar's label begins before it."""
    x = scale.x(span.start) + 9
    width = width_of(span.label, bold=True)
    x = max(rows[0].left + 4, min(x, rows[0].right - width + 3))
    return place(span.label, x, rows, tone="late", anchors=("start", "end", "middle"))


def _bar(span: Span, y: float, scale: Scale, clock: Clock) -> Bar:
    ends = f"{clock.short(span.start)} to {clock.short(span.end)}, {duration(span.end - span.start)}"
    return Bar(scale.x(span.start), scale.x(span.end), y, span.kind, f"{span.label}\n{ends}".strip())


def _names(events: list[Event], scale: Scale, rows: list[Row]) -> list[Label | None]:
    """A label per group of near marks: failures and expectations first, since they must be read."""
    groups: list[list[Event]] = []
    for event in events:
        if groups and scale.x(event.at) - scale.x(groups[-1][-1].at) < NEAR and _tone(event) == _tone(groups[-1][-1]):
            groups[-1].append(event)
        else:
            groups.append([event])
    placed = []
    for group in sorted(groups, key=lambda group: (_tone(group[0]) == "", scale.x(group[0].at))):
        middle = (scale.x(group[0].at) + scale.x(group[-1].at)) / 2
        label = None
        for text in _texts(group):
            label = place(text, middle, rows, tone=_tone(group[0]))
            if label is not None:
                break
        placed.append(label)
    return placed


def _tone(event: Event) -> str:
    return {"failed": "late", "expected": "faint", "claimed": "risk"}.get(event.kind, "")


def _texts(group: list[Event]) -> list[str]:
    """The group's names: all of a few, the first and the last of many; then shorter, for where that does not fit."""
    names = list(dict.fromkeys(event.name for event in group))
    small = [name[0].lower() + name[1:] for name in names]
    if len(names) > NAMES_SHARED:
        return [f"{names[0]} to {small[-1]}", f"{names[0]} +{len(names) - 1}", names[-1]]
    return [
        f"{', '.join([names[0], *small[1:shown]])}{f' +{len(names) - shown}' if shown < len(names) else ''}"
        for shown in range(len(names), 0, -1)
    ]


def _lags(events: list[Event], y: float, scale: Scale, rows: list[Row]) -> tuple[list[WordLag], list[Label | None]]:
    """The way of the word, where it was long enough to see; its length is said below the line."""
    lags, labels = [], []
    for event in events:
        if event.heard_at is None or event.kind not in {"happened", "failed"} or event.heard_at - event.at < WORD_LAG_SHOWN:
            continue
        x1, x2 = scale.x(event.at), scale.x(event.heard_at)
        if x2 - x1 < 9:
            continue
        lags.append(WordLag(x1, x2, y, is_cut=event.heard_at > scale.end))
        labels.append(place(f"heard {duration(event.heard_at - event.at)} later", (x1 + x2) / 2, rows[1:], tone="faint"))
    return lags, labels


def tip_of(event: Event, clock: Clock) -> str:
    """The mark's tooltip and accessible name: what, when, when heard, and the detail."""
    lines = [event.name, _time_line(event, clock)]
    if event.heard_at is not None and event.kind != "expected":
        lines.append(f"Heard {clock.short(event.heard_at)}{_lag_words(event.at, event.heard_at)}")
    if event.detail:
        lines.append(event.detail)
    return "\n".join(lines)


def _time_line(event: Event, clock: Clock) -> str:
    if event.kind == "expected":
        return f"Expected by {clock.short(event.at)}, {clock.relative(event.at)}"
    if event.kind == "claimed":
        return f"Shown at {clock.short(event.at)}, when it was heard"
    return f"Happened {clock.short(event.at)}, {clock.relative(event.at)}"


def _lag_words(at: datetime, heard_at: datetime) -> str:
    lag = heard_at - at
    return f", {duration(lag)} later" if lag >= timedelta(minutes=1) else ""
