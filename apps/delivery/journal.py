"""The log of deliveries as it is read, and sending one again by hand."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from apps.acts import log as acts_log
from apps.acts import store as acts_store
from apps.acts.types import Act
from apps.core.errors import Conflict, NotFound, Unreadable
from apps.core.pagination import FOREIGN, Cursor, Page, page_of
from apps.core.sql import fetch
from apps.delivery.outbox import STATES, WAITING

_IS_ID: Final = re.compile("[0-9a-f]{32}")
_COLUMNS: Final = "id, recipient, channel, address, count, state, attempts, created_at, next_at, last_at, answer"
_AGAIN: Final = """
    UPDATE delivery_delivery SET state = 'waiting', next_at = %s, attempts = 0, lease_until = NULL
    WHERE id = %s AND state <> 'sent' AND (lease_until IS NULL OR lease_until <= %s) RETURNING recipient, channel
"""
_STATE: Final = "SELECT state FROM delivery_delivery WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivery. `next_at` is when it is tried next, where it waits."""

    id: uuid.UUID
    recipient: str
    channel: str
    address: str
    count: int
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime
    last_at: datetime | None
    answer: str


def find_deliveries(*, state: str | None, cursor: str | None = None, page_size: int = 50) -> Page[Entry]:
    """Deliveries in that state (None: in any), the newest first. Raises Unreadable for a foreign cursor."""
    conditions, parameters = ["true"], dict[str, Any](limit=page_size + 1)
    if state is not None:
        conditions.append("state = %(state)s")
        parameters["state"] = state
    start = Cursor.decode(cursor) if cursor else None
    backwards = start is not None and start.backwards
    if start is not None:
        at, key = start.time_and_key()
        if len(key) != 16:
            raise Unreadable(FOREIGN)
        parameters |= {"at": at, "id": uuid.UUID(bytes=key)}
        conditions.append(f"(created_at, id) {'>' if backwards else '<'} (%(at)s, %(id)s)")
    way = "ASC" if backwards else "DESC"
    statement = (
        f"SELECT {_COLUMNS} FROM delivery_delivery WHERE {' AND '.join(conditions)}"  # noqa: S608 - our own words
        f" ORDER BY created_at {way}, id {way} LIMIT %(limit)s"
    )
    with connection.cursor() as database:
        database.execute(statement, parameters)
        found = [Entry(*row) for row in database.fetchall()]
    return page_of(found, start, page_size, lambda each: (each.created_at.isoformat(), each.id.hex))


def retry(number: str, *, who: str, now: datetime) -> None:
    """Has a delivery that waits, or was given up, sent now, with all its attempts again; the act is in the log. Raises
    NotFound, and Conflict for one that was sent, or is being sent."""
    if not _IS_ID.fullmatch(number):
        raise NotFound("There is no such delivery.")
    wanted = uuid.UUID(number)
    with transaction.atomic():
        rows = fetch(_AGAIN, [now, wanted, now])
        if not rows:
            state = fetch(_STATE, [wanted])
            if not state:
                raise NotFound("There is no such delivery.")
            raise Conflict("It is being sent." if state[0][0] == WAITING else f"It is {STATES['sent'].lower()} already.")
        ((recipient, channel),) = rows
        acts = acts_log.perform([Act(kind="delivery.retry", who=who, subject=f"{channel} to {recipient}")], now=now)
        acts_store.write(acts)
