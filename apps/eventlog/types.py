"""What goes into the log and what comes out: plain values between the doors, the log and the pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec


class NewMessage(msgspec.Struct, frozen=True, gc=False):
    """One message as a door hands it over. `body` is the raw bytes as they came: in structured and batched mode the
    event's own JSON slice, in binary mode the request body, and then `attributes` holds the decoded `ce-` headers.

    `digest` is the SHA-256 of the canonical content without traceparent, tracestate and recordedtime (32 bytes).
    `heard_at` is None for live messages (then it is the receive time), else what history says.
    """

    source: str
    id: str
    type: str
    digest: bytes
    body: bytes
    content_type: str
    time: datetime | None = None
    heard_at: datetime | None = None
    is_history: bool = False
    subject: str | None = None
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    credential: str = ""
    door: str = ""


class StoredMessage(msgspec.Struct, frozen=True, gc=False):
    """One message as the log holds it. (`received_at`, `position`) finds it; `heard_at` is never None here."""

    position: int
    received_at: datetime
    heard_at: datetime
    source: str
    id: str
    type: str
    time: datetime | None
    is_history: bool
    subject: str | None
    content_type: str
    attributes: Mapping[str, str]
    body: bytes
    digest: bytes
    credential: str
    door: str


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch: how many were new, how many were already there, how many contradict what is there.
    `positions` are those of the new ones, in the order given."""

    accepted: int
    duplicates: int
    conflicts: int
    positions: tuple[int, ...] = ()
