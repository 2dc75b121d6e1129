"""When each condition of an order held, over the time in which we heard of it. Pure, and a function of the set of facts.

What was known at a moment is the fold of the facts that had been heard by then. So the history of an order's exceptions is
found by folding what was known after each hearing (`replayed`), and nothing that comes late can rewrite what was shown. For a
plain story, where every document is told once and nothing goes wrong but lateness, the clocks of the last fold say the same
(`straight`), twenty times faster; a property test holds the two together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from apps.contracts.facts import StampedFact
from apps.exceptions.conditions import clock_conditions, order_conditions, told_conditions
from apps.exceptions.plain import is_plain
from apps.exceptions.standing import OBSOLETE, VERIFIED, About, Evidence, Key, Standing, together
from apps.exceptions.steps import Elsewhere, Known, Step, heard_elsewhere, kept_still, marks_of, steps_of
from apps.orders.hearings import looked_at
from apps.orders.ordering import in_order_of_evidence
from apps.orders.state import OrderState
from apps.sla.clocks import Clock, Subject
from apps.sla.order_clocks import clocks_of, told_of
from apps.sla.policy import Policy

FoldAt = Callable[[Sequence[StampedFact], datetime], OrderState]


class Span(msgspec.Struct, frozen=True, array_like=True):
    """One time that a condition held: from when it was shown to when it was cleared (None: it holds). `evidence` is the word
    that cleared it, `opened_by` the bad news that opened it; a clock's condition has `due_at` instead."""

    opened_at: datetime
    due_at: datetime | None = None
    opened_by: Evidence | None = None
    cleared_at: datetime | None = None
    cleared: str = ""
    evidence: Evidence | None = None


class Course(msgspec.Struct, frozen=True, array_like=True):
    """Every span of one condition on one subject, the first first, and what was last known of the subject. `is_namesake`:
    the order has another one of that type whose identifier reads the same, and that opened before."""

    code: str
    subject: Subject
    spans: tuple[Span, ...]
    about: About
    needs: tuple[str, str] | None = None
    is_namesake: bool = False


class History(NamedTuple):
    """An order's clocks, the course of each condition that has held, and the steps to be remembered (none of a plain story)."""

    clocks: list[Clock]
    courses: list[Course]
    steps: tuple[Step, ...] = ()


def history_of(  # noqa: PLR0913 - an order, the rules, and what is remembered of it
    state: OrderState,
    facts: Sequence[StampedFact],
    policy: Policy,
    fold_at: FoldAt,
    *,
    until: datetime,
    kept: Sequence[Step] = (),
    rules: bytes = b"",
) -> History:
    """The order's history by `until`.

    `state` is the fold of all `facts`; `fold_at` folds those that had been heard by a moment. `kept` are steps of before, and
    `rules` stands for the rules in force: both change nothing of what comes out, only what it costs.
    """
    told = told_of(facts)
    clocks = clocks_of(state, told, policy)
    others = told_conditions(state, told)
    if not others and is_plain(state, told, clocks, until):
        return History(clocks, straight(state, clocks, until))
    standings = together(clock_conditions(state, clocks) + others)
    unique = in_order_of_evidence(facts)
    elsewhere = heard_elsewhere(state)
    moments = _moments(unique, elsewhere, until)
    marks = marks_of(unique, elsewhere, moments, rules)
    known = [*kept_still(kept, moments, marks)]
    is_all_heard = all(conflict.heard_at is not None for conflict in state.conflicts)  # the other was not known at any moment
    if len(known) < len(moments) and is_all_heard and moments[-1] >= max(_heard(unique, elsewhere), default=until):
        last: list[Known] = [(moments[-1], standings)]  # what all facts tell is worked out already
    else:
        last = []
    known += [_known(unique, moment, policy, fold_at) for moment in moments[len(known) : len(moments) - len(last)]] + last
    return History(clocks, courses_in(known, until), steps_of(known, marks))


def straight(state: OrderState, clocks: Iterable[Clock], until: datetime) -> list[Course]:
    """The courses of a plain story: each clock has held from when it was due, and known to run, to when its stop was heard."""
    opened = [clock for clock in clocks if _has_opened(clock, until)]
    found = []
    for clock, standing in zip(opened, clock_conditions(state, opened) if opened else (), strict=True):
        span = Span(_opens_at(clock), clock.due_at)
        if clock.stopped_heard_at is not None:
            span = Span(span.opened_at, clock.due_at, None, clock.stopped_heard_at, standing.cleared, standing.evidence)
        found.append(Course(standing.code, standing.subject, (span,), standing.about, standing.needs))
    return found


def _opens_at(clock: Clock) -> datetime:
    return max(clock.due_at, clock.started_heard_at)


def _has_opened(clock: Clock, until: datetime) -> bool:
    opens_at = _opens_at(clock)
    return opens_at <= until and (clock.stopped_heard_at is None or clock.stopped_heard_at > opens_at)


