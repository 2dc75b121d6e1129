"""The bounds of every value that comes from outside, as small functions: a plain value of JSON in, what a fact holds out.

Each raises `Flaw`, which says what was expected, what came and what to do. JSON numbers with a point or an exponent
come as `Decimal` (exactly as written), all others as `int`.
"""

import re
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final
from zoneinfo import available_timezones

from apps.contracts.fields import CURRENCY_PATTERN, IDENTIFIER_LIMIT, IDENTIFIER_PATTERN, TEXT_LIMIT, VISIBLE_TEXT_PATTERN
from apps.core.errors import Unreadable
from apps.core.numbers import BOUND, bounded, read_decimal
from apps.core.text import flaw, printable
from apps.core.time import end_of_claim, parse_time

_is_identifier = re.compile(IDENTIFIER_PATTERN).fullmatch
_is_currency = re.compile(CURRENCY_PATTERN).fullmatch
_is_visible = re.compile(VISIBLE_TEXT_PATTERN).fullmatch
_NUMBER_RULE: Final = 'a number, or a decimal text such as "12.5", of at most 18 digits before and 6 after the point'
_SHOWN: Final = 60


class Flaw(Exception):
    """Why a value cannot be used. `code` groups causes; `path` names the place, from the outside in."""

    def __init__(self, code: str, text: str, path: str = "") -> None:
        super().__init__(text)
        self.code, self.text, self.path = code, text, path

    def at(self, step: str) -> "Flaw":
        """The same flaw seen from one level further out; `step` is a field's name or `[index]`."""
        joint = "" if not self.path or self.path.startswith("[") else "."
        self.path = f"{step}{joint}{self.path}"
        return self


def described(value: Any) -> str:
    """What came, in words: its kind and the beginning of it."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the text "{printable(value, _SHOWN)}"'
    if isinstance(value, int) and abs(value) >= BOUND * BOUND:
        return "a number of more than 36 digits"
    if isinstance(value, int | Decimal):
        return f"the number {printable(str(value), _SHOWN)}"
    return "a list" if isinstance(value, list) else "an object"


def _wrong(expected: str, value: Any, advice: str = "") -> Flaw:
    return Flaw("wrong_type", f"expected {expected}, came {described(value)}{advice}")


def identifier(value: Any) -> str:
    """Text that names something: not blank, no control characters, of at most 512 characters."""
    if type(value) is not str:
        advice = "; identifiers are text (007 and 7 are two): put it in quotes" if type(value) in (int, Decimal) else ""
        raise _wrong("an identifier as text", value, advice)
    if len(value) > IDENTIFIER_LIMIT:
        raise Flaw("too_long", f"expected at most {IDENTIFIER_LIMIT} characters, came {len(value)}")
    if value.isprintable() and value.strip(" "):
        return value
    _storable(value)
    if _is_identifier(value) is None:
        if _is_visible(value) is None:
            raise Flaw("blank", "expected an identifier, came blank text; leave the field out where there is none")
        raise Flaw("bad_text", f"expected printable characters only, came {described(value)}")
    return value


def _is_whole(value: Any) -> bool:
    """Whether it is a JSON number without a fraction, 2.0 included, as JSON Schema has it."""
    kind = type(value)
    return kind is int or (kind is Decimal and value.is_finite() and value == value.to_integral_value())


def line_id(value: Any) -> str:
    """A line's identifier; a whole number stands for its digits."""
    return str(integer(value)) if _is_whole(value) else identifier(value)


def _storable(value: str) -> None:
    why = flaw(value)
    if why is not None:
        raise Flaw("bad_text", f"{why}; send the text without it")


def _text(value: Any, limit: int) -> str | None:
    if type(value) is not str:
        raise _wrong("text", value)
    if len(value) > limit:
        raise Flaw("too_long", f"expected at most {limit} characters, came {len(value)}")
    if value.isprintable() and value.strip(" "):
        return value
    _storable(value)
    return None if _is_visible(value) is None else value


def text(value: Any) -> str | None:
    """Text for people, of at most 4,000 characters; None for blank text, which says nothing."""
    return _text(value, TEXT_LIMIT)


def name(value: Any) -> str | None:
    """Text that lists and filters use (a carrier, a region), of at most 512 characters; None for blank text."""
    return _text(value, IDENTIFIER_LIMIT)


def code(value: Any) -> str | None:
    """As `name`; a whole number stands for its digits."""
    return str(integer(value)) if _is_whole(value) else name(value)


def currency(value: Any) -> str | None:
    """An ISO 4217 code, in capitals; None for blank text."""
    found = name(value)
    if found is not None and _is_currency(found) is None:
        raise Flaw("bad_word", f"expected a currency such as USD, came {described(value)}")
    return found and found.upper()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone(value: Any) -> str | None:
    """The name of an IANA time zone; None for blank text."""
    found = name(value)
    if found is not None and found not in _zones():
        raise Flaw("bad_word", f"expected an IANA time zone such as America/Sao_Paulo, came {described(value)}")
    return found


def number(value: Any) -> Decimal:
    """A finite number within the bounds; equal numbers come out with equal digits."""
    kind = type(value)
    if kind is int:
        if -BOUND < value < BOUND:
            return Decimal(value)
    elif kind is Decimal:
        found = bounded(value)
        if found is not None:
            return found
    elif kind is str:
        found = read_decimal(value)
        if found is not None:
            return found
    else:
        raise _wrong(_NUMBER_RULE, value)
    raise Flaw("bad_number", f"expected {_NUMBER_RULE}, came {described(value)}")


def integer(value: Any) -> int:
    """A whole number within the bounds, written as a JSON number (2.0 is whole)."""
    kind = type(value)
    if kind is Decimal:
        found = bounded(value)
        if found is not None and found == int(found):
            return int(found)
        raise Flaw("bad_number", f"expected a whole number of at most 18 digits, came {described(value)}")
    if kind is not int:
        raise _wrong("a whole number, not in quotes", value)
    if -BOUND < value < BOUND:
        return int(value)
    raise Flaw("bad_number", f"expected a whole number of at most 18 digits, came {described(value)}")


def flag(value: Any) -> bool:
    if type(value) is not bool:
        raise _wrong("true or false, not in quotes", value)
    return value


def time(value: Any) -> datetime:
    """An RFC 3339 time, in UTC."""
    if type(value) is not str:
        raise _wrong("an RFC 3339 time as text", value)
    try:
        return parse_time(value)
    except Unreadable as error:
        raise Flaw("bad_time", error.detail) from error


def date_claim(value: Any) -> str:
    """A bare date or an RFC 3339 time, kept as claimed."""
    if type(value) is not str:
        raise _wrong("a date or an RFC 3339 time as text", value)
    why = _why_no_date(value)
    if why is not None:
        raise Flaw("bad_time", why)
    return value


@lru_cache(maxsize=4096)  # the orders of a day promise few different dates
def _why_no_date(claim: str) -> str | None:
    try:
        end_of_claim(claim, "UTC")
    except Unreadable as error:
        advice = " Leave the field out where there is no date." if claim.startswith(("9999-12-31", "0000-")) else ""
        return error.detail + advice
    return None
