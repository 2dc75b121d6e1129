"""What the commitments' pages show: by measure what is promised to whom, and whether it is measured at all. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from apps.acts.settings import Standing
from apps.console import words
from apps.console.pages.rules import saying
from apps.console.times import Clock, duration
from apps.core.paths import segment
from apps.exceptions.catalogue import type_of
from apps.exceptions.commitment_changes import Placed, arrangement
from apps.exceptions.measured import Sent
from apps.exceptions.previews import CommitmentTrial, Difference
from apps.partners.discovery import DisplayNames
from apps.sla.commitments import DEFAULTS, MEASURES, Commitment
from apps.sla.policy import is_effective
from apps.sla.settings_reading import placed_commitment

PATH: Final = "/commitments/"
EXAMPLES: Final = 10
MEASURED: Final = words.Chip("Measured", "ok")
NOT_MEASURED: Final = words.Chip("Not measured", "wait")
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """One commitment in the list. `next` tells of a version that is scheduled."""

    name: str
    url: str
    is_default: bool
    matches: tuple[tuple[str, str], ...]
    promised: str
    warned: str
    basis: str
    target: str
    span: str
    chip: words.Chip
    next: str = ""
    is_first: bool = False
    is_last: bool = False
    is_own_limit: bool = True


@dataclass(frozen=True, slots=True)
class SenderRow:
    """Whether a sender's stop milestone is measured, and why."""

    name: str
    chip: words.Chip
    evidence: str
    order: str
    order_url: str
    override: str
    url: str


@dataclass(frozen=True, slots=True)
class MeasurePanel:
    code: str
    title: str
    start: str
    stop: str
    opens: str
    chip: words.Chip
    state: str
    rows: tuple[CommitmentRow, ...]
    ended: tuple[CommitmentRow, ...]
    senders: tuple[SenderRow, ...]


def panels(standing: Mapping[Key, Standing], sent: Sequence[Sent], names: DisplayNames, clock: Clock) -> list[MeasurePanel]:
    """One panel a measure, in the order of an order's life."""
    return [
        _panel(code, arrangement(standing, code), [s for s in sent if s.measure == code], names, clock) for code in MEASURES
    ]


def _panel(code: str, placed: Sequence[Placed], sent: Sequence[Sent], names: DisplayNames, clock: Clock) -> MeasurePanel:
    measure = MEASURES[code]
    rows = [row_of(each, names, clock) for each in placed if not _is_over(each, clock.now)]
    own = [
        CommitmentRow(**{**_fields(row), "is_first": place == 0, "is_last": place == len(rows) - 1})
        for place, row in enumerate(rows)
    ]
    start, stop = saying.steps(code)
    measured = sum(each.is_measured for each in sent)
    return MeasurePanel(
        code=code,
        title=measure.title,
        start=start,
        stop=stop,
        opens=type_of(measure.opens).title,
        chip=MEASURED if measured else NOT_MEASURED,
        state=_state(measure.sender == "partner", measured, len(sent)),
        rows=(*own, default_row(code, names, clock)),
        ended=tuple(row_of(each, names, clock) for each in placed if _is_over(each, clock.now)),
        senders=tuple(sender_row(each, names) for each in sent),
    )


