"""Facts of the integration itself, told by the middleware."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from apps.contracts.facts.base import Fact


class MessageEvent(Fact, frozen=True, kw_only=True, omit_defaults=True):
    message: str
    flow: str
    partner: str | None = None
    direction: str | None = None
    attempt: int | None = None
    error: str | None = None
    next_attempt_at: datetime | None = None
    order: str | None = None


class MessageFailed(MessageEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class MessageRetried(MessageEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class MessageDelivered(MessageEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class MessageDeadLettered(MessageEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class QueueMeasured(Fact, frozen=True, kw_only=True, omit_defaults=True):
    queue: str
    depth: int
    oldest_age_seconds: Decimal | None = None


class CircuitChanged(Fact, frozen=True, kw_only=True, omit_defaults=True):
    partner: str
    state: Literal["closed", "open", "half_open"]
    reason: str | None = None
