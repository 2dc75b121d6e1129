"""Reads CloudEvents 1.0 in structured, batched and binary mode: into a message for the log, or the reason why not.

Nothing required is invented. What is inside `data`, and attributes that nobody knows, are the translation's business. So
is text that no database can hold (U+0000, half a surrogate pair): the body keeps it as it came, the log's columns have it
escaped, `attributes` tells which it was, and the translation puts the message into quarantine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from apps.core.errors import TooLarge, Unreadable
from apps.core.text import flaw, printable, storable
from apps.core.time import lacks_zone, parse_time
from apps.eventlog.content import BYTE_ORDER_MARK, binary_digest, decode, structured_digest
from apps.eventlog.types import NewMessage
from apps.intake.headers import decoded
from apps.intake.splitting import split

STRUCTURED_TYPE = "application/cloudevents+json"
BATCH_TYPE = "application/cloudevents-batch+json"
TEXT_LIMIT = 1024
_SAMPLE_BYTES = 4096
_REQUIRED = ("id", "source", "type")
_OPTIONAL = ("subject", "dataschema", "datacontenttype")
_split_fast = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Arrival:
    """Under what circumstances messages arrive. `now` is the receive time."""

    now: datetime
    credential: str = ""
    door: str = ""
    is_history: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an item was not taken. `code` names the kind of reason, `reason` says it; `sample` is how the item begins."""

    index: int
    id: str | None
    code: str
    reason: str
    sample: bytes = b""


class _Form(NamedTuple):
    """What the modes differ in: how the event lies in the log."""

    body: bytes
    content_type: str
    digest: Callable[[], bytes]
    headers: Mapping[str, str]


