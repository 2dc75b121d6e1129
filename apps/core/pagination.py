"""Keyset pagination: a page is what comes after (or before) a key, never an offset."""

import base64
import binascii
from collections.abc import Callable, Sequence
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


def page_of(found: Sequence[Row], start: Cursor | None, page_size: int, key: Callable[[Row], tuple[str, ...]]) -> Page[Row]:
    """The page that `found` is: up to `page_size` rows plus one that tells of more, read the way `start` says.

    `key` gives a row's sort key, which the neighbours' cursors start from.
    """
    backwards = start is not None and start.backwards
    has_more = len(found) > page_size
    rows = list(found[:page_size])
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (has_more or backwards)
    has_previous = bool(rows) and start is not None and (has_more or not backwards)
    return Page(
        rows,
        next=Cursor(key(rows[-1])).encode() if has_next else None,
        previous=Cursor(key(rows[0]), backwards=True).encode() if has_previous else None,
    )
