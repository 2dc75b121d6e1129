"""Reads what people set (JSON values) into frozen structs, with sentences for what cannot be read."""

import re
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from apps.core.errors import Unreadable
from apps.core.numbers import BOUND, DIGITS_BEFORE
from apps.core.text import printable
from apps.core.time import parse_time

T = TypeVar("T", bound=msgspec.Struct)
_PLACE: Final = re.compile(r" - at `\$\.?([^`]*)`$")
_KINDS: Final = {  # msgspec's words, and ours
    "`str`": "text",
    "`int`": "a whole number",
    "`float`": "a number with a fraction",
    "`decimal`": "a decimal number",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "an object",
    "`null`": "null",
    "got": "came",
}
_KIND: Final = re.compile("|".join(map(re.escape, _KINDS)))


def read_struct(value: object, struct: type[T], what: str) -> T:
    """`value` (what a JSON decoder gives) as `struct`. Raises Unreadable, which names `what`, the place and the fields."""
    try:
        return msgspec.convert(value, struct)
    except msgspec.ValidationError as error:
        said = str(error)
        place = _PLACE.search(said)
        where = f" at `{place[1]}`" if place else ""
        words = _KIND.sub(lambda found: _KINDS[found[0]], _PLACE.sub("", said))
        raise Unreadable(f"{what} cannot be read{where}: {printable(words)}. {fields_of(struct, what)}") from error


def fields_of(struct: type[msgspec.Struct], what: str) -> str:
    """Which fields `struct` has, as a sentence."""
    known = ", ".join(f"`{field.encode_name}`" for field in msgspec.structs.fields(struct))
    return f"{what} is an object of {known}."


def read_time(value: object, what: str) -> datetime | None:
    """A moment in UTC, None where it is open (null). Raises Unreadable."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unreadable(f"{what}: expected a time such as `2026-03-31T17:05:00Z` or null, came {came(value)}.")
    try:
        return parse_time(value)
    except Unreadable as error:
        raise Unreadable(f"{what}: {error.detail}") from error


def came(value: object) -> str:
    """What came instead, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text `{printable(value, 60)}`"
    if isinstance(value, int) and abs(value) >= BOUND:
        return f"a number of more than {DIGITS_BEFORE} digits"
    if isinstance(value, int | float):
        return f"the number {printable(str(value), 60)}"
    return "a list" if isinstance(value, list | tuple) else "an object"
