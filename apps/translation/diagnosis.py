"""Why bytes are no JSON that we can use, in words for a person. Only for messages that have failed: may be slow."""

import json
import math
from typing import Any

from apps.core.text import flaw, printable
from apps.translation.reading import spelled, walk
from apps.translation.values import Flaw

_SHOWN = 60


def null_in(data: Any) -> str | None:
    """The path of the first text in `data` (a field's name too) that holds U+0000; None when none does."""
    for trail, node in walk(data, (None, "data")):
        step = trail[1]
        if (type(node) is str and "\x00" in node) or (type(step) is str and "\x00" in step):
            return spelled(trail)
    return None


def why_unreadable(body: bytes, error: Exception, path: str) -> Flaw:
    """What is wrong with `body`, which a strict JSON reader refused with `error`. `path` is where the body stands."""
    if isinstance(error, RecursionError):
        return Flaw("unreadable", "is nested too deeply to be read", path)
    try:
        text = body.decode()
    except UnicodeDecodeError as bad:
        return Flaw("bad_text", f"is not UTF-8: the byte 0x{body[bad.start]:02X} at {bad.start} begins no character", path)
    if "out of range" in str(error):
        return Flaw("bad_number", "holds a number of thousands of digits; 18 before and 6 after the point are the most", path)
    begin = printable(text[:_SHOWN], _SHOWN)
    return _flaw_inside(text, path) or Flaw(
        "unreadable", f'expected JSON, came text that begins with "{begin}" ({error})', path
    )


def _flaw_inside(text: str, path: str) -> Flaw | None:
    """The flaw of a text that a laxer reader can read."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for trail, node in walk(content, (None, path)):
        if type(node) is str and (why := flaw(node)) is not None:
            return Flaw("bad_text", f"{why}; send the text without it", spelled(trail))
        if type(node) is float and not math.isfinite(node):
            return Flaw("bad_number", "expected a finite number, came NaN or Infinity (no JSON)", spelled(trail))
    return None if isinstance(content, dict) else Flaw("wrong_type", "expected a JSON object", path)
