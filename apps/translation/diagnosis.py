"""Why bytes are no JSON that we can use, in words for a person. Only for messages that have failed: may be slow."""

from apps.core.text import printable
from apps.translation.values import Flaw

_SHOWN = 60


def why_unreadable(body: bytes, error: Exception, path: str) -> Flaw:
    """What is wrong with `body`, which no JSON reader could read (`error`). `path` is where the body stands."""
    if isinstance(error, RecursionError):
        return Flaw("unreadable", "is nested too deeply to be read", path)
    try:
        text = body.decode()
    except UnicodeDecodeError as bad:
        return Flaw("bad_text", f"is not UTF-8: the byte 0x{body[bad.start]:02X} at {bad.start} begins no character", path)
    begin = printable(text[:_SHOWN], _SHOWN)
    return Flaw("unreadable", f'expected JSON, came text that begins with "{begin}" ({error})', path)
