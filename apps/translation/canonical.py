"""Translates a message of one of our own types (`distsync.<name>.v1`) into its fact, or says why it cannot be used."""

import base64
import binascii
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from apps.contracts.facts import Fact, Reference, Stamp, StampedFact
from apps.contracts.registry import CONTRACTS
from apps.core.text import printable
from apps.eventlog.types import StoredMessage
from apps.translation import values
from apps.translation.diagnosis import null_in, why_unreadable
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
    sequence: Any = None
    recordedtime: Any = None
    correlationid: Any = None


def _exactly(text: str) -> Decimal:
    """A JSON number with a point or an exponent, as written."""
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent that no machine can hold
        return Decimal("Infinity")


_decode_event: Final = msgspec.json.Decoder(_Event, float_hook=_exactly).decode
_decode_data: Final = msgspec.json.Decoder(float_hook=_exactly).decode
_READERS: Final = {contract.type: (contract.name, reader_of(contract.fact)) for contract in CONTRACTS.values()}
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def translate(message: StoredMessage) -> StampedFact | Refusal:
    """What the message means, with its stamp. Never raises, whatever the bytes."""
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


def is_structured(message: StoredMessage) -> bool:
    """Whether the body is the event itself (structured or batched mode), not its data alone (binary mode)."""
    return message.content_type.lower().startswith("application/cloudevents") or not message.attributes


def _read_event(message: StoredMessage) -> _Event:
    if is_structured(message):
        event: _Event = _decoded(_decode_event, message.body.removeprefix(_BYTE_ORDER_MARK), "")
        if event.data_base64 is not None:
            event.data = _decoded_base64(event.data_base64)
        elif event.data is not msgspec.UNSET and b"\\u0000" in message.body:
            _refuse_null(event.data)
        return event
    attributes = message.attributes
    return _Event(
        _decoded_data(message.body) if message.body else msgspec.UNSET,
        None,
        attributes.get("sequence"),
        attributes.get("recordedtime"),
        attributes.get("correlationid"),
    )


def _decoded(decode: Any, body: bytes, path: str) -> Any:
    try:
        return decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise why_unreadable(body, error, path) from error


def _decoded_data(body: bytes) -> Any:
    data = _decoded(_decode_data, body.removeprefix(_BYTE_ORDER_MARK), "data")
    if b"\\u0000" in body:
        _refuse_null(data)
    return data


def _decoded_base64(text: Any) -> Any:
    if type(text) is not str:
        raise Flaw("wrong_type", f"expected Base64 text, came {described(text)}", "data_base64")
    try:
        body = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Flaw("unreadable", f"is not Base64: {error}", "data_base64") from error
    return _decoded_data(body)


def _refuse_null(data: Any) -> None:
    path = null_in(data)
    if path is not None:
        raise Flaw("bad_text", "holds the character U+0000, which no database text can keep; send the text without it", path)


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
    return Stamp(
        message.source,
        message.id,
        message.heard_at if message.time is None else message.time,
        message.heard_at,
        _attribute(values.time, event.recordedtime, "recordedtime"),
        _attribute(values.identifier, event.sequence, "sequence"),
        message.time is None,
        message.position,
    )


def _unknown_type(wire_type: str) -> str:
    close = get_close_matches(wire_type, CONTRACTS, n=1, cutoff=0.8)
    shown = printable(wire_type)
    advice = f"did you mean {close[0]}?" if close else "the contracts page lists the types that are known."
    return f"No contract describes the type {shown}: {advice} Send it under a known type, or add a contract and replay."
