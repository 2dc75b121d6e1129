"""Which decimal numbers DistSync carries (18 digits before, 6 after the point) and how they are read and answered."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

DIGITS_BEFORE: Final = 18
DIGITS_AFTER: Final = 6
BOUND: Final = 10**DIGITS_BEFORE  # every number's magnitude is below it
# Zeros that change nothing (leading ones, trailing ones after the point) do not count against the bounds.
DECIMAL_PATTERN: Final = rf"^-?0*[0-9]{{1,{DIGITS_BEFORE}}}(?:\.[0-9]{{1,{DIGITS_AFTER}}}0*)?$"
_LONGEST_TEXT: Final = 100
_plain = re.compile(DECIMAL_PATTERN.removeprefix("^").removesuffix("$")).fullmatch
_ZERO: Final = Decimal(0)


def read_decimal(text: str) -> Decimal | None:
    """The number of a plain decimal text such as `-12.50`, None for anything else: an exponent, an underscore, a sign
    `+`, spaces, other scripts' digits, NaN, or more digits than the bounds. Equal numbers are told by equal digits."""
    return None if len(text) > _LONGEST_TEXT else _read_short(text)


@lru_cache(maxsize=8192)  # prices and quantities come again and again
def _read_short(text: str) -> Decimal | None:
    if _plain(text) is None:
        return None
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return Decimal(text) or _ZERO


def bounded(number: Decimal) -> Decimal | None:
    """`number` in its plainest digits, None when it is not finite or beyond the bounds."""
    if not number:
        return _ZERO
    text = str(number)
    if "E" not in text:
        return read_decimal(text)
    if number.adjusted() >= DIGITS_BEFORE or number.adjusted() < -DIGITS_AFTER:
        return None
    return read_decimal(format(number, "f"))


def as_wire(number: Decimal) -> int | str:
    """`number` as answers give it: a JSON number when whole, else a decimal string."""
    whole = int(number)
    return whole if whole == number else format(number.normalize(), "f")
