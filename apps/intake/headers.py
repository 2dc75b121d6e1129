"""Reads CloudEvents attributes from HTTP headers (binary mode), as the HTTP binding 1.0.2, section 3.1.3, says."""

import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from apps.core.errors import Unreadable

_PREFIX = "HTTP_CE_"
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def attributes_of(environ: Iterable[tuple[str, object]]) -> dict[str, str]:
    """The attributes of the `ce-` headers of a WSGI environment, in the order of their names, values as they came."""
    return {
        name.removeprefix(_PREFIX).lower().replace("_", "-"): str(value)
        for name, value in sorted(environ, key=lambda header: header[0])
        if name.startswith(_PREFIX)
    }


def decoded(value: str) -> str:
    """A header's value as text: quotes undone, then percent-decoded once. `value` holds one character a byte, as WSGI
    has it. Raises Unreadable for what is not UTF-8."""
    quoted = _QUOTED.fullmatch(value)
    if quoted:
        value = _ESCAPED.sub(r"\1", quoted[1])
    elif value.isascii() and "%" not in value:
        return value
    try:
        return unquote_to_bytes(value.encode("latin-1")).decode()
    except UnicodeError as error:
        raise Unreadable("is not UTF-8 after percent-decoding") from error
