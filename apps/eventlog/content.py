"""The content of an event: JSON read without a crash whatever the bytes, and the digest that tells same from other.

The digest is the SHA-256 of one JSON text: keys sorted, numbers by value, attributes as text, data as JSON where it is
JSON and as Base64 where it is not. Structured and binary mode of one event so give the same.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from functools import lru_cache
from typing import Any

import msgspec

from apps.core.errors import Unreadable

# A string as a whole (an unfinished one to the end, else looking for its end again and again would take for ever), a run
# of brackets, a comma.
TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]+|[\]}]+|,', re.DOTALL)
DEPTH_LIMIT = 256  # both JSON readers take some 900; the rest is what callers' stacks need
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOT_CONTENT = ("traceparent", "tracestate", "recordedtime", "datacontenttype", "data", "data_base64")
_EXACT_DIGITS = 15  # what a double holds of any decimal number
_PLAIN_INTEGER_DIGITS = 40
_WIDE = Context(prec=10_000_000, Emax=MAX_EMAX, Emin=MIN_EMIN)  # more digits than a body holds: normalising must not round


class OddNumber(str):
    """A number that is none for a machine (NaN, 1e400, thousands of digits): its text, which passes for no text."""

    __slots__ = ()


def _number(text: str) -> int | float | OddNumber:
    """A number with a point or an exponent, so that equal values come out equal: 2.50 and 2.5, 1.0 and 1 and 1e0."""
    if len(text) <= _EXACT_DIGITS and "e" not in text and "E" not in text:
        short = float(text)
        return int(short) if short.is_integer() else short
    try:
        sign, digits, exponent = Decimal(text).normalize(_WIDE).as_tuple()
    except ArithmeticError:  # an exponent that no machine can hold
        return OddNumber(f"~{text}")
    if not isinstance(exponent, int):
        return OddNumber(f"~{text}")
    if exponent >= 0 and len(digits) + exponent <= _PLAIN_INTEGER_DIGITS:
        return int(Decimal((sign, digits, exponent)))
    if len(digits) <= _EXACT_DIGITS and -100 < exponent < 0:
        return float(Decimal((sign, digits, exponent)))
    return OddNumber(f"~{'-' if sign else ''}{''.join(map(str, digits))}e{exponent}")


_encode = msgspec.json.Encoder(order="sorted", enc_hook=str).encode  # str: only OddNumber asks for the hook
_decode = msgspec.json.Decoder(float_hook=_number).decode
_lenient = json.JSONDecoder(
    parse_float=_number,
    parse_int=lambda text: int(text) if len(text) <= 4000 else OddNumber(f"~{text}"),
    parse_constant=lambda name: OddNumber(f"~{name}"),
)


def decode(raw: bytes) -> Any:
    """The value of a JSON text. Also takes what only the translation may judge: NaN, halves of surrogate pairs, huge
    numbers. Raises Unreadable for what is no JSON, is not UTF-8, or nests deeper than DEPTH_LIMIT."""
    if raw.count(b"[") + raw.count(b"{") > DEPTH_LIMIT and depth_of(raw) > DEPTH_LIMIT:
        raise Unreadable(f"is nested deeper than {DEPTH_LIMIT} levels")
    try:
        return _decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _decode_leniently(raw)


def _decode_leniently(raw: bytes) -> Any:
    try:
        return _lenient.decode(raw.decode())
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"is not JSON: {error.msg} at character {error.pos + 1}") from error


def depth_of(raw: bytes) -> int:
    """How deep the brackets of a JSON text nest."""
    depth = deepest = 0
    for token in TOKENS.finditer(raw):
        first, run = raw[token.start()], token.end() - token.start()
        if first in b"[{":
            depth += run
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= run
    return deepest


def structured_digest(event: Mapping[str, Any]) -> bytes:
    """The digest of a decoded structured event. Raises Unreadable for `data_base64` that is no Base64."""
    content_type = event.get("datacontenttype") or "application/json"
    encoded = event.get("data_base64")
    if encoded is not None:
        return _digest(event, content_type, *_read_data(_bytes_of(encoded), content_type))
    data = event.get("data")
    if type(data) is str and not _is_json(content_type):
        return _digest(event, content_type, None, data.encode(errors="surrogatepass"))
    return _digest(event, content_type, data, None)


def binary_digest(attributes: Mapping[str, str], content_type: str, body: bytes) -> bytes:
    """The digest of an event in binary mode: decoded `ce-` attributes, Content-Type, body."""
    content_type = content_type or "application/json"
    return _digest(attributes, content_type, *_read_data(body, content_type))


def _read_data(body: bytes, content_type: str) -> tuple[Any, bytes | None]:
    if body and _is_json(content_type):
        try:
            return decode(body.removeprefix(BYTE_ORDER_MARK)), None
        except Unreadable:
            return None, body  # the translation says what is wrong with it
    return None, body or None


def _digest(attributes: Mapping[str, Any], content_type: str, data: Any, body: bytes | None) -> bytes:
    content = {
        name: value if type(value) is str else _attribute_text(value)
        for name, value in attributes.items()
        if value is not None and name not in _NOT_CONTENT
    }
    content["datacontenttype"] = _plain_content_type(content_type)
    if body is not None:
        content["data_base64"] = base64.b64encode(body).decode()
    elif data is not None:
        content["data"] = data
    try:
        canonical = _encode(content)
    except UnicodeEncodeError:
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(canonical).digest()


def _attribute_text(value: Any) -> Any:
    """A boolean or a number as a header would say it; what no attribute may be, as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _bytes_of(encoded: Any) -> bytes:
    if type(encoded) is not str:
        raise Unreadable("`data_base64` is not text")
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable(f"`data_base64` is not Base64: {error}") from error


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type.endswith(("/json", "+json"))


@lru_cache(maxsize=256)
def _plain_content_type(content_type: str) -> str:
    """The media type in lower case with its parameters, without the charset that JSON has anyway."""
    media_type, *parameters = (part.strip() for part in content_type.split(";"))
    kept = sorted(parameter for parameter in parameters if parameter.lower().replace('"', "") not in ("", "charset=utf-8"))
    return ";".join([media_type.lower(), *kept])
