"""Orders that the customer has placed twice: the later is the duplicate for as long as both are known to be wanted."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from apps.demo.truth.courses import VERIFIED, Over, Question, Standing
from apps.demo.truth.hearing import Note, first
from apps.demo.truth.looking import Look
from apps.demo.truth.seen import Seen

_MOST_APART: Final = timedelta(days=3)


def duplicates_of(seen: Seen, twins: Sequence[Seen]) -> Iterator[Question]:
    """Whether the order is one of `twins`, those with the same wish, once more."""
    before = [twin for twin in twins if _is_after(seen, twin)]
    if before:
        yield Question("DUPLICATE_ORDER", "order", seen.order.number, partial(_twice, before))


def hearings_of(twins: Sequence[Seen]) -> list[datetime]:
    """When the words were heard that decide whether a twin is wanted."""
    return [note.telling.told_at for twin in twins for word in twin.order.words for note in twin.notes(word)]


def _is_after(seen: Seen, twin: Seen) -> bool:
    own, other = _placed(seen), _placed(twin)
    if own is None or other is None or own.happened_at - other.happened_at > _MOST_APART:
        return False
    return (other.happened_at, twin.order.number) < (own.happened_at, seen.order.number)


def _placed(seen: Seen) -> Note | None:
    """The copy of the order that was heard first."""
    return min(seen.notes(seen.order.placed), key=lambda note: (note.telling.told_at, *note.place), default=None)


def _twice(before: Sequence[Seen], look: Look) -> Standing | None:
    if not look.seen.notes(look.order.placed):
        return None
    known = [Look(twin.at(look.at)) for twin in before]
    placed = [twin for twin in known if twin.seen.notes(twin.order.placed)]
    if not placed:
        return None
    if look.ending or all(twin.ending for twin in placed):
        return Standing(None, partial(_ended, [look, *placed]))
    return Standing(None, Over)


def _ended(looks: Sequence[Look]) -> Over:
    words = [word for look in looks if look.ending and (word := _last_word(look))]
    last = max(words, key=lambda word: word.telling.told_at, default=None)
    return Over(VERIFIED, last.happened_at if last and last.is_believed else None)


def _last_word(look: Look) -> Note | None:
    """The word with which nothing of the order was owed any more."""
    return look.whole_cancelled if look.ending == "cancelled" else first(look.seen.notes(look.order.rejected))
