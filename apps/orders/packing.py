"""Compact storage of folded states (msgpack), so that a list of orders reads few bytes."""

from typing import Any, Final

import msgspec
from msgspec import inspect

from apps.orders.state import OrderState

_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(OrderState)
_MAP: Final = (0xDE, 0xDF, *range(0x80, 0x90))  # how a map begins in msgpack
_STATE: Final = inspect.type_info(OrderState)


def pack_state(state: OrderState) -> bytes:
    return _encode(state)


def unpack_state(payload: bytes) -> OrderState:
    """The state. Reads also what was written with the fields' names, as all was until the states were stored by place:
    such a row is written anew when its order next changes."""
    if payload[0] in _MAP:
        return msgspec.convert(_by_place(msgspec.msgpack.decode(payload), _STATE), OrderState)
    return _decoder.decode(payload)


def _by_place(value: Any, kind: inspect.Type) -> Any:
    """`value` with a list by place for each map by name that stands for a struct stored so."""
    match kind, value:
        case inspect.UnionType(types=types), _ if value is not None:
            return _by_place(value, next(each for each in types if not isinstance(each, inspect.NoneType)))
        case inspect.StructType(array_like=True, fields=fields), dict():
            return [
                _by_place(value[each.encode_name], each.type) if each.encode_name in value else _default(each)
                for each in fields
            ]
        case inspect.VarTupleType(item_type=item), list():
            return [_by_place(each, item) for each in value]
        case inspect.DictType(value_type=item), dict():
            return {key: _by_place(each, item) for key, each in value.items()}
    return value


def _default(field: inspect.Field) -> Any:
    if field.required:
        return None
    return msgspec.to_builtins(field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory())
