"""The log's front door: what other rooms call. See `append`, `pending`, `reading` for how."""

from apps.eventlog.append import append, unstorable
from apps.eventlog.pending import (
    attempts,
    claim,
    due_count,
    enqueue,
    oldest_pending,
    overdue,
    pending_count,
    postpone,
    settle,
)
from apps.eventlog.reading import find, read, read_all

__all__ = [
    "append",
    "attempts",
    "claim",
    "due_count",
    "enqueue",
    "find",
    "oldest_pending",
    "overdue",
    "pending_count",
    "postpone",
    "read",
    "read_all",
    "settle",
    "unstorable",
]
