"""A message as it is shown: what it is, what became of it, and its bytes for reading. Pure."""

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from apps.acts.log import kind_of
from apps.acts.words import label
from apps.console import words
from apps.console.times import Clock, Instant, duration
from apps.core.paths import segment
from apps.pipeline.queries import MessageDetail, MessageRow

GENUINE_STATES = ("pending", "applied")  # what others claim to be an act is quarantined, or in conflict with one
SHOWN_LIMIT = 256 * 1024


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """`title`: the type, of a person's act in words."""

    key: str
    url: str
    title: str
    id: str
    source: str
    type: str
    state: words.Chip
    reason: str
    subject: str
    happened: Instant | None
    heard: Instant
    received: Instant
    lag: str
    is_history: bool
    orders: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ShownBody:
    """`pretty` is None for what is not JSON; `is_cut` when only the beginning is shown."""

    pretty: str | None
    raw: str
    size: str
    is_cut: bool


def shown_message(row: MessageRow, clock: Clock) -> ShownMessage:
    lag = row.heard_at - row.time if row.time else timedelta()
    return ShownMessage(
        key=row.key,
        url=f"/messages/{row.key}/",
        title=_title(row),
        id=row.id,
        source=row.source,
        type=row.type,
        state=words.chip(words.MESSAGE_STATE, row.state),
        reason=row.reason or "",
        subject=row.subject or "",
        happened=clock.instant(row.time) if row.time else None,
        heard=clock.instant(row.heard_at),
        received=clock.instant(row.received_at),
        lag=duration(lag) if lag >= timedelta(minutes=1) else "",
        is_history=row.is_history,
        orders=tuple((handle, f"/orders/{segment(handle)}/") for handle in row.orders),
    )


def _title(row: MessageRow) -> str:
    kind = kind_of(row.source, row.type) if row.state in GENUINE_STATES else None
    return row.type if kind is None else label(kind)


def short_type(name: str) -> str:
    """Our own types without what they all share."""
    return name.removeprefix("distsync.").removesuffix(".v1")


def shown_body(message: MessageDetail) -> ShownBody:
    """The bytes as text: as they came, and laid out where they are JSON."""
    body = message.body
    is_cut = len(body) > SHOWN_LIMIT
    raw = body[:SHOWN_LIMIT].decode("utf-8", errors="replace")
    pretty = None
    if not is_cut:
        try:
            pretty = msgspec.json.format(body, indent=2).decode()
        except (msgspec.DecodeError, UnicodeDecodeError):
            pretty = None
    return ShownBody(pretty, raw, _size(len(body)), is_cut)


def _size(count: int) -> str:
    return f"{count:,} bytes" if count < 10_000 else f"{count / 1024:,.0f} KiB"
