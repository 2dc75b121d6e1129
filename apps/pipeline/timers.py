"""What only time does to orders, worked in turns beside the messages: clocks that become due, and orders to be judged again."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from apps.core.sql import fetch
from apps.eventlog.maintenance import MAINTENANCE_LOCK
from apps.exceptions.sweep import BATCH, rejudge, sweep_due
from apps.pipeline.process import tell_changed

Turn = Callable[[datetime], tuple[int, set[str]]]


def _due(now: datetime) -> tuple[int, set[str]]:
    return sweep_due(now=now)


def _again(now: datetime) -> tuple[int, set[str]]:
    return rejudge(now=now)


TURNS: tuple[Turn, ...] = (_due, _again)


def run(*, now: datetime) -> int:
    """One turn of each; how many orders it judged. Nothing while a rebuild is under way. Tells of changes after the commit."""
    total = 0
    for turn in TURNS:
        with transaction.atomic():
            ((may_run,),) = fetch("SELECT pg_try_advisory_xact_lock_shared(%s)", (MAINTENANCE_LOCK,))
            if not may_run:
                return total
            count, changed = turn(now)
        tell_changed(sorted(changed))
        total += count
    return total


def settle(*, now: datetime) -> None:
    """Works all that is due by `now` and all that is asked for, for a rebuild, which holds the maintenance lock itself."""
    for turn in TURNS:
        while turn(now)[0] >= 1:
            pass


def is_full(count: int) -> bool:
    """Whether a turn left more to do."""
    return count >= BATCH
