"""Whom a comment calls: names behind an @. Pure."""

import re
from typing import Final

MENTION: Final = re.compile(r"(?<![\w@])(@[\w.+-]*\w)")


def called_in(text: str) -> list[str]:
    """The names that the text calls, each once, in their order."""
    return list(dict.fromkeys(name[1:] for name in MENTION.findall(text)))