def _fields(row: CommitmentRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def _state(is_by_partner: bool, measured: int, every: int) -> str:
    if not is_by_partner:
        return "reported by a source" if measured else "reported by nobody"
    if not every:
        return "no partner is known yet"
    return f"reported by {measured} of {words.count_of(every, 'partner')}"


def _is_over(placed: Placed, now: datetime) -> bool:
    ends = placed.latest.effective_to
    return ends is not None and ends <= now


def version_of(placed: Placed, now: datetime) -> Commitment:
    """The version in force, else the next one, else the last."""
    in_force = next((each for each in placed.versions if is_effective(each, now)), None)
    coming = [each for each in placed.versions if each.effective_from is not None and each.effective_from > now]
    return in_force or (coming[-1] if coming else placed.latest)


def row_of(placed: Placed, names: DisplayNames, clock: Clock) -> CommitmentRow:
    shown = version_of(placed, clock.now)
    later = [each for each in placed.versions if each.effective_from and each.effective_from > clock.now and each is not shown]
    coming = f"{saying.promised(later[-1])}, {saying.span(later[-1].effective_from, None, clock)}" if later else ""
    return _row(shown, names, clock, f"{PATH}{segment(placed.name)}/", coming)


def default_row(measure: str, names: DisplayNames, clock: Clock) -> CommitmentRow:
    default = next(each for each in DEFAULTS if each.measure == measure)
    return CommitmentRow(**{**_fields(_row(default, names, clock, "", "")), "name": "Default", "is_default": True})


def _row(shown: Commitment, names: DisplayNames, clock: Clock, url: str, coming: str) -> CommitmentRow:
    return CommitmentRow(
        name=shown.name,
        url=url,
        is_default=False,
        matches=tuple(saying.for_whom(shown.match, names)),
        promised=saying.promised(shown),
        warned=saying.warned(shown),
        basis=saying.BASIS[shown.basis] if shown.is_measured else "",
        target=saying.target(shown),
        span=saying.span(shown.effective_from, shown.effective_to, clock),
        chip=saying.when_it_holds(shown.effective_from, shown.effective_to, clock.now),
        next=coming,
    )


def version_rows(placed: Placed, names: DisplayNames, clock: Clock) -> list[CommitmentRow]:
    """Every version of a commitment, the latest first."""
    return [_row(each, names, clock, "", "") for each in placed.versions]


def sender_row(sent: Sent, names: DisplayNames) -> SenderRow:
    facts = " or ".join(MEASURES[sent.measure].stop_facts)
    if sent.count:
        times = {1: "once", 2: "twice"}.get(sent.count, f"{sent.count:,} times")
        evidence = f"{facts} of it was heard at least {times}, such as that of"
    else:
        evidence = f"no {facts} of it was heard"
    override = {None: "", True: "measured all the same", False: "not measured all the same"}[sent.said]
    return SenderRow(
        name=names.partners.get(sent.sender, sent.sender) if sent.sender else "Any source",
        chip=MEASURED if sent.is_measured else NOT_MEASURED,
        evidence=evidence,
        order=sent.order or "",
        order_url=f"/orders/{segment(sent.handle)}/" if sent.handle else "",
        override=override,
        url=f"{PATH}measured?measure={sent.measure}&sender={segment(sent.sender)}",
    )


def told(value: Any, clock: Clock, names: DisplayNames) -> str:
    """What a commitment became, in one line. Raises Unreadable."""
    _, versions = placed_commitment("-", value)
    if not versions:
        return "Nothing"
    latest = versions[0]
    whom = saying.listing(f"{field} {name}" for field, name in saying.for_whom(latest.match, names)) or "any order"
    return (
        f"{saying.promised(latest).capitalize()}, for {whom}, {saying.span(latest.effective_from, latest.effective_to, clock)}"
    )


@dataclass(frozen=True, slots=True)
class Trial:
    """What a commitment would do, in a sentence and in figures; examples by the first orders that differ."""

    sentence: str
    figures: tuple[tuple[str, int], ...]
    examples: tuple["Example", ...]
    more: int


@dataclass(frozen=True, slots=True)
class Example:
    order: str
    url: str
    subject: str
    before: str
    after: str
    shift: str
    verdict: str
    tone: str


def trial_of(trial: CommitmentTrial, clock: Clock) -> Trial:
    looked = f"The last {words.count_of(trial.orders, 'order')}" if trial.orders else "No order has been heard of yet"
    clocks = (
        f"{looked} have {words.count_of(trial.clocks, 'such clock')}" if trial.orders != 1 else f"{looked} has {trial.clocks}"
    )
    if not trial.orders:
        sentence = f"{looked}, so there is nothing to try it on."
    elif not trial.differences:
        sentence = f"{clocks}. Had this held for them, none would stand otherwise."
    else:
        count = len(trial.differences)
        sentence = f"{clocks}. Had this held for them, {count:,} would stand otherwise."
    figures = (
        ("due earlier", trial.earlier),
        ("due later", trial.later),
        ("newly missed", trial.newly_missed),
        ("no longer missed", trial.no_longer_missed),
        ("newly measured", trial.newly_measured),
        ("no longer measured", trial.no_longer_measured),
    )
    first = sorted(trial.differences, key=lambda each: (each.is_missed_before == each.is_missed_after, each.handle))
    shown = tuple(_example(each, clock) for each in first[:EXAMPLES])
    return Trial(sentence, figures, shown, len(trial.differences) - len(shown))


def _example(each: Difference, clock: Clock) -> Example:
    verdict, tone = "", ""
    if each.is_missed_after != each.is_missed_before:
        verdict, tone = ("newly missed", "late") if each.is_missed_after else ("no longer missed", "ok")
    shift = each.shift.total_seconds()
    return Example(
        order=each.handle,
        url=f"/orders/{segment(each.handle)}/",
        subject="" if each.subject.scheme == "order" else f"{each.subject.scheme} {each.subject.value}",
        before=clock.short(each.due_before) if each.due_before else "not measured",
        after=clock.short(each.due_after) if each.due_after else "not measured",
        shift=f"{duration(abs(shift))} {'later' if shift > 0 else 'earlier'}" if shift else "",
        verdict=verdict,
        tone=tone,
    )
