"""Compact storage of stamped facts and folded states (msgpack), so that a refold reads few bytes."""

from functools import cache

import msgspec

from apps.contracts.facts import FACTS, Fact, Stamp, StampedFact
from apps.orders.state import OrderState

_encode = msgspec.msgpack.Encoder().encode
_state = msgspec.msgpack.Decoder(OrderState)


@cache
def _decoder(name: str) -> msgspec.msgpack.Decoder[tuple[Stamp, Fact]]:
    return msgspec.msgpack.Decoder(tuple[Stamp, FACTS[name]])  # type: ignore[misc]


def pack_fact(stamped: StampedFact) -> bytes:
    return _encode((stamped.stamp, stamped.fact))


def unpack_fact(name: str, payload: bytes) -> StampedFact:
    stamp, fact = _decoder(name).decode(payload)
    return StampedFact(name, stamp, fact)


def pack_state(state: OrderState) -> bytes:
    return _encode(state)


def unpack_state(payload: bytes) -> OrderState:
    return _state.decode(payload)
