"""The laws, checked after an attack: what was acknowledged is in the log once, worked, and shown once."""

import random
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote

import psycopg

from soak.client import Client
from soak.load import Load
from soak.stories import Event, expected, shown
from soak.system import Target
from soak.watch import Database

SETTLE_SECONDS = 60
READERS = 4
TIMELINES = 20
SHOWN_BROKEN = 10

_LOGGED = "SELECT source, id, count(*) FROM eventlog_message WHERE starts_with(id, %s) GROUP BY source, id"
_PENDING = "SELECT count(*) FROM eventlog_pending"
_QUARANTINED = """
SELECT message.source, message.id, reason FROM pipeline_quarantine JOIN eventlog_message AS message USING (position)
WHERE starts_with(message.id, %s) LIMIT 5
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was counted, and every promise that does not hold, as sentences."""

    figures: dict[str, object]
    broken: list[str]
    settled_seconds: float = 0.0


def check(target: Target, load: Load) -> Verdict:
    """Of one load that has finished: the log, the pending table, the quarantine, every order, some timelines."""
    database = Database(target.database_url)
    broken = list(load.ledger.violations)
    settled = settle(database, broken)
    logged = {(source, id_): count for source, id_, count in database.rows(_LOGGED, (load.prefix,))}
    acknowledged, sent = load.ledger.acknowledged, load.ledger.sent
    lost = [key for key in acknowledged if key not in logged]
    doubled = [key for key, count in logged.items() if count > 1]
    strange = [key for key in logged if key not in sent]
    broken += _sentence("acknowledged and not in the log", lost)
    broken += _sentence("in the log more than once", doubled)
    broken += _sentence("in the log and never sent", strange)
    broken += [
        f"{source} {id_} was quarantined: {reason}" for source, id_, reason in database.rows(_QUARANTINED, (load.prefix,))
    ]
    told: dict[str, list[Event]] = defaultdict(list)
    for key in logged:
        told[sent[key].order].append(sent[key])
    wrong = _wrong_orders(target, load, told)
    broken += wrong[:SHOWN_BROKEN]
    broken += _wrong_timelines(target, load, told)
    database.close()
    figures = {
        "requests": dict(sorted(load.ledger.outcomes.items())),
        "sent": len(sent),
        "acknowledged": len(acknowledged),
        "unacknowledged_in_log": sum(key not in acknowledged for key in logged),
        "unacknowledged_absent": sum(key not in logged for key in sent),
        "lost": len(lost),
        "doubled": len(doubled),
        "orders": len(load.feed.orders),
        "orders_wrong": len(wrong),
        "settled_seconds": round(settled, 2),
    }
    return Verdict(figures, broken, settled)


def settle(database: Database, broken: list[str]) -> float:
    """Waits until nothing is pending, also for a database that is still coming back; how long that took."""
    started = time.monotonic()
    while left := _left(database):
        if time.monotonic() - started > SETTLE_SECONDS:
            broken.append(f"{left} {SETTLE_SECONDS} s after the load's end")
            break
        time.sleep(0.05)
    return time.monotonic() - started


def _left(database: Database) -> str:
    """What is to be waited for still; empty when nothing is."""
    try:
        count = database.rows(_PENDING)[0][0]
    except psycopg.OperationalError:
        return "the database is still away"
    return f"{count} messages are still pending" if count else ""


def check_whole(target: Target) -> Verdict:
    """Of the whole system: the derived tables equal those that the log gives, and the log is what was sealed."""
    broken, figures = [], {}
    for name, arguments in (("rebuild_verify", ("rebuild", "--verify", "--json")), ("verify_log", ("verify-log", "--json"))):
        done = target.manage(*arguments)
        figures[name] = done.returncode == 0
        if done.returncode:
            said = (done.stdout + done.stderr).strip()[-800:]
            broken.append(f"`manage.py {' '.join(arguments)}` ended with {done.returncode}: {said}")
    return Verdict(figures, broken)


def _sentence(what: str, keys: list[tuple[str, str]]) -> list[str]:
    return [f"{len(keys)} events are {what}, such as {keys[0]}"] if keys else []


def _wrong_orders(target: Target, load: Load, told: dict[str, list[Event]]) -> list[str]:
    """Every order, as the API shows it, against what its events in the log say."""

    def compare(orders: list[str]) -> list[str]:
        client = Client(target.door, load.ledger)
        found = [sentence for order in orders if (sentence := _compare(client, order, told[order]))]
        client.close()
        return found

    with ThreadPoolExecutor(READERS) as pool:
        parts = [load.feed.orders[start::READERS] for start in range(READERS)]
        return [sentence for found in pool.map(compare, parts) for sentence in found]


def _compare(client: Client, order: str, events: list[Event]) -> str | None:
    answer = client.order(order) or client.order(order)
    if answer is None or answer[0] != 200:
        return f"order {order} is not shown: {answer}"
    is_, should_be = shown(answer[1]), expected(events)
    differing = {name: (is_[name], should_be[name]) for name in should_be if is_[name] != should_be[name]}
    return f"order {order} is shown otherwise than its events tell (shown, told): {differing}" if differing else None


def _wrong_timelines(target: Target, load: Load, told: dict[str, list[Event]]) -> list[str]:
    """Some orders' timelines name each message of theirs exactly once."""
    client = Client(target.door, load.ledger)
    broken = []
    for order in random.Random(len(told)).sample(load.feed.orders, min(TIMELINES, len(load.feed.orders))):
        names: list[tuple[str, str]] = []
        path = f"orders/{quote(order, safe='')}/timeline"
        answer = client.get(path)
        rows = answer[1]["results"] if answer and answer[0] == 200 else []
        names = [(row["message"]["source"], row["message"]["id"]) for row in rows if row["message"]]
        if sorted(names) != sorted(event.key for event in told[order]):
            broken.append(f"the timeline of {order} shows {len(names)} messages, its log has {len(told[order])}")
    client.close()
    return broken
