"""What only time does: clocks that have become due open their cases, by an index on the due time. And orders that are to be
judged again because a rule has changed."""

from datetime import datetime
from typing import Final

from django.db import transaction

from apps.core.sql import fetch, run
from apps.exceptions.store import judge
from apps.orders.refold import read_told
from apps.orders.store import lock_orders
from apps.sla import store as clocks_store

BATCH: Final = 500
_ASK_FOR_ALL: Final = "INSERT INTO exceptions_rejudge (key) SELECT key FROM orders_order ON CONFLICT DO NOTHING"
_TAKE: Final = """
    DELETE FROM exceptions_rejudge
    WHERE key IN (SELECT key FROM exceptions_rejudge ORDER BY key LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING key
"""


def sweep_due(*, now: datetime, limit: int = BATCH) -> tuple[int, set[str]]:
    """Judges the orders whose clocks have become due, the first due first, up to `limit` clocks; how many orders it looked at,
    and the handles of those whose cases changed. In the caller's transaction or one of its own."""
    with transaction.atomic():
        keys = clocks_store.due(now=now, limit=limit)
        return len(keys), judge_again(keys, now)


def rejudge(*, now: datetime, limit: int = BATCH) -> tuple[int, set[str]]:
    """Judges up to `limit` of the orders that were asked for; as `sweep_due`."""
    with transaction.atomic():
        keys = {key for (key,) in fetch(_TAKE, (limit,))}
        return len(keys), judge_again(keys, now)


def ask_for_all() -> int:
    """Asks for every order to be judged again, since a rule has changed; how many. In the transaction of the change."""
    return run(_ASK_FOR_ALL)


def judge_again(keys: set[bytes], now: datetime) -> set[str]:
    """Judges these orders as they stand, once nobody else works on them; the handles of those whose cases changed."""
    if not keys:
        return set()
    lock_orders(keys)
    return judge(read_told(keys), now=now)
