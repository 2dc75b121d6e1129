"""What the log and the pipeline carry inside one process, on a database of their own, as JSON.

Rates are of one process, from messages in memory to committed rows; fsync and synchronous_commit are on. The limit is
PostgreSQL's own COPY of the same messages into an indexed table, in the same run: compare the ratios, not the rates.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django

django.setup()

from django.db import connection  # noqa: E402 - Django must be set up first
from django.test.utils import setup_databases, teardown_databases  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.eventlog import log  # noqa: E402
from apps.eventlog.types import NewMessage  # noqa: E402
from apps.pipeline.process import process_batch  # noqa: E402
from tests import messages as m  # noqa: E402

ORDERS = int(os.environ.get("BENCH_ORDERS", "1000"))
IN_FLIGHT = 100  # orders whose events arrive interleaved
BATCH = 100
ROUNDS = 3


def told(prefix: str) -> list[NewMessage]:
    """Messages of ORDERS orders, fifteen each, interleaved over IN_FLIGHT orders at a time."""
    stories = [m.order_story(f"{prefix}-{number}") for number in range(ORDERS)]
    groups = [stories[start : start + IN_FLIGHT] for start in range(0, ORDERS, IN_FLIGHT)]
    return [each for group in groups for step in zip(*group, strict=True) for each in step]


def rate(work: Callable[[], int]) -> float:
    """How many a second."""
    start = time.perf_counter()
    count = work()
    return count / (time.perf_counter() - start)


def append(messages: Sequence[NewMessage]) -> int:
    for start in range(0, len(messages), BATCH):
        log.append(messages[start : start + BATCH], now=timezone.now())
    return len(messages)


def process() -> int:
    total = 0
    while taken := process_batch(now=timezone.now()):
        total += taken
    return total


def copy(messages: Sequence[NewMessage]) -> int:
    """The limit: the bytes and what finds them, copied a thousand at a time into a table with one index."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_limit (source text, id text, body bytea, PRIMARY KEY (source, id))")
        for start in range(0, len(messages), 1_000):
            with cursor.copy("COPY bench_limit FROM STDIN") as into:
                for message in messages[start : start + 1_000]:
                    into.write_row((message.source, message.id, message.body))
        cursor.execute("DROP TABLE bench_limit")
    return len(messages)


def measure() -> dict[str, object]:
    rounds: dict[str, list[float]] = {"copy": [], "append": [], "process": []}
    for number in range(ROUNDS):
        messages = told(f"R{number}")
        rounds["copy"].append(rate(partial(copy, messages)))
        rounds["append"].append(rate(partial(append, messages)))
        rounds["process"].append(rate(process))
    median = {name: statistics.median(rates) for name, rates in rounds.items()}
    return {
        "orders": ORDERS,
        "messages_a_round": ORDERS * len(m.order_story()),
        "rounds": ROUNDS,
        "per_second": {name: round(value) for name, value in median.items()},
        "share_of_copy": {name: round(median[name] / median["copy"], 4) for name in ("append", "process")},
    }


def main() -> int:
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        json.dump(measure(), sys.stdout, indent=2)
        print()
    finally:
        teardown_databases(databases, verbosity=0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
