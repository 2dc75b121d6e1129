"""What had been heard of a word by a moment, which copy of it holds, and what is the first evidence of it.

CONTRACT: a document that is sent again is one document, the latest in force, by (recorded time, time, message id); a
milestone carries the earliest-occurring evidence; a claim of more than 24 h after it was heard is not believed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from apps.demo.world.things import Kind, Reach, Telling, Word

_BELIEVED: Final = timedelta(hours=24)
_COUNTS: Final = (Kind.FIRST, Kind.NEW_ID)


@dataclass(frozen=True, slots=True)
class Note:
    """One message that was heard."""

    word: Word
    telling: Telling

    @property
    def is_believed(self) -> bool:
        return self.telling.claimed_at - self.telling.told_at <= _BELIEVED

    @property
    def happened_at(self) -> datetime:
        """As far as one can tell: the claim, or when it was heard."""
        return self.telling.claimed_at if self.is_believed else self.telling.told_at

    @property
    def recency(self) -> tuple[datetime, datetime, str, str]:
        return (self.telling.told_at, self.telling.claimed_at, self.telling.id, self.word.source)

    @property
    def place(self) -> tuple[bool, datetime, datetime, str, str]:
        """The first evidence comes first."""
        telling = self.telling
        return (not self.is_believed, telling.claimed_at, telling.told_at, self.word.source, telling.id)

    @property
    def moment(self) -> dict[str, Any]:
        occurred = self.telling.claimed_at if self.is_believed else None
        return {"occurred_at": occurred, "received_at": self.telling.told_at, "implied": False}


IMPLIED: Final[dict[str, Any]] = {"occurred_at": None, "received_at": None, "implied": True}


def heard(word: Word | None, until: datetime) -> list[Note]:
    """The readable messages of the word that had been heard, copies under the same id left out."""
    if word is None or word.reach is Reach.UNREADABLE:
        return []
    return [Note(word, telling) for telling in word.tellings if telling.kind in _COUNTS and telling.told_at <= until]


def in_force(notes: Iterable[Note]) -> Note | None:
    return max(notes, key=lambda note: note.recency, default=None)


def first(notes: Iterable[Note]) -> Note | None:
    return min(notes, key=lambda note: note.place, default=None)


def moment(note: Note | None) -> dict[str, Any] | None:
    return note.moment if note else None


def earliest(moments: Sequence[tuple[Note | None, bool]]) -> dict[str, Any] | None:
    """The first of several milestones, each a note or (None, True) for an implied one; None where there is none."""
    told = first(note for note, _ in moments if note)
    if told:
        return told.moment
    return dict(IMPLIED) if any(is_implied for _, is_implied in moments) else None
