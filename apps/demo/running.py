"""Runs the feed until it is told to end: takes over what is asked for, says how far it is, backs off while nobody answers."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from apps.demo.client import AwayError, Client
from apps.demo.feed import Feed, Tokens
from apps.demo.memory import Report, keep_memory, new_memory, read_memory, read_steering, report

Answer = TypeVar("Answer")
SEED: Final = 20_260_301
DAYS: Final = 30
ORDERS: Final = 5_000
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 15.0
_LONGEST_WISH_SECONDS = 120.0
_SAYS_EVERY = timedelta(seconds=3)
_LOOKS_EVERY_SECONDS = 1.0


def history_orders() -> int:
    """How many orders the history has: DISTSYNC_DEMO_ORDERS, where somebody wants fewer or more."""
    asked = os.environ.get("DISTSYNC_DEMO_ORDERS") or ""
    return max(1, int(asked)) if asked.isdecimal() else ORDERS


def run(tokens: Tokens, *, now: Callable[[], datetime], say: Callable[[str], None]) -> None:
    """Tells the world until the process is ended. Raises NotTakenError where the door refuses it for good."""
    port = int(os.environ.get("DISTSYNC_PORT") or 8000)
    memory = read_memory() or new_memory(SEED, now(), days=DAYS, orders=history_orders())
    keep_memory(memory)
    feed = Feed(memory, Client(port), tokens, keep_memory)
    Runner(feed, now, say).run()


@dataclass(slots=True)
class Runner:
    """The loop around a feed."""

    feed: Feed
    now: Callable[[], datetime]
    say: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    _said_at: datetime | None = field(init=False, default=None)
    _was_live: bool = field(init=False, default=False)
    _trouble: str = field(init=False, default="")

    def run(self) -> None:
        while True:
            self.turn()

    def turn(self) -> None:
        """One batch, then a rest until more is due."""
        asked = read_steering()
        if asked is not None:
            self.feed.steer(asked, self.now())
        until = patiently(lambda: self.feed.step(self.now()), self._complain, self.sleep)
        now = self.now()
        self._tell_progress(now)
        if until > now:
            self.sleep(min((until - now).total_seconds(), _LOOKS_EVERY_SECONDS))

    def _complain(self, said: str) -> None:
        self._trouble = said if "waits" in said else ""
        self.say(said)
        report(Report(self.now(), 0.0, self._trouble))

    def _tell_progress(self, now: datetime) -> None:
        memory = self.feed.memory
        is_new = memory.is_live and not self._was_live
        if not is_new and self._said_at is not None and now - self._said_at < _SAYS_EVERY:
            return
        self._said_at = now
        report(Report(now, self.feed.per_minute(now), self._trouble))
        if is_new:
            rate = memory.steering().orders_per_hour
            self.say(f"The history is told. The live feed runs: {memory.told:,} messages so far, {rate:g} new orders an hour.")
        elif not memory.is_live:
            days = max(0.0, (memory.told_until - memory.plan.began_at) / timedelta(days=1))
            self.say(f"History: {days:.1f} of {memory.plan.days} days told, {memory.told:,} messages.")
        self._was_live = memory.is_live


def patiently(attempt: Callable[[], Answer], say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep) -> Answer:
    """The attempt's answer. While the door is away it is tried again: as the door wishes, else ever less often."""
    pause = _FIRST_PAUSE_SECONDS
    was_away = False
    while True:
        try:
            answer = attempt()
        except AwayError as away:
            if not was_away:
                say(f"{away.detail}: the sandbox waits and tries again.")
            was_away = True
            sleep(pause if away.retry_after_seconds is None else min(away.retry_after_seconds, _LONGEST_WISH_SECONDS))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            continue
        if was_away:
            say("DistSync answers again.")
        return answer
