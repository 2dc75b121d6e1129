"""Which numbers of a source that numbers its messages are missing, and since when that was known. Pure.

A source's numbers are looked at in blocks; a block's subject is the source and its first and last number. A number is missing
once a lower and a higher one have been heard, in its own block or the next on that side: a longer jump is a new count. It
counts once it has been missing for the tolerance, if by then the source was seen to count by one (`_counts_by_one`): a source
whose numbers are moments, or skip for reasons of its own, or begin anew with each order, opens nothing.
What holds at a moment depends on what had been heard by then alone, never on the order of arrival.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.exceptions.history import Course, Span
from apps.exceptions.standing import VERIFIED, About, Evidence
from apps.exceptions.subjects.names import SEQUENCE, Named, subject_of

BLOCK: Final = 10_000
LOOKED_AT: Final = 20  # numbers before a gap
SKIPPED_MOST: Final = 2  # of the numbers among these, and as many may be told twice
RANGES_SHOWN: Final = 5
_NUMBER: Final = re.compile(r"[0-9]{1,12}")  # with more digits it is a moment, no count


@dataclass(frozen=True, slots=True)
class Heard:
    """A number, when it was first heard, and when next by another message (at another moment)."""

    number: int
    heard_at: datetime
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers from `first` to `last` that were known to be missing at `due_at`, a tolerance after `known_at`, until they came
    (None: they have not)."""

    first: int
    last: int
    known_at: datetime
    due_at: datetime
    came_at: datetime | None = None


def number_of(sequence: str | None) -> int | None:
    """The number that a message's `sequence` is; None where it is none."""
    return int(sequence) if sequence is not None and _NUMBER.fullmatch(sequence) else None


def block_of(source: str, number: int) -> Named:
    """The block that the number is in."""
    first = number - number % BLOCK
    return Named(SEQUENCE, f"{first}-{first + BLOCK - 1}", source)


def beside(named: Named, steps: int) -> Named:
    """The block so many blocks after this one, before it where `steps` is negative."""
    return block_of(named.issuer, first_of(named) + steps * BLOCK)


def first_of(named: Named) -> int:
    """The first number of a block."""
    return int(named.value.partition("-")[0])


def gap_course(
    named: Named, heard: Iterable[Heard], tolerance: timedelta, partner: str | None, until: datetime
) -> tuple[Course | None, datetime | None]:
    """When numbers of the block were missing, by `until`, and when it is to be looked at again. `heard` are the numbers of the
    block and of its neighbours."""
    rows = sorted((each for each in heard if each.heard_at <= until), key=lambda each: each.number)
    counting = _Counting(rows)
    found, fires_at = [], None
    for place, gap in _gaps(rows, first_of(named), tolerance):
        if gap.due_at > until:
            fires_at = gap.due_at if fires_at is None else min(fires_at, gap.due_at)
        elif counting.by_one(place, gap.due_at):
            found.append(gap)
    if not found:
        return None, fires_at
    spells = _spells(found)
    spans = tuple(_span(spell, named.issuer) for spell in spells)
    missing = [gap for gap in spells[-1] if gap.came_at is None] or spells[-1]
    return Course("SEQUENCE_GAP", subject_of(named), spans, About(partner, reason=words_of(missing))), fires_at


def _gaps(rows: Sequence[Heard], first: int, tolerance: timedelta) -> Iterator[tuple[int, Gap]]:
    """The gaps in the block, each with the place in `rows` before which it is. One that was filled within the tolerance is
    none."""
    lower, higher = _firsts(rows), _firsts(rows[::-1])[::-1]
    for place, row in enumerate(rows):
        if not place:
            continue
        begin, end = max(rows[place - 1].number + 1, first), min(row.number - 1, first + BLOCK - 1)
        if begin <= end:
            known_at = max(lower[place - 1], higher[place])
            yield place, Gap(begin, end, known_at, known_at + tolerance)
        if first <= row.number < first + BLOCK and place + 1 < len(rows):
            known_at = max(lower[place - 1], higher[place + 1])
            if known_at + tolerance < row.heard_at:
                yield place, Gap(row.number, row.number, known_at, known_at + tolerance, row.heard_at)


def _firsts(rows: Sequence[Heard]) -> list[datetime]:
    """When the first was heard of each row and those before it."""
    found: list[datetime] = []
    for row in rows:
        found.append(min(found[-1], row.heard_at) if found else row.heard_at)
    return found


class _Counting:
    """Whether a source was seen to count by one. Asked for places in ascending order."""

    def __init__(self, rows: Sequence[Heard]) -> None:
        self._rows = rows
        self._nearest: dict[datetime, tuple[int, int]] = {}  # by moment: the place asked for last, and the answer

    def by_one(self, place: int, moment: datetime) -> bool:
        """Whether the LOOKED_AT numbers before that place which had been heard by `moment` skip no more than SKIPPED_MOST,
        and no more than so many of them were told by two messages."""
        found: list[Heard] = []
        at = self._nearest_heard(place - 1, moment)
        while at >= 0 and len(found) < LOOKED_AT:
            row = self._rows[at]
            if found and found[0].number - row.number >= LOOKED_AT + SKIPPED_MOST:
                return False
            if row.heard_at <= moment:
                found.append(row)
            at -= 1
        repeated = sum(1 for row in found if row.again_at is not None and row.again_at <= moment)
        return len(found) == LOOKED_AT and repeated <= SKIPPED_MOST

    def _nearest_heard(self, place: int, moment: datetime) -> int:
        """The last place up to this one that had been heard by then; what was passed over once is not looked at again."""
        asked, answer = self._nearest.get(moment, (-1, -1))
        at = place
        while at > asked and self._rows[at].heard_at > moment:
            at -= 1
        at = at if at > asked else answer
        self._nearest[moment] = place, at
        return at


def _spells(gaps: Iterable[Gap]) -> list[list[Gap]]:
    """The gaps by the times in which something was missing without a break, the first first."""
    spells: list[list[Gap]] = []
    end: datetime | None = None
    for gap in sorted(gaps, key=lambda each: (each.due_at, each.first)):
        if spells and (end is None or gap.due_at <= end):
            spells[-1].append(gap)
            end = None if end is None or gap.came_at is None else max(end, gap.came_at)
        else:
            spells.append([gap])
            end = gap.came_at
    return spells


def _span(spell: Sequence[Gap], source: str) -> Span:
    opened_by = Evidence(None, spell[0].known_at, source)
    came = [gap.came_at for gap in spell if gap.came_at is not None]
    if len(came) < len(spell):
        return Span(spell[0].due_at, None, opened_by)
    return Span(spell[0].due_at, None, opened_by, max(came), VERIFIED, Evidence(None, max(came), source))


def words_of(gaps: Iterable[Gap]) -> str:
    """The numbers that the gaps are of, in words: `14, 16 to 18`."""
    ranges: list[tuple[int, int]] = []
    for first, last in sorted((gap.first, gap.last) for gap in gaps):
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1] = ranges[-1][0], max(last, ranges[-1][1])
        else:
            ranges.append((first, last))
    shown = [f"{first}" if first == last else f"{first} to {last}" for first, last in ranges[:RANGES_SHOWN]]
    left = sum(last - first + 1 for first, last in ranges[RANGES_SHOWN:])
    return ", ".join(shown) + (f" and {left:,} more" if left else "")
