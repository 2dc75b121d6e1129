"""What each field of a fact is: its name on the wire, its kind, whether it must be there. Read from the structs, once.

The kinds are the one source for the published schemas, the documentation and the translation's checks.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from apps.contracts import facts

IDENTIFIER_LIMIT: Final = 512  # characters; what is looked up by an index has to fit into one
TEXT_LIMIT: Final = 4000
_VISIBLE: Final = r"[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_IN_ONE_LINE: Final = r"[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*"
IDENTIFIER_PATTERN: Final = f"^{_IN_ONE_LINE}{_VISIBLE}{_IN_ONE_LINE}$"  # no control characters, and not blank
TEXT_PATTERN: Final = r"^[^\u0000]*$"
VISIBLE_TEXT_PATTERN: Final = rf"^[^\u0000]*{_VISIBLE}[^\u0000]*$"
CURRENCY_PATTERN: Final = "^[A-Za-z]{3}$"


class Kind(StrEnum):
    """The kinds, as words for a reader of the documentation."""

    IDENTIFIER = "identifier (text)"
    LINE_ID = "identifier (text or whole number)"
    CODE = "short text or whole number"
    NAME = "short text"
    TEXT = "text"
    CURRENCY = "ISO 4217 currency"
    ZONE = "IANA time zone"
    DATE = "date or time"
    TIME = "time"
    NUMBER = "number or decimal string"
    MONEY = "amount, or amount with currency"
    INTEGER = "whole number"
    COUNT = "whole number, or a list that is counted"
    FLAG = "true or false"
    CHOICE = "one of"
    STRUCT = "object"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `struct` is what an object (or each item of a list of objects) is, `choices` the words allowed."""

    name: str
    attribute: str
    kind: Kind
    is_required: bool
    is_list: bool = False
    struct: type[msgspec.Struct] | None = None
    choices: tuple[str, ...] = ()

    @property
    def type_in_words(self) -> str:
        word = self.kind.value
        if self.struct is not None:
            word = "objects" if self.is_list else "object"
        if self.choices:
            word = f"{word} {', '.join(self.choices)}"
        return f"list of {word}" if self.is_list else word


_BY_NAME: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(
        ("order", "leg", "shipment", "shipments", "tracking", "posting", "invoice", "return", "hold"), Kind.IDENTIFIER
    ),
    **dict.fromkeys(("site", "from_site", "to_site", "partner", "sku", "transfer", "queue", "flow", "id"), Kind.IDENTIFIER),
    **dict.fromkeys(("scheme", "value", "issuer"), Kind.IDENTIFIER),
    **dict.fromkeys(("requested_date", "promised_date", "expected_date", "ship_by"), Kind.DATE),
    **dict.fromkeys(("description", "reason", "error"), Kind.TEXT),
    **dict.fromkeys(("code", "priority"), Kind.CODE),
    "line": Kind.LINE_ID,
    "currency": Kind.CURRENCY,
    "zone": Kind.ZONE,
}
_BY_STRUCT: Final[Mapping[tuple[type[msgspec.Struct], str], Kind]] = {
    (facts.PostingFailed, "message"): Kind.TEXT,
    (facts.MessageEvent, "message"): Kind.IDENTIFIER,
}
# At least one of these has to be there, though none alone is required.
_EITHER: Final[Mapping[type[msgspec.Struct], tuple[str, ...]]] = {
    facts.Line: ("line", "sku"),
    facts.CancelLine: ("line", "sku"),
    facts.InvoiceLine: ("line", "sku"),
    facts.ShipmentEvent: ("shipment", "tracking"),
}


def either_of(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of which `struct` needs at least one; empty when it has no such rule."""
    return next((names for base, names in _EITHER.items() if issubclass(struct, base)), ())


@cache
def fields_of(struct: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The fields of `struct`: its own in their order, what every event may carry last."""
    hints = get_type_hints(struct)
    found = [_field(struct, each, hints[each.name]) for each in msgspec.structs.fields(struct)]
    own = [each for each in found if each.name != "references"]
    return (*own, *(each for each in found if each.name == "references"))


def _field(struct: type[msgspec.Struct], info: msgspec.structs.FieldInfo, hint: Any) -> Field:
    name, attribute, required = info.encode_name, info.name, info.required
    hint, is_list = _bare(hint)
    if hint == (Decimal, facts.Money):
        return Field(name, attribute, Kind.MONEY, required, is_list)
    if get_origin(hint) is Literal:
        return Field(name, attribute, Kind.CHOICE, required, is_list, choices=get_args(hint))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return Field(name, attribute, Kind.STRUCT, required, is_list, struct=hint)
    return Field(name, attribute, _kind(struct, name, hint), required, is_list)


def _bare(hint: Any) -> tuple[Any, bool]:
    """The hint without `None` and without the tuple around it; whether there was a tuple."""
    is_list = False
    if get_origin(hint) in (Union, types.UnionType):
        parts = tuple(part for part in get_args(hint) if part is not types.NoneType)
        if len(parts) > 1:
            return parts, False
        hint = parts[0]
    if get_origin(hint) is tuple:
        hint, is_list = get_args(hint)[0], True
    return hint, is_list


def _kind(struct: type[msgspec.Struct], name: str, hint: Any) -> Kind:
    if hint is int:
        return Kind.COUNT if name == "packages" else Kind.INTEGER
    by_type = {Decimal: Kind.NUMBER, bool: Kind.FLAG, datetime: Kind.TIME}
    if hint in by_type:
        return by_type[hint]
    special = next((kind for (base, field), kind in _BY_STRUCT.items() if field == name and issubclass(struct, base)), None)
    return special or _BY_NAME.get(name, Kind.NAME)
