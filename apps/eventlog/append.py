"""The way into the log: one statement, one transaction, whatever the number of messages and the mix of them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from apps.core import tracing
from apps.core.errors import Unreadable
from apps.core.sql import fetch
from apps.eventlog.digests import key_digest, leaf
from apps.eventlog.types import Appended, NewMessage

# The functions stand in migrations 0003 and 0004. %b: PostgreSQL's binary format.
_APPEND = """
SELECT taken, conflicts FROM eventlog_append(
    %b::timestamptz, %b::uuid[], %b::bytea[], %b::integer[], %b::timestamptz[], %b::timestamptz[], %b::boolean[],
    %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[], %b::bytea[], %b::text[], %b::text[],
    %b::text
)
"""
_APPEND_ONE = """
SELECT eventlog_append_one(
    %b::timestamptz, %b::uuid, %b::bytea, %b::integer, %b::timestamptz, %b::timestamptz, %b::boolean, %b::text, %b::text,
    %b::text, %b::text, %b::text, %b::text, %b::bytea, %b::bytea, %b::text, %b::text, %b::text
)
"""


def append(messages: Sequence[NewMessage], *, now: datetime) -> Appended:
    """Put `messages` into the log, received at `now`; when it returns outside a transaction they are durable.

    A (source, id) that the log has is a duplicate when its content is the same, else a conflict, which is kept aside
    once per content; within `messages` the first of a pair wins. Waits for a transaction that is appending the same
    pair, and then answers by what that one committed; a transaction that appends more than once can deadlock with another
    that does, so give all messages to one call. Raises Unreadable, before writing anything, for a message that
    `unstorable` refuses.
    """
    if not messages:
        return Appended(0, 0, 0)
    for message in messages:
        if (reason := unstorable(message)) is not None:
            raise Unreadable(reason)
    columns = [_columns(message, now) for message in messages]
    trace = tracing.carrier()
    if len(messages) == 1:
        ((position,),) = fetch(_APPEND_ONE, (now, *columns[0], trace))
        if position is not None:
            return Appended(1, 0, 0, (position,))
    ((positions, conflicts),) = fetch(_APPEND, (now, *(list(column) for column in zip(*columns, strict=True)), trace))
    return Appended(len(positions), len(messages) - len(positions) - conflicts, conflicts, tuple(positions))


def _columns(message: NewMessage, now: datetime) -> tuple[object, ...]:
    """What the log keeps of a message, as both functions take it."""
    attributes = msgspec.json.encode(message.attributes) if message.attributes else b"{}"
    heard_at = message.heard_at or now
    return (
        key_digest(message.source, message.id),
        leaf(message, attributes, received_at=now, heard_at=heard_at),
        len(message.body),
        heard_at,
        message.time,
        message.is_history,
        message.source,
        message.id,
        message.type,
        message.subject,
        message.content_type,
        attributes.decode(),
        message.body,
        message.digest,
        message.credential,
        message.door,
    )


def unstorable(message: NewMessage) -> str | None:
    """Why the log cannot hold `message`, or None: PostgreSQL's text has no U+0000, its times end where Python's do."""
    texts = (
        message.source,
        message.id,
        message.type,
        message.subject or "",
        message.content_type,
        message.credential,
        message.door,
    )
    if "\x00" in "".join(texts):
        return f"Message {message.id!r}: an attribute holds U+0000, which no text of ours can. Send it without."
    try:
        "".join((*texts, *message.attributes, *message.attributes.values())).encode()
    except UnicodeEncodeError:
        return f"Message {message.id!r}: an attribute holds half a surrogate pair. Send whole characters."
    for time in (message.time, message.heard_at):
        if time is not None and time.tzinfo is not UTC and not _has_utc(time):
            return f"Message {message.id!r}: the time {time} has no zone, or is outside the years 1 to 9999 in UTC."
    return None


def _has_utc(time: datetime) -> bool:
    try:
        return time.utcoffset() is not None and time.astimezone(UTC) is not None
    except OverflowError:
        return False
