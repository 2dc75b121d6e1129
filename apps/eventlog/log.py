"""The log's front door: what other rooms call. See `append`, `pending`, `reading`, `sealing` for how."""

from apps.eventlog.append import append, unstorable
from apps.eventlog.partitions import make_partitions
from apps.eventlog.pending import (
    CLAIM_LIMIT_BYTES,
    Waiting,
    attempts,
    claim,
    claim_these,
    due,
    due_count,
    enqueue,
    oldest_pending,
    overdue,
    pending_count,
    postpone,
    settle,
    that_fit,
)
from apps.eventlog.reading import find, read, read_all
from apps.eventlog.sealing import seal
from apps.eventlog.verification import verify

__all__ = [
    "CLAIM_LIMIT_BYTES",
    "Waiting",
    "append",
    "attempts",
    "claim",
    "claim_these",
    "due",
    "due_count",
    "enqueue",
    "find",
    "make_partitions",
    "oldest_pending",
    "overdue",
    "pending_count",
    "postpone",
    "read",
    "read_all",
    "seal",
    "settle",
    "that_fit",
    "unstorable",
    "verify",
]
