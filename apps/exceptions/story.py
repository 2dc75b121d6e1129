"""What happened to a case: its openings and ends, what people did, and what time alone did. Pure but for `story_of`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from apps.acts.types import StampedAct
from apps.core.errors import NotFound
from apps.core.sql import fetch
from apps.exceptions.cases import GRACE, Episode
from apps.exceptions.history import Span
from apps.exceptions.queries import Case
from apps.exceptions.rows import unpack
from apps.exceptions.standing import Evidence

OPENED: Final = "opened"
CLEARED: Final = "cleared"
REGRESSED: Final = "regressed"  # closed by hand, and the condition still held after the grace
ESCALATED: Final = "escalated"  # by a rule, since nobody had closed it in time

_READ: Final = """
    SELECT c.detail, coalesce((
        SELECT array_agg(a.payload ORDER BY a.position) FROM exceptions_act AS a WHERE a.key = c.key AND a."case" = c.id
    ), '{}') FROM exceptions_case AS c WHERE c.id = %b
"""
_unpack_act = msgspec.msgpack.Decoder(StampedAct).decode


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `kind` is OPENED, CLEARED, REGRESSED, ESCALATED or the word of an act; `who` is empty where
    nobody did it. `reason` of CLEARED is verified or obsolete. `evidence` is the word that opened or cleared it."""

    at: datetime
    kind: str
    who: str = ""
    to: str = ""
    text: str = ""
    reason: str = ""
    until: datetime | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """`evidence` is the word that cleared the case, None while it holds."""

    entries: tuple[Entry, ...]
    evidence: Evidence | None = None


def story_of(case: Case, *, now: datetime) -> Story:
    """The story of a case by `now`. Raises NotFound where the case is no more."""
    rows = fetch(_READ, [bytes.fromhex(case.id)])
    if not rows:
        raise NotFound(f"No exception {case.id} is known here.")
    ((detail, payloads),) = rows
    episode, acts = unpack(detail), [_unpack_act(payload) for payload in payloads]
    escalated = (case.escalates_at, case.escalates_to) if case.escalates_at else None
    entries = entries_of(episode, acts, now=now, escalated=escalated)
    last = [span for span in episode.spans if span.opened_at <= now][-1:]
    is_cleared = bool(last) and last[0].cleared_at is not None and last[0].cleared_at <= now
    return Story(entries, last[0].evidence if is_cleared else None)


def entries_of(
    episode: Episode, acts: Sequence[StampedAct], *, now: datetime, escalated: tuple[datetime, str] | None = None
) -> tuple[Entry, ...]:
    """What has happened by `now`, the first first. `escalated`: when and to whom a rule hands the case."""
    found = [*_held(episode.spans), *map(_done, acts), *_come_back(episode.spans, acts)]
    if escalated:
        found.append(Entry(escalated[0], ESCALATED, to=escalated[1]))
    return tuple(sorted((entry for entry in found if entry.at <= now), key=lambda entry: entry.at))


def _held(spans: Sequence[Span]) -> Iterator[Entry]:
    for span in spans:
        yield Entry(span.opened_at, OPENED, evidence=span.opened_by)
        if span.cleared_at is not None:
            yield Entry(span.cleared_at, CLEARED, reason=span.cleared, evidence=span.evidence)


def _done(stamped: StampedAct) -> Entry:
    act = stamped.act
    kind = act.kind.removeprefix("case.")
    return Entry(stamped.at, kind, act.who, act.to, act.text, act.reason, act.until)


def _come_back(spans: Sequence[Span], acts: Sequence[StampedAct]) -> Iterator[Entry]:
    """Each time the grace after a resolution by hand was over, and the condition had held throughout."""
    for place, stamped in enumerate(acts):
        if stamped.act.kind != "case.resolve":
            continue
        until = stamped.at + GRACE
        is_reopened = any(later.act.kind == "case.reopen" and later.at < until for later in acts[place + 1 :])
        held = [span for span in spans if span.opened_at <= stamped.at]
        is_over = not held or (held[-1].cleared_at is not None and held[-1].cleared_at < until)
        if not (is_reopened or is_over):
            yield Entry(until, REGRESSED)
