"""How the numbers of a source are kept: a shelf stands for SHELF numbers in a row, and its bytes for those of them that were
heard, with the times. Pure.

What a shelf comes to depends on the set of what was heard alone: the earliest two moments of each number, so that shelves merge
in any order. Numbers in a row that were heard at one moment, as those of one request are, cost as much as one.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from apps.exceptions.subjects.sequences import Heard

SHELF: Final = 2_000  # numbers; a block has a whole number of shelves
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[int]).decode
Numbers = dict[int, Heard]


def shelf_of(number: int) -> int:
    """The shelf that the number is on; the first is 0."""
    return number // SHELF


def merge(numbers: Numbers, others: Iterable[Heard]) -> Numbers:
    """`numbers` with `others`: of each number the first moment, and the next."""
    found = dict(numbers)
    for heard in others:
        known = found.get(heard.number)
        found[heard.number] = heard if known is None else _earliest(known, heard)
    return found


def pack(shelf: int, numbers: Numbers) -> bytes:
    """A shelf's numbers as four integers for each run of them: how many are skipped before it, how many follow its first, when
    it was heard (microseconds after the run before), and how much later again (0: never)."""
    packed: list[int] = []
    follows, before = shelf * SHELF, _EPOCH
    last: Heard | None = None
    for number in sorted(numbers):
        heard = numbers[number]
        if last and (number, heard.heard_at, heard.again_at) == (follows, last.heard_at, last.again_at):
            packed[-3] += 1
        else:
            again = 0 if heard.again_at is None else (heard.again_at - heard.heard_at) // _MICROSECOND
            packed += number - follows, 0, (heard.heard_at - before) // _MICROSECOND, again
            before = heard.heard_at
        follows, last = number + 1, heard
    return _encode(packed)


def unpack(shelf: int, payload: bytes) -> list[Heard]:
    """The numbers that `pack` made bytes of, the lowest first."""
    found: list[Heard] = []
    number, heard_at = shelf * SHELF, _EPOCH
    packed = iter(_decode(payload))
    for skipped, further, later, again in zip(packed, packed, packed, packed, strict=True):
        heard_at += later * _MICROSECOND
        again_at = heard_at + again * _MICROSECOND if again else None
        first = number + skipped
        number = first + further + 1
        found += (Heard(each, heard_at, again_at) for each in range(first, number))
    return found


def _earliest(one: Heard, other: Heard) -> Heard:
    first, *later = sorted({one.heard_at, other.heard_at, *filter(None, (one.again_at, other.again_at))})
    return Heard(one.number, first, later[0] if later else None)
