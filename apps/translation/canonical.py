"""Translates a message of one of our own types (`distsync.<name>.v1`) into its fact, or says why it cannot be used."""

import base64
import binascii
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, Final, cast

import msgspec

from apps.contracts.facts import Fact, Reference, Stamp, StampedFact
from apps.contracts.registry import CONTRACTS
from apps.core.text import flaw, printable, storable
from apps.eventlog.types import StoredMessage
from apps.translation import values
from apps.translation.diagnosis import why_unreadable
from apps.translation.reading import reader_of
from apps.translation.values import Flaw, described


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message is quarantined: `code` groups causes, `reason` tells a person what was expected, what came and
    what to do."""

    code: str
    reason: str


class _Event(msgspec.Struct):
    """What is read of a CloudEvent in structured mode; the rest is in StoredMessage."""

    data: Any = msgspec.UNSET
    data_base64: Any = None
    time: Any = None
    sequence: Any = None
    recordedtime: Any = None
    correlationid: Any = None


def _exactly(text: str) -> Decimal:
    """A JSON number with a point or an exponent, as written."""
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent that no machine can hold
        return Decimal("Infinity")


_LONGEST_INT: Final = 4000  # digits; Python itself refuses to read more of them as an int
# What no JSON is, and many send: NaN, halves of surrogate pairs, endless digits. It matters only where a fact reads it.
_decode_leniently: Final = json.JSONDecoder(
    parse_float=_exactly,
    parse_int=lambda digits: int(digits) if len(digits) <= _LONGEST_INT else Decimal(digits),
    parse_constant=Decimal,
).decode
_decode_event: Final = msgspec.json.Decoder(_Event, float_hook=_exactly).decode
_decode_data: Final = msgspec.json.Decoder(float_hook=_exactly).decode
_READERS: Final = {contract.type: (contract.name, reader_of(contract.fact)) for contract in CONTRACTS.values()}
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


Translation = StampedFact | Refusal


def translate(message: StoredMessage) -> Translation:
    """What the message means, with its stamp. Never raises, whatever the bytes."""
    if message.attributes and (unstored := _unstored(message)):
        return unstored
    known = _READERS.get(message.type)
    if known is None:
        return Refusal("unknown_type", _unknown_type(message.type))
    name, read = known
    try:
        event = _read_event(message)
        fact = _read_fact(event, read)
        return StampedFact(name, _stamp(message, event), fact)
    except Flaw as flaw:
        return Refusal(flaw.code, f"{printable(flaw.path or 'data')}: {flaw.text.removesuffix('.')}.")


def sequence_of(message: StoredMessage) -> str | None:
    """The envelope's `sequence`, as far as it can be read, also of a message whose content cannot. Never raises."""
    try:
        return cast("str | None", _attribute(values.identifier, _read_event(message).sequence, "sequence"))
    except Flaw:
        return None


def _unstored(message: StoredMessage) -> Refusal | None:
    """Why the columns of the log do not hold the message's own attributes as they came, where they do not. In structured
    mode `attributes` names just those, escaped; in binary mode it holds all, as they came."""
    for name in ("id", "source", "type", "subject", "dataschema", "datacontenttype"):
        text = message.attributes.get(name)
        if text is not None and (is_structured(message) or flaw(text)):
            why = "holds the character U+0000 or half of a surrogate pair, which no database text can keep"
            return Refusal("bad_text", f'{name}: {why}; it came as "{printable(storable(text))}". Send it again without.')
    return None


def is_structured(message: StoredMessage) -> bool:
    """Whether the body is the event itself (structured or batched mode), not its data alone (binary mode)."""
    return message.content_type.lower().startswith("application/cloudevents") or not message.attributes


def _read_event(message: StoredMessage) -> _Event:
    if is_structured(message):
        event = _decoded_event(message.body.removeprefix(_BYTE_ORDER_MARK))
        if event.data_base64 is not None:
            event.data = _decoded_base64(event.data_base64)
        return event
    attributes = message.attributes
    return _Event(
        _decoded_data(message.body) if message.body else msgspec.UNSET,
        time=attributes.get("time"),
        sequence=attributes.get("sequence"),
        recordedtime=attributes.get("recordedtime"),
        correlationid=attributes.get("correlationid"),
    )


def _decoded_event(body: bytes) -> _Event:
    try:
        event: _Event = _decode_event(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        read = _decoded_leniently(body, error, "")
        if not isinstance(read, dict):
            raise Flaw("wrong_type", f"expected an object, came {described(read)}", "") from error
        event = _Event(**{name: value for name, value in read.items() if name in _Event.__struct_fields__})
    return event


def _decoded_data(body: bytes) -> Any:
    body = body.removeprefix(_BYTE_ORDER_MARK)
    try:
        return _decode_data(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return _decoded_leniently(body, error, "data")


def _decoded_leniently(body: bytes, strict: Exception, path: str) -> Any:
    """What a strict reader refused with `strict`. Raises Flaw for what is no JSON at all."""
    try:
        return _decode_leniently(body.decode())
    except (ValueError, RecursionError) as error:
        cause = error if isinstance(error, RecursionError) else strict
        raise why_unreadable(body, cause, path) from error


def _decoded_base64(text: Any) -> Any:
    if type(text) is not str:
        raise Flaw("wrong_type", f"expected Base64 text, came {described(text)}", "data_base64")
    try:
        body = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Flaw("unreadable", f"is not Base64: {error}", "data_base64") from error
    return _decoded_data(body)


def _read_fact(event: _Event, read: Any) -> Fact:
    if event.data is msgspec.UNSET or event.data is None:
        raise Flaw("missing_field", "is missing; this type needs a JSON object", "data")
    try:
        fact: Fact = read(event.data)
    except Flaw as flaw:
        raise flaw.at("data") from None
    correlation = _attribute(values.identifier, event.correlationid, "correlationid")
    if correlation is not None:
        reference = Reference("correlation", correlation)
        if reference not in fact.references:
            fact = msgspec.structs.replace(fact, references=(*fact.references, reference))
    return fact


def _attribute(read: Any, value: Any, name: str) -> Any:
    """An extension attribute; CloudEvents lets whole numbers and booleans stand for their text. Blank is as good as
    absent."""
    if value is None or (type(value) is str and not value.strip()):
        return None
    if type(value) is int:
        value = str(value)
    elif type(value) is bool:
        value = "true" if value else "false"
    try:
        return read(value)
    except Flaw as flaw:
        raise flaw.at(name) from None


def _stamp(message: StoredMessage, event: _Event) -> Stamp:
    occurred = message.time or _attribute(values.time, event.time, "time")
    return Stamp(
        message.source,
        message.id,
        occurred or message.heard_at,
        message.heard_at,
        _attribute(values.time, event.recordedtime, "recordedtime"),
        _attribute(values.identifier, event.sequence, "sequence"),
        occurred is None,
        message.position,
    )


def _unknown_type(wire_type: str) -> str:
    close = get_close_matches(wire_type, CONTRACTS, n=1, cutoff=0.8)
    shown = printable(wire_type)
    advice = f"did you mean {close[0]}?" if close else "the contracts page lists the types that are known."
    return f"No contract describes the type {shown}: {advice} Send it under a known type, or add a contract and replay."
