"""When a condition held, as it was known while time went by, and which cases that makes.

A condition is asked after each hearing: it opens when it is due (bad news: when it is heard) unless it is over by then, and
closes at the hearing after which it holds no more. What opens again within a day of its end is the same case.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.demo.truth.looking import Look

VERIFIED: Final = "verified"  # what was missing came
OBSOLETE: Final = "obsolete"  # cancelled, or corrected away
ONE_CASE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Over:
    """`as_what` is empty while the condition holds. `happened_at`: when what ended it happened, as it claims."""

    as_what: str = ""
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """`due_at` None: it holds from the moment on. `over` is asked only when it matters."""

    due_at: datetime | None
    over: Callable[[], Over]


Ask = Callable[[Look], Standing | None]  # None: nothing is known that could open it


@dataclass(frozen=True, slots=True)
class Question:
    """One condition on one subject. Of a promise, `sender` is whose word keeps it, a partner's or anybody's (""), and `is_said`
    tells whether that very word has come; None: nobody has promised anything."""

    code: str
    scheme: str
    value: str
    ask: Ask
    sender: str | None = None
    is_said: Callable[[Look], bool] = lambda _: True


@dataclass(slots=True)
class Interval:
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None = None
    closed_as: str = ""
    happened_at: datetime | None = None

    @property
    def is_late_word(self) -> bool:
        """What was missing had been done in time; the word came late."""
        if self.closed_as != VERIFIED or self.due_at is None or self.happened_at is None or self.closed_at is None:
            return False
        return self.happened_at <= self.due_at < self.closed_at


def intervals(ask: Ask, looks: Sequence[Look], until: datetime) -> list[Interval]:
    """`looks`: one for each hearing. `until`: the moment as of which clocks are read."""
    found: list[Interval] = []
    for place, look in enumerate(looks):
        standing = ask(look)
        last = found[-1] if found and found[-1].closed_at is None else None
        if standing is None:
            if last:
                last.closed_at, last.closed_as = look.at, OBSOLETE
            continue
        opens_at = max(look.at, standing.due_at or look.at)
        ends_at = looks[place + 1].at if place + 1 < len(looks) else None
        if last is None and (opens_at > until or (ends_at is not None and opens_at >= ends_at)):
            continue
        over = standing.over()
        if last and (over.as_what or opens_at > look.at):
            last.closed_at, last.closed_as, last.happened_at = look.at, over.as_what or OBSOLETE, over.happened_at
            last = None
        if last is None and not over.as_what and opens_at <= until and (ends_at is None or opens_at < ends_at):
            found.append(Interval(opens_at, standing.due_at))
    return found


def cases(found: Sequence[Interval]) -> Iterator[list[Interval]]:
    """The intervals that are one case each."""
    case: list[Interval] = []
    for interval in found:
        if case and case[-1].closed_at is not None and interval.opened_at - case[-1].closed_at > ONE_CASE:
            yield case
            case = []
        case.append(interval)
    if case:
        yield case
