"""Facts as compact bytes (msgpack) for storage, and back: numbers, times and texts exactly as they were."""

from functools import cache
from typing import Any

import msgspec

from apps.contracts.facts import FACTS, Fact, Stamp, StampedFact

_encode = msgspec.msgpack.Encoder().encode


@cache
def _fact_decoder(name: str) -> msgspec.msgpack.Decoder[Fact]:
    return msgspec.msgpack.Decoder(FACTS[name])


@cache
def _pair_decoder(name: str) -> msgspec.msgpack.Decoder[tuple[Stamp, Fact]]:
    pair: Any = tuple.__class_getitem__((Stamp, FACTS[name]))
    return msgspec.msgpack.Decoder(pair)


def pack(stamped: StampedFact) -> bytes:
    """The fact without its stamp, for a table that holds the stamp in columns."""
    return _encode(stamped.fact)


def unpack(name: str, packed: bytes) -> Fact:
    """What `pack` packed. Raises KeyError for an unknown name, msgspec.DecodeError for other bytes."""
    return _fact_decoder(name).decode(packed)


def pack_stamped(stamped: StampedFact) -> bytes:
    """The fact with its stamp, for a table that holds both in one column."""
    return _encode((stamped.stamp, stamped.fact))


def unpack_stamped(name: str, packed: bytes) -> StampedFact:
    """What `pack_stamped` packed. Raises as `unpack` does."""
    stamp, fact = _pair_decoder(name).decode(packed)
    return StampedFact(name, stamp, fact)
