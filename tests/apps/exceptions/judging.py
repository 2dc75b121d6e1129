"""Orders judged as tests do it: from facts alone, without a database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apps.contracts.facts import StampedFact
from apps.exceptions.conditions import order_conditions
from apps.exceptions.history import Course, history_of, replayed, straight
from apps.exceptions.plain import is_plain
from apps.exceptions.standing import Standing, together
from apps.orders.state import ConflictState, OrderState
from apps.sla.clocks import Clock
from apps.sla.order_clocks import clocks_of, told_of
from apps.sla.policy import Policy, policy_of
from tests.apps.orders.folding import folded
from tests.builders import START, instant

LONG_AFTER = datetime(2027, 1, 1, tzinfo=UTC)
DEFAULTS = policy_of({}, "UTC")


def at(hours: float = 0, minutes: float = 0) -> datetime:
    """So long after START, a Monday morning."""
    return instant(START) + timedelta(hours=hours, minutes=minutes)


@dataclass(frozen=True)
class Judged:
    """An order's facts with all that is made of them."""

    facts: Sequence[StampedFact]
    policy: Policy = DEFAULTS
    conflicts: tuple[ConflictState, ...] = ()
    until: datetime = LONG_AFTER

    def fold_at(self, heard: Sequence[StampedFact], moment: datetime) -> OrderState:
        known = tuple(each for each in self.conflicts if each.heard_at is not None and each.heard_at <= moment)
        return folded(*heard, conflicts=known)

    @property
    def state(self) -> OrderState:
        return folded(*self.facts, conflicts=self.conflicts)

    @property
    def clocks(self) -> list[Clock]:
        return clocks_of(self.state, told_of(self.facts), self.policy)

    @property
    def standings(self) -> list[Standing]:
        return order_conditions(self.state, told_of(self.facts), self.clocks)

    @property
    def courses(self) -> list[Course]:
        return history_of(self.state, self.facts, self.policy, self.fold_at, until=self.until).courses

    @property
    def is_plain(self) -> bool:
        found = together(self.standings).values()
        is_clocks_alone = all(standing.due_at is not None for standing in found)
        return is_clocks_alone and is_plain(self.state, told_of(self.facts), self.clocks, self.until)

    @property
    def straight(self) -> list[Course]:
        return sorted(straight(self.state, self.clocks, self.until), key=name_of)

    @property
    def replayed(self) -> list[Course]:
        return sorted(replayed(self.facts, self.conflicts, self.policy, self.fold_at, until=self.until), key=name_of)


def judged(*facts: StampedFact, policy: Policy = DEFAULTS, until: datetime = LONG_AFTER) -> Judged:
    return Judged(facts, policy, (), until)


def name_of(course: Course) -> tuple[str, str, str, str]:
    return course.code, course.subject.scheme, course.subject.value, course.subject.issuer or ""


def held(courses: Iterable[Course], code: str) -> list[list[tuple[str, str, str]]]:
    """Of each subject of that type when it held: (opened, cleared, as what), as `DD HH:MM`, empty where it still holds."""
    found = []
    for course in sorted(courses, key=name_of):
        if course.code == code:
            spans = [(shown(span.opened_at), shown(span.cleared_at), span.cleared) for span in course.spans]
            found.append(spans)
    return found


def shown(moment: datetime | None) -> str:
    return f"{moment:%d %H:%M}" if moment else ""
