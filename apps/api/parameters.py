"""Reads query parameters strictly: an unknown name or value is refused with what is allowed, never ignored."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from apps.api.problems import BadParameter
from apps.core.errors import Unreadable
from apps.core.text import flaw, printable
from apps.core.time import parse_time

DEFAULT_PAGE_SIZE = 50
MAXIMUM_PAGE_SIZE = 500
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


class Query(Protocol):
    """The part of Django's QueryDict that is read here."""

    def keys(self) -> Collection[str]: ...
    def getlist(self, key: str) -> list[str]: ...


class Parameters:
    """The query of one request. Raises BadParameter for a name that is not among `allowed`, and for one given twice."""

    def __init__(self, query: Query, allowed: Collection[str]) -> None:
        self._values: dict[str, str] = {}
        for name in query.keys():  # noqa: SIM118 - a QueryDict is no plain dict
            if name not in allowed:
                known = sorted(allowed)
                sentence = f"There is no parameter `{printable(name)}` here. " + (
                    f"Those that there are: {', '.join(known)}." if known else "This address takes none."
                )
                raise BadParameter(printable(name), sentence, allowed=known)
            values = query.getlist(name)
            if len(values) > 1:
                raise BadParameter(name, f"`{name}` is given {len(values)} times, once is enough.")
            if why := flaw(values[0]):
                raise BadParameter(name, f"`{name}` {why}.")
            self._values[name] = values[0]

    def text(self, name: str) -> str | None:
        """The value as it came, without blanks around it; None when it is absent or empty."""
        return self._values.get(name, "").strip() or None

    def _exact(self, name: str) -> str | None:
        """The value as it came; None when it is absent or empty."""
        return self._values.get(name) or None

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        value = self._exact(name)
        if value is not None and value not in allowed:
            raise _not_allowed(name, value, list(allowed))
        return value

    def truth(self, name: str) -> bool | None:
        value = self._exact(name)
        if value is None:
            return None
        if value not in _TRUTH:
            raise _not_allowed(name, value, list(_TRUTH))
        return _TRUTH[value]

    def time(self, name: str) -> datetime | None:
        """The instant that the value names as RFC 3339 does."""
        value = self._exact(name)
        if value is None:
            return None
        try:
            return parse_time(value)
        except Unreadable as error:
            raise BadParameter(name, f"`{name}`: {error.detail} Write `+` as %2B.") from error

    def page_size(self) -> int:
        value = self._exact("page_size")
        if value is None:
            return DEFAULT_PAGE_SIZE
        digits = value.removesuffix(".0")  # JSON Schema takes 50.0 for a whole number too
        is_number = digits.isascii() and digits.isdecimal() and len(digits) <= 4
        if not is_number or not 1 <= int(digits) <= MAXIMUM_PAGE_SIZE:
            raise BadParameter(
                "page_size", f"`page_size` is a whole number from 1 to {MAXIMUM_PAGE_SIZE}, not `{printable(value, 40)}`."
            )
        return int(digits)

    def changed(self, changes: Mapping[str, str]) -> dict[str, str]:
        """All values with some of them replaced, for the address of another page."""
        return {**self._values, **changes}


def _not_allowed(name: str, value: str, allowed: list[str]) -> BadParameter:
    sentence = f"`{name}` cannot be `{printable(value, 40)}`: use {', '.join(allowed)}."
    return BadParameter(name, sentence, allowed=allowed)
