"""What only time does, worked in turns beside the messages: clocks that become due, partners that fall silent, and what is to
be judged again."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from apps.eventlog.maintenance import rebuild_waits
from apps.exceptions.sweep import BATCH, rejudge, sweep_due, sweep_subjects, watch_partners
from apps.pipeline.process import tell_changed

Turn = Callable[[datetime], tuple[int, set[str]]]


def _due(now: datetime) -> tuple[int, set[str]]:
    return sweep_due(now=now)


def _again(now: datetime) -> tuple[int, set[str]]:
    return rejudge(now=now)


def _watch(_now: datetime) -> tuple[int, set[str]]:
    return watch_partners()


def _subjects(now: datetime) -> tuple[int, set[str]]:
    return sweep_subjects(now=now)


TURNS: tuple[Turn, ...] = (_due, _again, _watch, _subjects)


def run(*, now: datetime) -> int:
    """One turn of each; how many orders it judged. Nothing while a rebuild is under way. Tells of changes after the commit."""
    total = 0
    for turn in TURNS:
        with transaction.atomic():
            if not rebuild_waits():
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
