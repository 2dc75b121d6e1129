"""Deliveries on their way: what is due becomes deliveries, a worker claims some, sends them and notes what became of each.

A claim is a lease in a transaction of its own: nobody's transaction is open while another side is waited for, no two workers
have the same delivery at once, and one whose worker died is sent again, with the same id, once the lease is over.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from apps.core.sql import fetch, run
from apps.core.text import printable, storable
from apps.delivery.preferences import preferences_of
from apps.delivery.telling import LOCK

WAITING: Final = "waiting"
SENT: Final = "sent"
GIVEN_UP: Final = "given_up"
STATES: Final = {WAITING: "Waiting", SENT: "Sent", GIVEN_UP: "Given up"}
LARGEST: Final = 100  # notifications of one delivery; more leave in another one beside it
FORMED_AT_ONCE: Final = 5_000  # notifications
LEASE: Final = timedelta(seconds=90)  # longer than anything that is waited for while one is sent
ATTEMPTS: Final = 8
FIRST_PAUSE: Final = timedelta(seconds=15)
LONGEST_PAUSE: Final = timedelta(hours=4)
ANSWER_LIMIT: Final = 500  # characters
_LOCK: Final = "SELECT pg_advisory_xact_lock(%s)"
_DUE: Final = """
    SELECT notification, channel, recipient FROM delivery_item
    WHERE due_at <= %s AND delivery IS NULL ORDER BY due_at, notification LIMIT %s
"""
_FORM: Final = """
    INSERT INTO delivery_delivery (id, recipient, channel, address, count, state, attempts, created_at, next_at, answer)
    VALUES (%s, %s, %s, %s, %s, 'waiting', 0, %s, %s, '')
"""
_JOIN: Final = "UPDATE delivery_item SET delivery = %s WHERE channel = %s AND notification = ANY(%b::bytea[])"
_DROP: Final = "DELETE FROM delivery_item WHERE channel = %s AND notification = ANY(%b::bytea[])"
_CLAIM: Final = """
    UPDATE delivery_delivery SET lease_until = %s, attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM delivery_delivery
        WHERE state = 'waiting' AND next_at <= %s AND (lease_until IS NULL OR lease_until <= %s)
        ORDER BY next_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING id, recipient, channel, address, attempts, created_at
"""
_CONTENT: Final = """
    SELECT encode(n.id, 'hex'), n.kind, n.at, n.title, n.text, n.path, n.due_at
    FROM delivery_item AS item JOIN delivery_notification AS n ON n.id = item.notification
    WHERE item.delivery = %s ORDER BY n.at, n.id
"""
# Whoever was taken for dead and comes back changes nothing: the attempt is another one by then.
_SETTLE: Final = """
    UPDATE delivery_delivery SET state = %s, next_at = %s, lease_until = NULL, last_at = %s, answer = %s
    WHERE id = %s AND attempts = %s AND state = 'waiting'
"""
_IS_DUE: Final = """
    SELECT EXISTS (SELECT FROM delivery_delivery
        WHERE state = 'waiting' AND next_at <= %s AND (lease_until IS NULL OR lease_until <= %s))
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A notification as it leaves. `id` is hex."""

    id: str
    kind: str
    at: datetime
    title: str
    text: str
    path: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed delivery: `attempt` counts from 1, `content` is what it tells, the oldest first."""

    id: uuid.UUID
    recipient: str
    channel: str
    address: str
    attempt: int
    created_at: datetime
    content: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. `is_final`: another one would end as this did. `after_seconds`: the other side asks to be left
    alone for so long."""

    is_sent: bool
    answer: str
    is_final: bool = False
    after_seconds: int = 0


def form(*, now: datetime) -> int:
    """Makes deliveries of what is due: of one recipient and channel together, up to LARGEST in each; how many it made. What has
    no address any more leaves nowhere."""
    with transaction.atomic():
        run(_LOCK, [LOCK])
        groups: dict[tuple[str, str], list[bytes]] = {}
        for notification, channel, recipient in fetch(_DUE, [now, FORMED_AT_ONCE]):
            groups.setdefault((recipient, channel), []).append(notification)
        if not groups:
            return 0
        preferences = preferences_of({recipient for recipient, _ in groups})
        made = 0
        for (recipient, channel), found in sorted(groups.items()):
            address = preferences[recipient].address(channel)
            if not address:
                run(_DROP, [channel, found])
                continue
            for start in range(0, len(found), LARGEST):
                part, number = found[start : start + LARGEST], uuid.uuid4()
                run(_FORM, [number, recipient, channel, address, len(part), now, now])
                run(_JOIN, [number, channel, part])
                made += 1
        return made


def is_due(*, now: datetime) -> bool:
    """Whether a delivery waits to be sent now."""
    ((answer,),) = fetch(_IS_DUE, [now, now])
    return bool(answer)


def claim(limit: int, *, now: datetime) -> list[Delivery]:
    """Takes up to `limit` deliveries that are due, for LEASE; others do not get them meanwhile."""
    with transaction.atomic():
        taken = fetch(_CLAIM, [now + LEASE, now, now, limit])
        return [
            Delivery(number, recipient, channel, address, attempt, created_at, _content(number))
            for number, recipient, channel, address, attempt, created_at in taken
        ]


def settle(delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
    """Notes what became of the attempt: sent, to be tried again after a pause that doubles twice each time, or given up."""
    state, next_at = SENT, now
    if not outcome.is_sent:
        is_over = outcome.is_final or delivery.attempt >= ATTEMPTS
        state = GIVEN_UP if is_over else WAITING
        next_at = now if is_over else now + max(pause(delivery.attempt), _asked(outcome))
    answer = storable(printable(outcome.answer, ANSWER_LIMIT))
    run(_SETTLE, [state, next_at, now, answer, delivery.id, delivery.attempt])


def pause(attempt: int) -> timedelta:
    """How long to wait after that attempt has failed: 15 s, 1 min, 4 min, 16 min, about 1 h, then 4 h."""
    return min(FIRST_PAUSE * int(4 ** (attempt - 1)), LONGEST_PAUSE)


def work(send: Callable[[Delivery], Outcome], clock: Callable[[], datetime], *, at_most: int) -> int:
    """Sends up to `at_most` deliveries that are due, one after the other; how many it tried."""
    for count in range(at_most):
        taken = claim(1, now=clock())
        if not taken:
            return count
        settle(taken[0], send(taken[0]), now=clock())
    return at_most


def _asked(outcome: Outcome) -> timedelta:
    return min(timedelta(seconds=outcome.after_seconds), LONGEST_PAUSE)


def _content(number: uuid.UUID) -> tuple[Told, ...]:
    return tuple(Told(*row) for row in fetch(_CONTENT, [number]))
