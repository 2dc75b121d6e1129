"""The published JSON Schema (2020-12) of each contract, made from its fact, and the document that lists all contracts."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import msgspec

from apps.contracts.contract import Contract
from apps.contracts.descriptions import description_of
from apps.contracts.fields import (
    CURRENCY_PATTERN,
    IDENTIFIER_LIMIT,
    IDENTIFIER_PATTERN,
    TEXT_LIMIT,
    TEXT_PATTERN,
    VISIBLE_TEXT_PATTERN,
    Field,
    Kind,
    either_of,
    fields_of,
)
from apps.contracts.registry import CONTRACTS
from apps.core.numbers import BOUND, DECIMAL_PATTERN

Schema = dict[str, Any]
_BOUNDS: Final[Schema] = {"exclusiveMinimum": -BOUND, "exclusiveMaximum": BOUND}
_IDENTIFIER: Final[Schema] = {"minLength": 1, "maxLength": IDENTIFIER_LIMIT, "pattern": IDENTIFIER_PATTERN}
_NUMBER: Final[Schema] = {"type": ["number", "string"], "pattern": DECIMAL_PATTERN, "maxLength": 100, **_BOUNDS}
_SCHEMAS: Final[dict[Kind, Schema]] = {
    Kind.IDENTIFIER: {"type": "string", **_IDENTIFIER},
    Kind.LINE_ID: {"type": ["string", "integer"], **_IDENTIFIER, **_BOUNDS},
    Kind.CODE: {"type": ["string", "integer"], "maxLength": IDENTIFIER_LIMIT, "pattern": TEXT_PATTERN, **_BOUNDS},
    Kind.NAME: {"type": "string", "maxLength": IDENTIFIER_LIMIT, "pattern": TEXT_PATTERN},
    Kind.TEXT: {"type": "string", "maxLength": TEXT_LIMIT, "pattern": TEXT_PATTERN},
    Kind.CURRENCY: {"type": "string", "pattern": CURRENCY_PATTERN},
    Kind.ZONE: {"type": "string", "minLength": 1, "maxLength": IDENTIFIER_LIMIT},
    Kind.DATE: {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]},
    Kind.TIME: {"type": "string", "format": "date-time"},
    Kind.NUMBER: _NUMBER,
    Kind.INTEGER: {"type": "integer", **_BOUNDS},
    Kind.COUNT: {"type": ["integer", "array"], **_BOUNDS},
    Kind.FLAG: {"type": "boolean"},
    Kind.MONEY: {
        **_NUMBER,
        "type": ["number", "string", "object"],
        "required": ["amount", "currency"],
        "properties": {"amount": _NUMBER, "currency": {"type": "string", "pattern": CURRENCY_PATTERN}},
    },
}


def schema_of(contract: Contract) -> Schema:
    """The schema of the `data` of a contract's messages. Shared: do not change what it gives."""
    return _schemas()[contract.type]


@cache
def _schemas() -> dict[str, Schema]:
    return {wire_type: _whole(contract) for wire_type, contract in CONTRACTS.items()}


def _whole(contract: Contract) -> Schema:
    definitions: dict[str, Schema] = {}
    body = _object(contract, contract.fact, "", definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:distsync:contract:{contract.name}:v{contract.version}",
        "title": contract.title,
        "description": contract.description,
        **body,
        "examples": [example["data"] for example in contract.examples],
        "$defs": definitions,
    }


def _object(contract: Contract, struct: type[msgspec.Struct], path: str, definitions: dict[str, Schema]) -> Schema:
    found: Schema = {"type": "object", "properties": {}, "additionalProperties": True}
    for field in fields_of(struct):
        place = f"{path}{field.name}"
        body = _nullable(_value(contract, field, place, definitions), field)
        found["properties"][field.name] = {**body, "description": described(contract, struct, field.name, place)}
    required = [field.name for field in fields_of(struct) if field.is_required]
    if required:
        found["required"] = required
    either = either_of(struct)
    if either:
        found["anyOf"] = [{"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in either]
    return found


def described(contract: Contract, struct: type[msgspec.Struct], name: str, path: str) -> str:
    """What the field at `path` (as in `lines[].sku`) tells in this contract."""
    return contract.descriptions.get(path) or description_of(struct, name)


def _value(contract: Contract, field: Field, path: str, definitions: dict[str, Schema]) -> Schema:
    if field.struct is not None:
        name = field.struct.__name__
        if name not in definitions:
            definitions[name] = _object(contract, field.struct, f"{path}[]." if field.is_list else f"{path}.", definitions)
        item: Schema = {"$ref": f"#/$defs/{name}"}
    elif field.choices:
        item = {"enum": list(field.choices)}
    else:
        item = dict(_SCHEMAS[field.kind])
        if field.is_required and item.get("pattern") == TEXT_PATTERN:
            item["pattern"] = VISIBLE_TEXT_PATTERN
    return {"type": "array", "items": item} if field.is_list else item


def _nullable(schema: Schema, field: Field) -> Schema:
    """An optional field may be null, which is as good as absent."""
    if field.is_required:
        return schema
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    types = schema["type"]
    return {**schema, "type": [*(types if isinstance(types, list) else [types]), "null"]}


def contracts_document() -> list[dict[str, Any]]:
    """All contracts for the API and the console, in the order of the registry. Shared: do not change what it gives.

    Each has name, title, type, version, state, senders, description, owned and mixed (schemes of identifiers that the
    sender has issued, for certain or maybe), fields (name, required, type, description), schema and examples.
    """
    return list(_documents())


@cache
def _documents() -> tuple[dict[str, Any], ...]:
    return tuple(_document(contract) for contract in CONTRACTS.values())


def _document(contract: Contract) -> dict[str, Any]:
    return {
        "name": contract.name,
        "title": contract.title,
        "type": contract.type,
        "version": contract.version,
        "state": "active",
        "senders": list(contract.senders),
        "description": contract.description,
        "owned": sorted(contract.owned),
        "mixed": sorted(contract.mixed),
        "fields": list(_rows(contract, contract.fact, "")),
        "schema": schema_of(contract),
        "examples": list(contract.examples),
    }


def _rows(contract: Contract, struct: type[msgspec.Struct], path: str) -> Iterator[dict[str, Any]]:
    for field in fields_of(struct):
        place = f"{path}{field.name}"
        yield {
            "name": place,
            "required": field.is_required,
            "type": field.type_in_words,
            "description": described(contract, struct, field.name, place),
        }
        if field.struct is not None:
            yield from _rows(contract, field.struct, f"{place}[]." if field.is_list else f"{place}.")
