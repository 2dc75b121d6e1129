"""Keyset pagination: a page is what comes after (or before) a key, never an offset."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from apps.core.errors import Unreadable

Row = TypeVar("Row")

FOREIGN = "`cursor` is not one of ours: take it from `next` or `previous` of an answer."


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page starts: `values` are the sort key of the row beside it; `backwards` reads towards the start."""

    values: tuple[str, ...]
    backwards: bool = False

    def time_and_key(self) -> tuple[datetime, bytes]:
        """The values of a list that is sorted by a time and then a binary key. Raises Unreadable where they are not that."""
        try:
            time, key = self.values
            return datetime.fromisoformat(time), bytes.fromhex(key)
        except ValueError as error:
            raise Unreadable(FOREIGN) from error

    def encode(self) -> str:
        """An opaque, URL-safe token of this cursor."""
        return base64.urlsafe_b64encode(msgspec.json.encode([self.backwards, *self.values])).decode().rstrip("=")

    @classmethod
    def decode(cls, token: str) -> "Cursor":
        """The cursor of a token. Raises Unreadable for anything that `encode` did not make."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            backwards, *values = msgspec.json.decode(raw, type=list[bool | str])
        except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
            raise Unreadable(FOREIGN) from error
        if not isinstance(backwards, bool) or not all(isinstance(value, str) for value in values):
            raise Unreadable(FOREIGN)
        return cls(tuple(str(value) for value in values), backwards)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of rows and the tokens of its neighbours (None at an end)."""

    rows: Sequence[Row]
    next: str | None = None
    previous: str | None = None
