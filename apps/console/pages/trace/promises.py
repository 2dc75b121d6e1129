"""An order's clocks and open exceptions as its trace shows them. Pure: clocks, cases and the reader decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from apps.console import words
from apps.console.access import Reader
from apps.console.times import Instant, duration
from apps.sla.clocks import Clock, clock_state
from apps.sla.commitments import MEASURES

CLOCK_STATE: Final = {
    "running": words.Chip("Running", "info"),
    "at_risk": words.Chip("At risk", "risk"),
    "missed": words.Chip("Missed", "late", "Due, and nothing has been heard."),
    "met": words.Chip("Met", "ok"),
    "met_late": words.Chip("Met late", "late"),
    "cancelled": words.Chip("Not owed", "wait", "Cancelled, or corrected away."),
}
_RANKS: Final = {name: rank for rank, name in enumerate(("missed", "at_risk", "running", "met_late", "met", "cancelled"))}


@dataclass(frozen=True, slots=True)
class ShownClock:
    """`left` says how long there is, or how late it is; empty for what is settled."""

    title: str
    subject: str
    state: words.Chip
    due: Instant
    left: str
    is_over: bool


def shown_clocks(clocks: Iterable[Clock], reader: Reader) -> list[ShownClock]:
    """What needs attention first. `clocks` are those that count for this reader (`apps.exceptions.at_risk.counted`)."""
    shown = [(clock_state(clock, reader.clock.now), clock) for clock in clocks]
    return [_shown(state, clock, reader) for state, clock in sorted(shown, key=lambda each: (_RANKS[each[0]], each[1].due_at))]


def _shown(state: str, clock: Clock, reader: Reader) -> ShownClock:
    now = reader.clock.now
    left = ""
    if state == "missed":
        left = f"{duration(now - clock.due_at)} late"
    elif state in {"running", "at_risk"}:
        left = f"{duration(clock.due_at - now)} left"
    elif state == "met_late" and (came := clock.stopped_at or clock.stopped_heard_at):
        late = (came if clock.basis == "happened" else clock.stopped_heard_at or came) - clock.due_at
        left = f"{duration(late)} late"
    name = "" if clock.subject.scheme == "order" else f"{words.scheme(clock.subject.scheme)} {clock.subject.value}"
    return ShownClock(
        title=MEASURES[clock.measure].title,
        subject=name,
        state=CLOCK_STATE[state],
        due=reader.clock.instant(clock.due_at),
        left=left,
        is_over=state in {"met", "met_late", "cancelled"},
    )
