"""Reads of messages with what became of them, and of the pipeline's own state."""

from dataclasses import dataclass
from datetime import datetime

from apps.core.pagination import Page


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """`state` is pending, applied, unmatched, ambiguous, quarantined or conflict. `order` is an order's handle."""

    source: str | None = None
    id: str | None = None
    type: str | None = None
    state: str | None = None
    order: str | None = None
    visible_partner: str | None = None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message in a list. `key` is its place in the log as text and what its URL uses; a message kept aside as a
    conflict has a key that starts with `c`."""

    key: str
    source: str
    id: str
    type: str
    state: str
    reason: str | None
    subject: str | None
    time: datetime | None
    heard_at: datetime
    received_at: datetime
    is_history: bool
    orders: tuple[str, ...]  # handles


@dataclass(frozen=True, slots=True)
class MessageDetail:
    row: MessageRow
    content_type: str
    attributes: dict[str, str]
    body: bytes
    door: str
    credential: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """The pending work: how many messages, and since when the oldest waits."""

    count: int
    oldest_received_at: datetime | None


def find_messages(filters: MessageFilter, *, cursor: str | None, page_size: int) -> Page[MessageRow]:
    """Messages that pass `filters`, the newest first."""
    raise NotImplementedError


def get_message(key: str, *, visible_partner: str | None = None) -> MessageDetail:
    """One message with its raw bytes. Raises NotFound."""
    raise NotImplementedError


def backlog() -> Backlog:
    """The pending work, counted up to the back-pressure bound."""
    raise NotImplementedError
