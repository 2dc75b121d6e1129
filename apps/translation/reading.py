"""Reads JSON objects into facts: one reader per struct, made once from `contracts.fields`, with the bounds of `values`.

Every flaw carries the path of its place. Fields that no fact knows are kept in the raw message and ignored here,
whatever they hold.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import msgspec

from apps.contracts.facts import Money
from apps.contracts.fields import Field, Kind, either_of, fields_of
from apps.translation import values
from apps.translation.values import Flaw, described

Reader = Callable[[Any], Any]

_READERS: Final[Mapping[Kind, Reader]] = {
    Kind.IDENTIFIER: values.identifier,
    Kind.LINE_ID: values.line_id,
    Kind.CODE: values.code,
    Kind.NAME: values.name,
    Kind.TEXT: values.text,
    Kind.CURRENCY: values.currency,
    Kind.ZONE: values.zone,
    Kind.DATE: values.date_claim,
    Kind.TIME: values.time,
    Kind.NUMBER: values.number,
    Kind.INTEGER: values.integer,
    Kind.FLAG: values.flag,
}


@cache
def reader_of(struct: type[msgspec.Struct]) -> Reader:
    """The function that reads a JSON object into `struct`. It raises Flaw."""
    fields = {field.name: (field.attribute, _reader(field)) for field in fields_of(struct)}
    required = tuple((field.name, field.attribute) for field in fields_of(struct) if field.is_required)
    either = either_of(struct)

    def read(data: Any) -> Any:
        if type(data) is not dict:
            advice = "; send the JSON itself, not JSON as text" if type(data) is str else ""
            raise Flaw("wrong_type", f"expected an object, came {described(data)}{advice}")
        found = _read_fields(fields, data)
        for name, attribute in required:
            if found.get(attribute) is None:
                raise _missing(name, data.get(name))
        if either and not any(name in found for name in either):
            raise Flaw("missing_field", f"needs `{'` or `'.join(either)}`, neither of which is there")
        return struct(**found)

    return read


def _read_fields(fields: Mapping[str, tuple[str, Reader]], data: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in data.items():
        if name in fields and value is not None:
            attribute, read = fields[name]
            try:
                found[attribute] = read(value)
            except Flaw as flaw:
                raise flaw.at(name) from None
    return found


def _missing(name: str, value: Any) -> Flaw:
    if value is None:
        return Flaw("missing_field", "is missing; it is required", name)
    return Flaw("blank", "is blank; it is required", name)


def _reader(field: Field) -> Reader:
    read = _item_reader(field)
    return _list_reader(read) if field.is_list else read


def _item_reader(field: Field) -> Reader:
    if field.struct is not None:
        return reader_of(field.struct)
    if field.kind is Kind.MONEY:
        read_money = reader_of(Money)
        return lambda value: read_money(value) if type(value) is dict else values.number(value)
    if field.kind is Kind.CHOICE:
        return _choice_reader(field.choices)
    if field.kind is Kind.COUNT:
        return _read_count
    return _READERS[field.kind]


def _read_count(value: Any) -> int:
    """A whole number, or the length of a list (of packages, of which no fact knows more than how many)."""
    return len(value) if type(value) is list else values.integer(value)


def _list_reader(read: Reader) -> Reader:
    def read_list(value: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise Flaw("wrong_type", f"expected a list, came {described(value)}; put a single one in brackets")
        try:
            return tuple([read(item) for item in value])
        except Flaw:
            _raise_with_index(read, value)
            raise

    return read_list


def _raise_with_index(read: Reader, items: list[Any]) -> None:
    for index, item in enumerate(items):
        try:
            read(item)
        except Flaw as flaw:
            raise flaw.at(f"[{index}]") from None


def _choice_reader(choices: tuple[str, ...]) -> Reader:
    expected = ", ".join(choices)

    def read_choice(value: Any) -> str:
        if type(value) is not str:
            raise Flaw("wrong_type", f"expected one of {expected}, came {described(value)}")
        if value not in choices:
            raise Flaw("bad_word", f"expected one of {expected}, came {described(value)}")
        return value

    return read_choice
