"""What was done to a rule, for the page that shows it: when, by whom, why, and what it became. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.acts.settings import Change
from apps.console.times import Clock, Instant
from apps.core.errors import Unreadable

SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class HistoryRow:
    at: Instant
    who: str
    reason: str
    what: str


def history_rows(changes: Sequence[Change], clock: Clock, tell: Callable[[Any], str]) -> list[HistoryRow]:
    """The latest SHOWN changes, the newest first; `tell` says in words what a value is."""
    return [HistoryRow(clock.instant(each.at), each.who, each.reason, _what(each, tell)) for each in changes[:SHOWN]]


def _what(change: Change, tell: Callable[[Any], str]) -> str:
    if change.is_removal:
        return "Taken back"
    try:
        return tell(change.value)
    except Unreadable:
        return "A value that cannot be read"
