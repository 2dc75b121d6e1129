"""The last line before a log line is written: what looks like a secret, or is one of ours, does not pass.

Nothing is meant to log a secret in the first place. This is for what nobody thought of: a library's error text, a URL.
"""

import re
from collections.abc import Iterable, MutableMapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

HIDDEN: Final = "[hidden]"
_SHORTEST: Final = 8  # characters: a shorter value would hide half of the words
_NAMES: Final = (  # of fields that are secret
    r"authorization|proxy[-_]authorization|cookie|set[-_]cookie|x[-_]csrftoken|csrfmiddlewaretoken|csrf[-_]?token|"
    r"(?:[a-z0-9]{1,40}[-_]){0,5}(?:password\d?|passwd|secret|secret[-_]key|token|api[-_]?key|private[-_]key|recovery[-_]codes?)|sessionid|"
    r"(?:__host-)?distsync-(?:session|csrf)"
)
_KEY = re.compile(rf"^(?:{_NAMES})$", re.IGNORECASE)
_SHAPES: Final = (
    (re.compile(r"\bdsu?_[A-Za-z0-9_-]{20,}"), HIDDEN),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=]{20,}"), HIDDEN),
    (re.compile(r"\b(bearer|basic|digest)\s+(?!\[hidden\])[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"]{0,200}):[^\s/@'\"]{1,500}@", re.IGNORECASE), rf"\1:{HIDDEN}@"),
    (
        re.compile(
            rf"((?<![\w-])(?:{_NAMES})\\?[\"']?\s{{0,3}}[=:]\s{{0,3}}\\?[\"']?)(?!\[hidden\]|(?:bearer|basic|digest)\s)[^\s\"'&,;}}\\]{{3,}}",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
)


def secrets_of(*texts: str) -> tuple[str, ...]:
    """The values to hide wherever they turn up: each text itself, or the password in it where it is an address."""
    found: set[str] = set()
    for text in texts:
        password = urlsplit(text).password if "://" in text else text
        if password:
            found |= {password, unquote(password)}
    return tuple(sorted((value for value in found if len(value) >= _SHORTEST), key=len, reverse=True))


class Redaction:
    """Hides by the name of a field, by the shape of a text, and by the values that this deployment keeps secret."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values = tuple(values)

    def text(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, HIDDEN)
        for shape, instead in _SHAPES:
            text = shape.sub(instead, text)
        return text

    def fields(self, _logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A structlog processor: fields whose name says that they are secret."""
        return {key: self._field(key, value) for key, value in event.items()}

    def line(self, _logger: Any, _name: str, line: Any) -> Any:
        """A structlog processor behind the renderer: the whole line, its traceback with it."""
        return self.text(line) if isinstance(line, str) else line

    def _field(self, key: str, value: Any) -> Any:
        if _KEY.match(key) and value not in (None, ""):
            return HIDDEN
        if isinstance(value, dict):
            return {inner: self._field(str(inner), each) for inner, each in value.items()}
        return value
