"""A case: one episode of a condition on a subject, and what people did to it. Pure: spans and acts decide, never arrival.

Acts take effect in the order of the log, each at its time; what depends on now (awake or snoozed, regressed, escalated) is
left to `state_at`, which the database repeats as one expression (`sql.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

import msgspec

from apps.acts.types import StampedAct
from apps.exceptions.catalogue import TEAMS
from apps.exceptions.history import Course, Span
from apps.exceptions.standing import VERIFIED, About
from apps.sla.clocks import Subject

GRACE: Final = timedelta(hours=24)
OPEN_STATES: Final = ("new", "acknowledged", "in_progress", "waiting", "snoozed", "regressed")
RESOLVED_STATES: Final = ("resolved_verified", "resolved_obsolete", "resolved_manual")
STATES: Final = (*OPEN_STATES, *RESOLVED_STATES)
ACTS: Final = (
    "claim",
    "assign",
    "comment",
    "snooze",
    "wait",
    "wake",
    "escalate",
    "give_back",
    "resolve",
    "reopen",
    "take_out",
    "put_back",
)


class Episode(msgspec.Struct, frozen=True, array_like=True):
    """The spans of a condition that are one case: each begins within GRACE of the end of the one before it."""

    code: str
    subject: Subject
    number: int
    spans: tuple[Span, ...]
    about: About
    needs: tuple[str, str] | None = None
    is_namesake: bool = False

    @property
    def name(self) -> Subject:
        """The subject as the case's id has it: who issued the identifier is often heard later, and the case is the same."""
        return self.subject if self.is_namesake else Subject(self.subject.scheme, self.subject.value)

    @property
    def opened_at(self) -> datetime:
        return self.spans[0].opened_at

    @property
    def last(self) -> Span:
        return self.spans[-1]


class Handling(msgspec.Struct, frozen=True, array_like=True):
    """What people's acts made of a case. `worked` is where the work stands: new, acknowledged, in_progress, waiting or
    regressed. `team` is empty while nobody has given the case to another team than the rules say."""

    worked: str = "new"
    assignee: str = ""
    team: str = ""
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str = ""
    reason: str = ""
    version: int = 0
    last_act_at: datetime | None = None
    last_act_by: str = ""
    comment_count: int = 0
    is_apart: bool = False  # taken out of its incident


def episodes_of(course: Course) -> Iterator[Episode]:
    """The course's cases, the first first."""
    spans: list[Span] = []
    number = 1
    for span in course.spans:
        ended = spans[-1].cleared_at if spans else None
        if ended is not None and span.opened_at - ended > GRACE:
            yield _episode(course, number, spans)
            spans, number = [], number + 1
        spans.append(span)
    yield _episode(course, number, spans)


def _episode(course: Course, number: int, spans: Sequence[Span]) -> Episode:
    return Episode(course.code, course.subject, number, tuple(spans), course.about, course.needs, course.is_namesake)


def case_id(key: bytes, code: str, subject: Subject, number: int) -> bytes:
    """The case's id (16 bytes): a digest of what it is about (an episode's `name`), so that a rebuild gives the same."""
    parts = (key.hex(), code, subject.scheme, subject.value, subject.issuer or "", str(number))
    return blake2b(b"\0".join(part.encode() for part in parts), digest_size=16).digest()


def handle(episode: Episode, acts: Iterable[StampedAct]) -> Handling:
    """What the acts (in the log's order) made of the case, its openings and ends among them."""
    handling = Handling()
    spans = list(episode.spans)
    for stamped in acts:
        while len(spans) > 1 and spans[1].opened_at <= stamped.at:
            spans.pop(0)
            handling = _again(handling)
        handling = _acted(_regressed(handling, spans[0], stamped.at), stamped)
    for _ in spans[1:]:
        handling = _again(handling)
    return handling


def _again(handling: Handling) -> Handling:
    """The condition came back within the grace."""
    return msgspec.structs.replace(handling, worked="regressed", snoozed_until=None, resolved_at=None)


def _regressed(handling: Handling, span: Span, at: datetime) -> Handling:
    """What was closed by hand is open again after the grace, while the condition held throughout."""
    if handling.resolved_at is None or at < handling.resolved_at + GRACE:
        return handling
    if span.cleared_at is not None and span.cleared_at < handling.resolved_at + GRACE:
        return handling
    return msgspec.structs.replace(handling, worked="regressed", resolved_at=None)


def _acted(handling: Handling, stamped: StampedAct) -> Handling:
    """The case after an act. Whoever acts on a new case has seen it; a kind that is not known changes nothing."""
    act = stamped.act
    change = _CHANGES.get(act.kind.removeprefix("case."), _nothing)(handling, stamped)
    noted = {"version": stamped.position, "last_act_at": stamped.at, "last_act_by": act.who}
    return msgspec.structs.replace(handling, **noted | change)


Change = dict[str, object]


def _nothing(_handling: Handling, _stamped: StampedAct) -> Change:
    return {}


def _claim(_handling: Handling, stamped: StampedAct) -> Change:
    return {"assignee": stamped.act.who, "worked": "in_progress", "snoozed_until": None}


def _assign(handling: Handling, stamped: StampedAct) -> Change:
    if handling.assignee == stamped.act.to:
        return {"worked": _seen(handling)}
    return {"assignee": stamped.act.to, "worked": "acknowledged", "snoozed_until": None}


