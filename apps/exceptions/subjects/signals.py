"""Conditions that a source tells as good and bad words: a circuit open or closed, a queue over or under its threshold, a
message dead-lettered or delivered. Pure.

The latest word holds (`orders.ordering.latest`; a subject has one source, so that its words stand in one line). A condition
holds at a moment if the latest word that had been heard by then is bad. So each bad word opens it from when it was heard until
the first hearing of a good word that is later, and what a condition's course is does not depend on the order of arrival.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from math import ceil
from typing import Final

from apps.contracts.facts import (
    CircuitChanged,
    MessageDeadLettered,
    MessageDelivered,
    MessageRetried,
    QueueMeasured,
    StampedFact,
)
from apps.exceptions.history import Course, Span
from apps.exceptions.standing import VERIFIED, About, Evidence
from apps.exceptions.subjects.names import CIRCUIT, DELIVERY, QUEUE, Named, subject_of
from apps.exceptions.subjects.thresholds import Thresholds

CODES: Final = {CIRCUIT: "CIRCUIT_OPEN", QUEUE: "QUEUE_BACKLOG", DELIVERY: "DEAD_LETTER"}
_INTEGER: Final = re.compile(r"-?[0-9]{1,40}")
_DIGITS: Final = 40
_TEXT_LIMIT: Final = 200
_WORDS_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class Signal:
    """One word about a subject. `place` sorts the words of a subject, the latest last. `depth` and `age_seconds` (a begun
    second counts) are a queue's; `partner` is whom it is about, where that is told, `text` the words of who reported it."""

    named: Named
    position: int
    place: str
    occurred_at: datetime
    heard_at: datetime
    is_bad: bool
    message: str
    partner: str | None = None
    text: str = ""
    depth: int | None = None
    age_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """Bad words in a row (`subjects.store` finds them): the first heard of them, and the first hearing of a good word that is
    later than they are."""

    opened_by: Evidence
    partner: str | None
    text: str
    cleared_by: Evidence | None = None


def signal_of(stamped: StampedFact, thresholds: Thresholds) -> Signal | None:
    """The word that a fact is; None for a fact that is none, and for one that says neither good nor bad."""
    fact, source = stamped.fact, stamped.stamp.source
    if isinstance(fact, CircuitChanged):
        if fact.state == "half_open":  # a trial: the next word tells
            return None
        return _signal(stamped, Named(CIRCUIT, fact.partner, source), fact.state == "open", fact.partner, fact.reason or "")
    if isinstance(fact, QueueMeasured):
        age = None if fact.oldest_age_seconds is None else ceil(fact.oldest_age_seconds)
        is_bad = thresholds.is_backlog(fact.queue, fact.depth, age)
        return _signal(stamped, Named(QUEUE, fact.queue, source), is_bad, None, queue_words(fact.depth, age), fact.depth, age)
    if isinstance(fact, MessageDeadLettered):
        text = f"{fact.flow}: {fact.error}" if fact.error else fact.flow
        return _signal(stamped, Named(DELIVERY, fact.message, source), True, fact.partner, text)
    if isinstance(fact, MessageDelivered) or (isinstance(fact, MessageRetried) and not fact.error):
        return _signal(stamped, Named(DELIVERY, fact.message, source), False, fact.partner, "")
    return None


def _signal(  # noqa: PLR0913, PLR0917 - a row of the table, by place
    stamped: StampedFact,
    named: Named,
    is_bad: bool,
    partner: str | None,
    text: str,
    depth: int | None = None,
    age_seconds: int | None = None,
) -> Signal:
    stamp = stamped.stamp
    return Signal(
        named,
        stamp.position,
        place_of(stamped),
        stamp.occurred_at,
        stamp.heard_at,
        is_bad,
        stamp.id,
        partner,
        text[:_WORDS_LIMIT],
        depth,
        age_seconds,
    )


def queue_words(depth: int, age_seconds: int | None) -> str:
    """How full a queue is, in words."""
    waiting = f"{depth:,} waiting"
    return waiting if age_seconds is None else f"{waiting}, the oldest for {round(age_seconds / 60):,} min"


def place_of(stamped: StampedFact) -> str:
    """A text that sorts (byte by byte) as `ordering.latest` orders the words of one source: by sequence, then by recorded time,
    else time, then by time, then by id."""
    stamp = stamped.stamp
    recency = (stamp.recorded_at or stamp.occurred_at, stamp.occurred_at)
    times = "\1".join(moment.astimezone(UTC).isoformat(timespec="microseconds") for moment in recency)
    return f"{_sequence(stamp.sequence)}\1{times}\1{_cut(stamp.id)}"


def _sequence(sequence: str | None) -> str:
    """None before numbers before other text, as in `ordering`."""
    if sequence is None:
        return "0"
    if not _INTEGER.fullmatch(sequence):
        return f"2{_cut(sequence)}"
    number = int(sequence)
    return f"11{number:0{_DIGITS}d}" if number >= 0 else f"10{10**_DIGITS + number:0{_DIGITS}d}"


def _cut(text: str) -> str:
    """The text, in as many characters as an index entry holds; longer ones keep apart by a digest."""
    if len(text) <= _TEXT_LIMIT:
        return text
    return text[:_TEXT_LIMIT] + blake2b(text.encode(), digest_size=16).hexdigest()


def course_of_spells(named: Named, spells: Iterable[Spell]) -> Course | None:
    """When the condition held. None where it never did."""
    spans: list[Span] = []
    about = About()
    for spell in sorted(spells, key=lambda each: (_at(each.opened_by), each.opened_by.message, each.text)):
        opened_at, cleared_at = _at(spell.opened_by), _at(spell.cleared_by) if spell.cleared_by else None
        if cleared_at is not None and cleared_at <= opened_at:
            continue  # a good word that is later had been heard already
        span = Span(opened_at, None, spell.opened_by, cleared_at, VERIFIED if cleared_at else "", spell.cleared_by)
        if spans and ((last := spans[-1].cleared_at) is None or last >= opened_at):
            if last is not None and (cleared_at is None or cleared_at > last):
                spans[-1] = Span(spans[-1].opened_at, None, spans[-1].opened_by, cleared_at, span.cleared, span.evidence)
            continue
        spans.append(span)
        about = About(spell.partner, reason=spell.text)
    return Course(CODES[named.kind], subject_of(named), tuple(spans), about) if spans else None


def _at(evidence: Evidence) -> datetime:
    assert evidence.heard_at is not None
    return evidence.heard_at
