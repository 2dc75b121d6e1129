"""Which text PostgreSQL and JSON can hold: no U+0000, no half of a surrogate pair."""

import re
from typing import Final

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def flaw(text: str) -> str | None:
    """Why `text` cannot be stored, in words for the person who sent it; None when it can."""
    if "\x00" in text:
        return "holds the character U+0000, which no database text can keep"
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"holds half of a surrogate pair (U+{ord(text[error.start]):04X}), which is no character"
    return None


def storable(text: str) -> str:
    """`text` with each character that `flaw` means written as a JSON escape; any other text as it is."""
    return text if flaw(text) is None else _UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def printable(text: str, limit: int = 200) -> str:
    """`text` for a message to people: at most `limit` characters, what cannot be stored or printed escaped."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in cut)
