"""Reads a request's body to its limit, which counts after decompression, and believes no header about its length."""

import zlib
from contextlib import suppress
from typing import BinaryIO, cast

from django.http import HttpRequest

from apps.core.errors import TooLarge, Unreadable, UnsupportedMedia

_CHUNK_BYTES = 64 * 1024
_DISCARDED_BYTES = 64 * 1024 * 1024
_MEMBERS = 100  # each costs a copy of what follows it
_GZIP_OVERHEAD_BYTES = 1024  # what does not compress grows a little
_GZIP = 16 + zlib.MAX_WBITS


def read_body(request: HttpRequest, limit: int) -> bytes:
    """The body, decompressed. Raises TooLarge over `limit` bytes, Unreadable for a body that ends early or is corrupt,
    UnsupportedMedia for an encoding other than gzip."""
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise UnsupportedMedia("This door takes bodies plain or with `Content-Encoding: gzip`.")
    if "gzip" in encoding:
        return _gunzip(_read(request, limit + _GZIP_OVERHEAD_BYTES + limit // 1000), limit)
    return _read(request, limit)


def discard_rest(request: HttpRequest) -> None:
    """Reads what is left of a refused body, unless it is beyond all bounds. A server that closes on bytes it has not read
    resets the connection, and the sender, busy writing, never sees why."""
    stream, left = _stream(request), _DISCARDED_BYTES
    if (_told_length(request) or 0) > left:
        return
    with suppress(Exception):  # each server has its own words for a broken stream
        while left > 0 and (chunk := stream.read(min(_CHUNK_BYTES, left))):
            left -= len(chunk)


def _read(request: HttpRequest, limit: int) -> bytes:
    told = _told_length(request)
    if told is not None and told > limit:
        raise _too_large(limit)
    stream = _stream(request)
    chunks: list[bytes] = []
    size = 0
    while chunk := _next(stream, min(_CHUNK_BYTES, limit + 1 - size)):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
    if told is not None and size < told:
        raise Unreadable(f"The body has {size} bytes where Content-Length says {told}: send it again whole.")
    return b"".join(chunks)


def _next(stream: BinaryIO, size: int) -> bytes:
    """Up to `size` bytes, none at the end. Raises Unreadable when the client left, or its chunked encoding is broken."""
    try:
        return stream.read(size)
    except Exception as error:  # each server has its own: gunicorn's for a broken chunk is no OSError
        raise Unreadable("The body ends early or its transfer encoding is broken: send it again.") from error


def _stream(request: HttpRequest) -> BinaryIO:
    """Django reads as much as Content-Length says, and nothing of a chunked body: there the server marks the end."""
    environ = request.META
    if environ.get("wsgi.input_terminated") and "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return cast("BinaryIO", environ["wsgi.input"])
    return cast("BinaryIO", request)


def _told_length(request: HttpRequest) -> int | None:
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return None
    told = request.META.get("CONTENT_LENGTH") or ""
    # No more digits than any limit has: Python refuses to read thousands of them.
    return int(told[:18]) if told.isascii() and told.isdecimal() else None


def _gunzip(raw: bytes, limit: int) -> bytes:
    """Every member of a gzip stream, never more than one byte over the limit in memory."""
    parts: list[bytes] = []
    size = 0
    rest = raw
    try:
        for _ in range(_MEMBERS):
            if not rest:
                return b"".join(parts)
            member = zlib.decompressobj(_GZIP)
            part = member.decompress(rest, limit + 1 - size)
            parts.append(part)
            size += len(part)
            if size > limit:
                raise _too_large(limit)
            if not member.eof:
                raise Unreadable("The gzip body ends early: send it again whole.")
            rest = member.unused_data.lstrip(b"\0")  # padding after a member is allowed
    except zlib.error as error:
        raise Unreadable(f"The body is not gzip, although Content-Encoding says so: {error}.") from error
    raise Unreadable(f"The gzip body is cut into more than {_MEMBERS} members: send it as one.")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is over the limit of {limit} bytes, which counts after decompression: send it in parts.")
