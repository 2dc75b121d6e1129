"""Where a fact comes from, and a fact with that."""

from datetime import datetime

import msgspec

from apps.contracts.facts.base import Fact


class Stamp(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a fact comes from and its times. `position` finds the raw message and never decides anything.

    `occurred_at` is the claim (the envelope's `time`); where it was missing it is the heard time and
    `time_was_missing` says so. `heard_at` is ours. `recorded_at` is the envelope's `recordedtime`.
    """

    source: str
    id: str
    occurred_at: datetime
    heard_at: datetime
    recorded_at: datetime | None
    sequence: str | None
    time_was_missing: bool
    position: int


class StampedFact(msgspec.Struct, frozen=True, gc=False):
    """A fact with its stamp; `name` is the key of FACTS."""

    name: str
    stamp: Stamp
    fact: Fact
