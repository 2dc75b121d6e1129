"""What only time does: clocks that have become due open their cases, by an index on the due time. And what is to be judged
again because a rule has changed: orders, and cases whose owner alone may be another one."""

from datetime import datetime
from typing import Final

from django.db import transaction

from apps.core.sql import fetch, run
from apps.exceptions import rules
from apps.exceptions.handling import write_handling
from apps.exceptions.store import judge
from apps.orders.ordering import BELIEVED_AHEAD
from apps.orders.refold import read_told
from apps.orders.store import lock_orders
from apps.sla import store as clocks_store

BATCH: Final = 500
_ASK_FOR_ALL: Final = "INSERT INTO exceptions_rejudge (key) SELECT key FROM orders_order ORDER BY key ON CONFLICT DO NOTHING"
_ASK_SINCE: Final = """
    INSERT INTO exceptions_rejudge (key)
    SELECT key FROM orders_order WHERE last_heard_at >= %s
    UNION SELECT key FROM exceptions_case WHERE cleared_at IS NULL AND opened_at >= %s
    UNION SELECT key FROM exceptions_case WHERE cleared_at >= %s AND opened_at >= %s
    ORDER BY key ON CONFLICT DO NOTHING
"""
_ASK_FOR_OWNERS: Final = """
    INSERT INTO exceptions_rejudge (key)
    SELECT id FROM exceptions_case WHERE cleared_at IS NULL UNION SELECT id FROM exceptions_case WHERE cleared_at >= %s
    ORDER BY id ON CONFLICT DO NOTHING
"""
_ASK_FOR_ESCALATIONS: Final = """
    INSERT INTO exceptions_rejudge (key)
    SELECT id FROM exceptions_case WHERE cleared_at IS NULL AND opened_at >= %s
    UNION SELECT id FROM exceptions_case WHERE cleared_at >= %s AND opened_at >= %s
    ORDER BY id ON CONFLICT DO NOTHING
"""
_ASK_FOR_CASES: Final = "INSERT INTO exceptions_rejudge (key) SELECT id FROM exceptions_case ORDER BY id ON CONFLICT DO NOTHING"
_TAKE: Final = """
    DELETE FROM exceptions_rejudge
    WHERE key IN (SELECT key FROM exceptions_rejudge ORDER BY key LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING key
"""
_CASES: Final = "SELECT id, key FROM exceptions_case WHERE id = ANY(%b::bytea[])"


def sweep_due(*, now: datetime, limit: int = BATCH) -> tuple[int, set[str]]:
    """Judges the orders whose clocks have become due, the first due first, up to `limit` clocks; how many orders it looked at,
    and the handles of those whose cases changed. In the caller's transaction or one of its own."""
    with transaction.atomic():
        keys = clocks_store.due(now=now, limit=limit)
        return len(keys), judge_again(keys, now)


def rejudge(*, now: datetime, limit: int = BATCH) -> tuple[int, set[str]]:
    """Judges up to `limit` of the orders and cases that were asked for; as `sweep_due`."""
    with transaction.atomic():
        rules.keep()
        taken = {key for (key,) in fetch(_TAKE, (limit,))}
        if not taken:
            return 0, set()
        cases = dict(fetch(_CASES, [list(taken)]))
        orders = taken - cases.keys()
        lock_orders(orders | set(cases.values()))
        return len(taken), judge_again(orders, now) | write_handling(sorted(cases))


def ask_for_all() -> int:
    """Asks for every order to be judged again, since a rule has changed; how many. In the transaction of the change, which
    waits until what is being judged by the old rule is there to be asked for, as all of these do."""
    rules.hold_alone()
    return run(_ASK_FOR_ALL)


def ask_since(since: datetime) -> int:
    """As `ask_for_all`, where the rule is another one only for clocks that started, and cases that opened, at `since` or
    later. No clock starts later than BELIEVED_AHEAD after the last word about its order."""
    rules.hold_alone()
    return run(_ASK_SINCE, (since - BELIEVED_AHEAD, since, since, since))


def ask_for_owners(since: datetime) -> int:
    """Asks for the owner of every case to be found again that was open at `since`, when ownership changed; how many. What was
    cleared before stays with whoever had it, and nothing is folded."""
    rules.hold_alone()
    return run(_ASK_FOR_OWNERS, (since,))


def ask_for_escalations(since: datetime | None) -> int:
    """The same for every case that opened at `since` or later (None: for all), where a team's calendar has changed."""
    rules.hold_alone()
    return run(_ASK_FOR_CASES) if since is None else run(_ASK_FOR_ESCALATIONS, (since,) * 3)


def judge_again(keys: set[bytes], now: datetime) -> set[str]:
    """Judges these orders as they stand, once nobody else works on them; the handles of those whose cases changed."""
    if not keys:
        return set()
    rules.keep()
    lock_orders(keys)
    return judge(read_told(keys), now=now)