class _Refused(Exception):
    """Carries a reason up to where it becomes a Rejection."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def read_structured(raw: bytes, arrival: Arrival, index: int = 0) -> NewMessage | Rejection:
    """The event whose JSON is `raw`."""
    event: Any = None
    try:
        event = _decoded_event(raw)
        return _message(event, arrival, _Form(raw, STRUCTURED_TYPE, lambda: _structured_digest(event), {}))
    except _Refused as refusal:
        return _rejection(refusal, event, index, raw)


def read_batch(raw: bytes, arrival: Arrival, limit: int | None = None) -> list[NewMessage | Rejection]:
    """Each event of a JSON array, with its own bytes, in order. Raises Unreadable for what is no array, TooLarge for
    one of more than `limit` items."""
    raw = raw.removeprefix(BYTE_ORDER_MARK)
    try:
        items: Sequence[bytes | msgspec.Raw] = _split_fast(raw)
    except (msgspec.MsgspecError, RecursionError):
        items = split(raw, None if limit is None else limit + 1)
    if limit is not None and len(items) > limit:
        raise TooLarge(f"The batch holds more than {limit} events: send at most {limit} at once.")
    return [read_structured(bytes(item), arrival, index) for index, item in enumerate(items)]


def read_binary(headers: Mapping[str, str], content_type: str, body: bytes, arrival: Arrival) -> NewMessage | Rejection:
    """The event of one request in binary mode. `headers`: attribute name -> value as it came (`attributes_of`)."""
    event: dict[str, str] = {}
    try:
        _read_headers(headers, content_type, event)
        form = _Form(body, content_type, lambda: binary_digest(event, content_type, body), event)
        return _message(event, arrival, form)
    except _Refused as refusal:
        return _rejection(refusal, event, 0, body)


def _decoded_event(raw: bytes) -> dict[str, Any]:
    try:
        event = decode(raw.removeprefix(BYTE_ORDER_MARK))
    except Unreadable as error:
        raise _Refused("unreadable", f"the event {error.detail}") from error
    if type(event) is not dict:
        raise _Refused("not_an_object", f"a CloudEvent is a JSON object, not {_kind(event)}")
    if event.get("data") is not None and event.get("data_base64") is not None:
        raise _Refused("two_data", "`data` and `data_base64` exclude each other: send one of them")
    return event


def _structured_digest(event: dict[str, Any]) -> bytes:
    try:
        return structured_digest(event)
    except Unreadable as error:
        raise _Refused("invalid_data_base64", error.detail) from error


def _read_headers(headers: Mapping[str, str], content_type: str, event: dict[str, str]) -> None:
    for name, value in headers.items():
        try:
            event[name] = decoded(value)
        except Unreadable as error:
            raise _Refused("invalid_header", f"the header `ce-{printable(name)}` {error.detail}") from error
    if not content_type.isprintable() or not content_type.isascii() or len(content_type) > TEXT_LIMIT:
        raise _Refused("invalid_header", f"the Content-Type is not up to {TEXT_LIMIT} printable ASCII characters")
    for name in ("data", "data_base64"):
        if name in event:
            raise _Refused("invalid_header", f"`ce-{name}` is no attribute: in binary mode the body is the data")
    # The Content-Type is the datacontenttype; a header of that name may only say the same.
    told = event.pop("datacontenttype", content_type)
    if told != content_type:
        raise _Refused(
            "conflicting_header",
            f"`ce-datacontenttype` says `{printable(told)}`, Content-Type `{printable(content_type)}`: send only the latter",
        )


def _message(event: Mapping[str, Any], arrival: Arrival, form: _Form) -> NewMessage:
    version = event.get("specversion")
    if version != "1.0":
        raise _Refused("specversion", _why_not_version(version))
    identifier, source, type_ = (_required(event, name) for name in _REQUIRED)
    subject, *others = (_optional(event, name) for name in _OPTIONAL)
    escaped = _escaped((identifier, source, type_, subject, *others))
    time = _time(event, "time")
    recorded = _time(event, "recordedtime")
    return NewMessage(
        source=escaped.get("source", source),
        id=escaped.get("id", identifier),
        type=escaped.get("type", type_),
        digest=form.digest(),
        body=form.body,
        content_type=form.content_type,
        time=time,
        heard_at=_heard_at(arrival, recorded or time),
        is_history=arrival.is_history,
        subject=escaped.get("subject", subject),
        attributes=form.headers or escaped,
        credential=arrival.credential,
        door=arrival.door,
    )


def _escaped(texts: Sequence[str | None]) -> dict[str, str]:
    """Of the attributes `_REQUIRED` and `_OPTIONAL` those that no database text can hold, by name, escaped."""
    if flaw("".join(filter(None, texts))) is None:
        return {}
    told = zip((*_REQUIRED, *_OPTIONAL), texts, strict=True)
    return {name: storable(text) for name, text in told if text is not None and flaw(text)}


def _heard_at(arrival: Arrival, claim: datetime | None) -> datetime | None:
    """None: the receive time. So also for history that claims to have been recorded after we received it, since what
    is yet to come cannot have been heard."""
    return claim if arrival.is_history and claim is not None and claim < arrival.now else None


def _required(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if value is None:
        raise _Refused("missing_attribute", f"the required attribute `{name}` is missing")
    if type(value) is not str:
        raise _Refused("invalid_attribute", f"`{name}` must be text, not {_kind(value)}")
    if not value:
        raise _Refused("missing_attribute", f"the required attribute `{name}` is empty")
    if len(value) > TEXT_LIMIT:
        raise _Refused("invalid_attribute", f"`{name}` has {len(value)} characters; at most {TEXT_LIMIT} are kept")
    return value


def _optional(event: Mapping[str, Any], name: str) -> str | None:
    value = event.get(name)
    if value is None:
        return None
    if type(value) is not str:
        raise _Refused("invalid_attribute", f"`{name}` must be text, not {_kind(value)}")
    return value


def _time(event: Mapping[str, Any], name: str) -> datetime | None:
    """The instant; None where none is told, and where only the zone is missing: such an event is kept, and the
    translation puts it into quarantine, from where it can be replayed once its zone is known."""
    value = event.get(name)
    if value is None:
        return None
    if type(value) is not str:
        raise _Refused("invalid_time", f"`{name}` must be RFC 3339 text, not {_kind(value)}")
    try:
        return parse_time(value)
    except Unreadable as error:
        if lacks_zone(value):
            return None
        raise _Refused("invalid_time", f"`{name}`: {error.detail}") from error


def _why_not_version(version: Any) -> str:
    if version is None:
        return "the required attribute `specversion` is missing"
    shown = repr(printable(version, 40)) if type(version) is str else _kind(version)
    return f'`specversion` must be "1.0", not {shown}'


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", dict: "an object", list: "an array", str: "text"}
    return names.get(type(value), "a number")


def _rejection(refusal: _Refused, event: Any, index: int, raw: bytes) -> Rejection:
    told = event.get("id") if isinstance(event, dict) else None
    identifier = printable(told) if type(told) is str else None
    return Rejection(index, identifier, refusal.code, refusal.reason, raw[:_SAMPLE_BYTES])
