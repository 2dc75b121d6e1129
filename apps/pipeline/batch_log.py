"""One line for each batch: which, from where to where in the log, how much, how long. `batch` stands in all its lines."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import structlog
from django.utils import timezone
from structlog.contextvars import bind_contextvars

from apps.eventlog.types import StoredMessage

LOGGER: Final = "distsync.batches"
logger = structlog.get_logger(LOGGER)


def begin() -> str:
    """A new batch's id, also bound for whatever else is logged before the next one begins."""
    batch = secrets.token_hex(4)
    bind_contextvars(batch=batch)
    return batch


def committed(messages: Sequence[StoredMessage], refused: int, orders: Collection[object], *, started_at: datetime) -> None:
    """`refused`: how many of them were quarantined. `orders`: those that changed."""
    logger.info(
        "batch",
        first=messages[0].position,
        last=messages[-1].position,
        messages=len(messages),
        quarantined=refused,
        orders=len(orders),
        milliseconds=round((timezone.now() - started_at).total_seconds() * 1000, 1),
    )
