"""What was known after each hearing of an order, kept so that a new hearing costs one look and not one for each before it.

A step is a function of the facts that had been heard by then (and of the conflicts, and the rules): its mark is a digest of
these. A step whose mark is still the same is taken as kept, whatever came in between; from the first that differs on all are
worked out anew. So this is a memory and never a truth: it may be lost or emptied at any moment.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec

from apps.contracts.facts import StampedFact
from apps.exceptions.standing import Key, Standing
from apps.orders.state import OrderState

Known = tuple[datetime, dict[Key, Standing]]  # what was known from a moment on
Elsewhere = Collection[tuple[datetime, str]]  # what `heard_elsewhere` answers


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One hearing: how the standings differ from those of the step before, and the mark of all that was known."""

    moment: datetime
    mark: bytes
    changed: tuple[Standing, ...] = ()
    gone: tuple[Key, ...] = ()


pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder(tuple[Step, ...]).decode


def heard_elsewhere(state: OrderState) -> Elsewhere:
    """When facts of other orders have changed this one, and what they said of it: conflicts, and what it is a duplicate of."""
    found = [(each.heard_at, repr(each)) for each in state.conflicts if each.heard_at is not None]
    for each in state.duplicates:
        found.append((each.since, f"{each.order}\0{each.issuer}"))
        if each.until is not None:
            found.append((each.until, repr(each)))
    return sorted(found)


def marks_of(facts: Iterable[StampedFact], elsewhere: Elsewhere, moments: Sequence[datetime], rules: bytes) -> list[bytes]:
    """The mark of what was known at each of `moments` (ascending). `rules` stands for the rules in force."""
    pending = sorted(facts, key=_place)
    others = sorted(elsewhere)
    digest, found, place, other = blake2b(rules, digest_size=8), [], 0, 0
    for moment in moments:
        while place < len(pending) and pending[place].stamp.heard_at <= moment:
            stamp = pending[place].stamp
            digest.update(f"{stamp.source}\0{stamp.id}\0{stamp.position}\1".encode())
            place += 1
        while other < len(others) and others[other][0] <= moment:
            digest.update(others[other][1].encode())
            other += 1
        found.append(digest.copy().digest())
    return found


def _place(stamped: StampedFact) -> tuple[datetime, str, str]:
    stamp = stamped.stamp
    return stamp.heard_at, stamp.source, stamp.id


def kept_still(kept: Sequence[Step], moments: Sequence[datetime], marks: Sequence[bytes]) -> Iterator[Known]:
    """What the kept steps say, up to the first that is another now."""
    known: dict[Key, Standing] = {}
    for step, moment, mark in zip(kept, moments, marks, strict=False):
        if (step.moment, step.mark) != (moment, mark):
            return
        known = {key: standing for key, standing in known.items() if key not in step.gone}
        known |= {standing.key: standing for standing in step.changed}
        yield moment, known


def steps_of(known: Sequence[Known], marks: Sequence[bytes]) -> tuple[Step, ...]:
    """The steps to be kept for what was known."""
    found = []
    before: Mapping[Key, Standing] = {}
    for (moment, standings), mark in zip(known, marks, strict=True):
        changed = tuple(standing for key, standing in standings.items() if before.get(key) != standing)
        gone = tuple(key for key in before if key not in standings)
        found.append(Step(moment, mark, changed, gone))
        before = standings
    return tuple(found)
