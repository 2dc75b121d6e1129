"""Compact storage of folded states (msgpack), so that a list of orders reads few bytes."""

import msgspec

from apps.orders.state import OrderState

_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(OrderState)


def pack_state(state: OrderState) -> bytes:
    return _encode(state)


def unpack_state(payload: bytes) -> OrderState:
    return _decoder.decode(payload)
