"""Which fact is the later word and which the first evidence. Arrival and place in the log never decide anything."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from apps.contracts.facts import StampedFact
from apps.orders.state import Moment

BELIEVED_AHEAD: Final = timedelta(hours=24)
_INTEGER: Final = re.compile(r"-?[0-9]{1,40}")

Recency = tuple[datetime, datetime, str]
SequencePlace = tuple[int, int, int, str]


def latest(facts: Sequence[StampedFact]) -> StampedFact:
    """The latest word among `facts` (at least one).

    A sequence orders one source only, so comparing pair by pair could run in a circle. Therefore each source first
    names its own latest (by sequence, then recorded time, else time, then id), and among these the times decide.
    """
    if len(facts) == 1:
        return facts[0]
    champions: dict[str, StampedFact] = {}
    for stamped in facts:
        source = stamped.stamp.source
        champion = champions.get(source)
        if champion is None or _within_source(stamped) > _within_source(champion):
            champions[source] = stamped
    if len(champions) == 1:
        return next(iter(champions.values()))
    return max(champions.values(), key=lambda stamped: (*_recency(stamped), stamped.stamp.source))


def is_later(stamped: StampedFact, other: StampedFact) -> bool:
    """True when `stamped` is the later word of the two."""
    return latest((stamped, other)) is stamped


def _within_source(stamped: StampedFact) -> tuple[SequencePlace, Recency]:
    return _sequence_place(stamped.stamp.sequence), _recency(stamped)


def _sequence_place(sequence: str | None) -> SequencePlace:
    """None before numbers before other text: a source that numbers its messages is believed by its numbers."""
    if sequence is None:
        return (0, 0, 0, "")
    if _INTEGER.fullmatch(sequence):
        return (1, 0, int(sequence), "")
    return (1, 1, 0, sequence)


def _recency(stamped: StampedFact) -> Recency:
    stamp = stamped.stamp
    return (stamp.recorded_at or stamp.occurred_at, stamp.occurred_at, stamp.id)


def in_order_of_evidence(facts: Iterable[StampedFact]) -> list[StampedFact]:
    """The facts without repetitions, the earliest-occurring first; claims that are not believed come last."""
    unique: dict[tuple[str, str], StampedFact] = {}
    for stamped in facts:
        stamp = stamped.stamp
        known = unique.setdefault((stamp.source, stamp.id), stamped)
        if known is not stamped:
            unique[stamp.source, stamp.id] = min(known, stamped, key=_first_heard)
    return sorted(unique.values(), key=evidence_place)


def _first_heard(stamped: StampedFact) -> tuple[datetime, bytes]:
    """The log keeps one content per message; were it ever to hand over two, the one heard first stays in force."""
    return stamped.stamp.heard_at, msgspec.json.encode(stamped)


def evidence_place(stamped: StampedFact) -> tuple[bool, datetime, datetime, str, str]:
    """The sort key by which the first evidence comes first."""
    stamp = stamped.stamp
    return (not is_believed(stamped), stamp.occurred_at, stamp.heard_at, stamp.source, stamp.id)


def is_believed(stamped: StampedFact) -> bool:
    """False for a claim more than 24 h later than it was heard."""
    return stamped.stamp.occurred_at - stamped.stamp.heard_at <= BELIEVED_AHEAD


def moment_of(stamped: StampedFact) -> Moment:
    """The two times of one fact, as a milestone shows them."""
    stamp = stamped.stamp
    return Moment(
        occurred_at=stamp.occurred_at if is_believed(stamped) else None,
        received_at=stamp.heard_at,
        claimed_at=stamp.occurred_at,
        source=stamp.source,
        message=stamp.id,
        position=stamp.position,
    )


def first_moment(facts: Sequence[StampedFact]) -> Moment | None:
    """The moment of the first evidence among `facts`, None without any."""
    if not facts:
        return None
    return moment_of(facts[0] if len(facts) == 1 else min(facts, key=evidence_place))


def happened_at(moment: Moment) -> datetime | None:
    """When it happened as far as we can tell: the claim, or for a claim that is not believed when it was heard."""
    return moment.occurred_at or moment.received_at