def _comment(handling: Handling, _stamped: StampedAct) -> Change:
    return {"comment_count": handling.comment_count + 1, "worked": _seen(handling)}


def _snooze(handling: Handling, stamped: StampedAct) -> Change:
    return {"snoozed_until": stamped.act.until, "worked": _seen(handling)}


def _wait(_handling: Handling, _stamped: StampedAct) -> Change:
    return {"worked": "waiting", "snoozed_until": None}


def _wake(handling: Handling, stamped: StampedAct) -> Change:
    """Ends a snooze; of a case that is not asleep, the wait for the partner."""
    if handling.snoozed_until is not None and stamped.at < handling.snoozed_until:
        return {"snoozed_until": None}
    worked = ("in_progress" if handling.assignee else "acknowledged") if handling.worked == "waiting" else handling.worked
    return {"worked": worked}


def _give_back(_handling: Handling, _stamped: StampedAct) -> Change:
    """To the team that the rules say."""
    return {"team": "", "assignee": "", "worked": "acknowledged", "snoozed_until": None}


def _escalate(_handling: Handling, stamped: StampedAct) -> Change:
    """Whoever gets it sees it at once, also where the one before had put it away."""
    awake = {"worked": "acknowledged", "snoozed_until": None}
    if stamped.act.to in TEAMS:
        return {"team": stamped.act.to, "assignee": "", **awake}
    return {"assignee": stamped.act.to, **awake}


def _resolve(_handling: Handling, stamped: StampedAct) -> Change:
    by_hand = {"resolved_at": stamped.at, "resolved_by": stamped.act.who, "reason": stamped.act.reason}
    return {**by_hand, "snoozed_until": None}


def _reopen(handling: Handling, _stamped: StampedAct) -> Change:
    return {"resolved_at": None, "worked": "in_progress" if handling.assignee else "acknowledged"}


def _take_out(_handling: Handling, _stamped: StampedAct) -> Change:
    return {"is_apart": True}


def _put_back(_handling: Handling, _stamped: StampedAct) -> Change:
    return {"is_apart": False}


_CHANGES: Final[dict[str, Callable[[Handling, StampedAct], Change]]] = {
    "claim": _claim,
    "assign": _assign,
    "comment": _comment,
    "snooze": _snooze,
    "wait": _wait,
    "wake": _wake,
    "escalate": _escalate,
    "give_back": _give_back,
    "resolve": _resolve,
    "reopen": _reopen,
    "take_out": _take_out,
    "put_back": _put_back,
}


def _seen(handling: Handling) -> str:
    return "acknowledged" if handling.worked == "new" else handling.worked


def state_at(span: Span, handling: Handling, now: datetime) -> str:
    """The case's state as of `now`: CONTRACT.md's words."""
    if span.cleared_at is not None and span.cleared_at <= now:
        return "resolved_verified" if span.cleared == VERIFIED else "resolved_obsolete"
    if handling.resolved_at is not None:
        return "resolved_manual" if now < handling.resolved_at + GRACE else "regressed"
    if handling.snoozed_until is not None and now < handling.snoozed_until:
        return "snoozed"
    return handling.worked


def as_known(episode: Episode, acts: Sequence[StampedAct], moment: datetime) -> tuple[Episode, Handling] | None:
    """The case as it was known at a moment: later openings, ends and acts left out. None while it had not opened."""
    spans = [_cut(span, moment) for span in episode.spans if span.opened_at <= moment]
    if not spans:
        return None
    known = msgspec.structs.replace(episode, spans=tuple(spans))
    return known, handle(known, [stamped for stamped in acts if stamped.at <= moment])


def open_from(episode: Episode, acts: Sequence[StampedAct], moment: datetime) -> datetime | None:
    """The first time from `moment` on at which the case is open, as far as is known: neither cleared, nor closed by hand and
    within the grace. None: it will not be."""
    for since, until in sorted([*_cleared(episode.spans), *_closed(episode.spans, acts)], key=lambda each: each[0]):
        if since <= moment and (until is None or moment < until):
            if until is None:
                return None
            moment = until
    return moment


def _cleared(spans: Sequence[Span]) -> Iterator[tuple[datetime, datetime | None]]:
    """When the condition did not hold, once it had."""
    for place, span in enumerate(spans):
        if span.cleared_at is not None:
            yield span.cleared_at, spans[place + 1].opened_at if place + 1 < len(spans) else None


def _closed(spans: Sequence[Span], acts: Sequence[StampedAct]) -> Iterator[tuple[datetime, datetime]]:
    """When the case was closed by hand: until somebody opened it, the condition came back, or the grace was over."""
    for place, stamped in enumerate(acts):
        if stamped.act.kind == "case.resolve":
            reopened = [later.at for later in acts[place + 1 :] if later.act.kind == "case.reopen"]
            again = [span.opened_at for span in spans if span.opened_at > stamped.at]
            yield stamped.at, min([stamped.at + GRACE, *reopened, *again])


def _cut(span: Span, moment: datetime) -> Span:
    is_open = span.cleared_at is not None and span.cleared_at > moment
    return Span(span.opened_at, span.due_at, span.opened_by) if is_open else span
