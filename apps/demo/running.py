"""Runs the feed until it is told to end: keeps its memory on disk, backs off while the door is away."""

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from django.conf import settings

from apps.demo.client import AwayError, Client
from apps.demo.feed import Feed, Memory, Tokens
from apps.demo.seeding import write_private

Answer = TypeVar("Answer")
SEED = 20_260_301
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 15.0
_LONGEST_WISH_SECONDS = 120.0
_LONGEST_SLEEP = timedelta(seconds=5)


def memory_path() -> Path:
    return settings.DATA_DIR / "demo-feed.json"


def recall(now: datetime) -> Memory:
    """What the feed knew when it ended, else a new sample that begins now."""
    try:
        return msgspec.json.decode(memory_path().read_bytes(), type=Memory)
    except (FileNotFoundError, msgspec.DecodeError):
        return Memory(seed=SEED, born_at=now.replace(microsecond=0))


def remember(memory: Memory) -> None:
    write_private(memory_path(), msgspec.json.encode(memory).decode())


def run(tokens: Tokens, *, now: Callable[[], datetime], say: Callable[[str], None]) -> None:
    """Tells the sample until the process is ended. Raises NotTakenError where the door refuses it for good."""
    port = int(os.environ.get("DISTSYNC_PORT") or 8000)
    feed = Feed(recall(now()), Client(port), tokens, remember)
    remember(feed.memory)
    while told := patiently(feed.tell_history, say):
        say(f"{told} messages of the last days are told.")
    say("The live feed runs.")
    while True:
        until = patiently(lambda: feed.step(now()), say)
        time.sleep(max(0.0, min(until - now(), _LONGEST_SLEEP).total_seconds()))


def patiently(attempt: Callable[[], Answer], say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep) -> Answer:
    """The attempt's answer. While the door is away it is tried again: as the door wishes, else ever less often."""
    pause = _FIRST_PAUSE_SECONDS
    was_away = False
    while True:
        try:
            answer = attempt()
        except AwayError as away:
            if not was_away:
                say(f"{away.detail}: the sample waits and tries again.")
            was_away = True
            sleep(pause if away.retry_after_seconds is None else min(away.retry_after_seconds, _LONGEST_WISH_SECONDS))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            continue
        if was_away:
            say("DistSync answers again.")
        return answer