def replayed(
    facts: Sequence[StampedFact], elsewhere: Elsewhere, policy: Policy, fold_at: FoldAt, *, until: datetime
) -> list[Course]:
    """The courses of any story, from what was known after each hearing up to `until`. `elsewhere` is what `heard_elsewhere`
    answers of it: a conflict is known from when the second claim was heard, by whatever order."""
    unique = in_order_of_evidence(facts)
    return courses_in([_known(unique, moment, policy, fold_at) for moment in _moments(unique, elsewhere, until)], until)


def _heard(unique: Iterable[StampedFact], elsewhere: Elsewhere) -> set[datetime]:
    heard = {stamped.stamp.heard_at for stamped in unique}
    first = min(heard, default=None)
    return heard | {moment for moment, _ in elsewhere if first is not None and moment > first}


def _moments(unique: Iterable[StampedFact], elsewhere: Elsewhere, until: datetime) -> list[datetime]:
    return looked_at(moment for moment in _heard(unique, elsewhere) if moment <= until)


def courses_in(steps: Sequence[Known], until: datetime) -> list[Course]:
    """The courses of all conditions that have held by `until`, from what was known from each hearing on."""
    owners = _owners(key for _, standings in steps for key in standings)
    steps = [(moment, {_owned(key, owners): each for key, each in standings.items()}) for moment, standings in steps]
    keys = dict.fromkeys(key for _, standings in steps for key in standings)
    return _told_apart([course for key in keys if (course := _course(key, steps, until)) is not None])


def _known(unique: Sequence[StampedFact], moment: datetime, policy: Policy, fold_at: FoldAt) -> Known:
    heard = [stamped for stamped in unique if stamped.stamp.heard_at <= moment]
    state, told = fold_at(heard, moment), told_of(heard)
    return moment, together(order_conditions(state, told, clocks_of(state, told, policy)))


def _owners(keys: Iterable[Key]) -> dict[tuple[str, str, str], str]:
    """The issuer of each subject's identifier, where it was first heard from somebody else, and turned out to be one alone."""
    found: defaultdict[tuple[str, str, str], set[str | None]] = defaultdict(set)
    for code, subject in keys:
        found[code, subject.scheme, subject.value].add(subject.issuer)
    return {name: next(filter(None, issuers)) for name, issuers in found.items() if None in issuers and len(issuers) == 2}


def _owned(key: Key, owners: Mapping[tuple[str, str, str], str]) -> Key:
    code, subject = key
    issuer = owners.get((code, subject.scheme, subject.value))
    return key if issuer is None else (code, Subject(subject.scheme, subject.value, issuer))


def _told_apart(courses: list[Course]) -> list[Course]:
    """Marks all but the first of those whose identifiers read the same: two partners may number alike in one order."""
    first: dict[tuple[str, str, str], Course] = {}
    for course in courses:
        name = (course.code, course.subject.scheme, course.subject.value)
        first[name] = min(first.get(name, course), course, key=_beginning)
    if len(first) == len(courses):
        return courses
    leading = set(map(id, first.values()))
    return [course if id(course) in leading else msgspec.structs.replace(course, is_namesake=True) for course in courses]


def _beginning(course: Course) -> tuple[datetime, str]:
    return course.spans[0].opened_at, course.subject.issuer or ""


def _course(key: Key, steps: Sequence[Known], until: datetime) -> Course | None:
    """The spans of one condition: it opens when it is due, and closes when what is known no longer says so."""
    spans: list[Span] = []
    last: Standing | None = None
    about = About()
    for place, (moment, standings) in enumerate(steps):
        standing = standings.get(key)
        is_open = bool(spans) and spans[-1].cleared_at is None
        opens_at = moment if standing is None or standing.due_at is None else max(moment, standing.due_at)
        holds_now = standing is not None and standing.holds and opens_at <= moment
        if is_open and not holds_now:
            spans[-1] = _closed(spans[-1], moment, standing)
            is_open = False
        ends = steps[place + 1][0] if place + 1 < len(steps) else None
        if not is_open and standing is not None and standing.holds and opens_at <= until and (ends is None or opens_at < ends):
            spans.append(Span(opens_at, standing.due_at, standing.evidence))
        if standing is not None:
            last, about = standing, standing.about if standing.about != About() else about
    if not spans or last is None:
        return None
    return Course(last.code, key[1], tuple(spans), about, last.needs)


def _closed(span: Span, moment: datetime, standing: Standing | None) -> Span:
    """Ended by evidence, by a cancellation, or because what is known now says that it never should have opened. What stops a
    clock was known from this moment on, also where the last word of several was no news by itself."""
    if standing is None or standing.holds:
        return Span(span.opened_at, span.due_at, span.opened_by, moment, OBSOLETE, None)
    evidence = standing.evidence
    if evidence is not None and standing.due_at is not None and standing.cleared == VERIFIED:
        evidence = Evidence(evidence.occurred_at, moment, evidence.source, evidence.message)
    return Span(span.opened_at, span.due_at, span.opened_by, moment, standing.cleared or OBSOLETE, evidence)
