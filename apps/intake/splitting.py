"""Cuts a JSON array into the bytes of its items without recursion, so that one bad item leaves the others whole."""

from collections.abc import Iterator
from itertools import islice

from apps.core.errors import Unreadable
from apps.eventlog.content import TOKENS


def split(raw: bytes, at_most: int | None = None) -> list[bytes]:
    """The items of the array `raw`, readable or not; no more than `at_most` are looked for.

    Raises Unreadable for what is no array or ends too early.
    """
    text = raw.strip()
    if not text.startswith(b"["):
        raise Unreadable("The batch is not a JSON array of events.")
    slices, start = [], 1
    for end in islice(_items(text), at_most):
        slices.append(text[start:end].strip())
        start = end + 1
    if len(slices) == 1 and not slices[0]:
        return []
    return slices


def _items(text: bytes) -> Iterator[int]:
    """Where each item of the array ends: the places of the commas between them and of the closing bracket."""
    depth = 0
    for token in TOKENS.finditer(text):
        start, end = token.span()
        first = text[start]
        if first in b"[{":
            depth += end - start
        elif first in b"]}":
            if depth > end - start:
                depth -= end - start
                continue
            close = start + depth - 1
            while text[close : close + 1] == b"}":  # closes nothing: a flaw of the item, not the end of the array
                close += 1
            depth = 1
            if close < end:
                if close != len(text) - 1:
                    raise Unreadable(f"The batch goes on after its end (byte {close + 2}).")
                yield close
                return
        elif first == ord(",") and depth == 1:
            yield start
    raise Unreadable("The batch ends in the middle: its JSON array is not closed.")
