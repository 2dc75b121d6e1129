"""A clock: one commitment that has started, when it is due, what has stopped it, and how it stands at a moment. Pure.

A clock has two readings: when its stop milestone happened, and when we heard of it. Late work and late word are different
failures with different owners; the commitment says which of the two it judges.
"""

from datetime import datetime
from typing import Final, NamedTuple

import msgspec

STATES: Final = ("running", "at_risk", "missed", "met", "met_late", "cancelled")


class Subject(NamedTuple):
    """What a clock or a case is about: an identifier of an order, with who issued it where that is known."""

    scheme: str
    value: str
    issuer: str | None = None


class Clock(msgspec.Struct, frozen=True, array_like=True):
    """One commitment on one subject. All times are UTC.

    `stopped_at` is when the stop milestone happened (None where nobody claims a believable time), `stopped_heard_at` when
    that was first heard, `word_at` when that first word says it happened; all are None while it runs. `is_said`: by its own
    word, not only by a later milestone's. `void` says why nothing is owed any more, heard at `void_heard_at`.
    """

    measure: str
    commitment: str
    basis: str
    subject: Subject
    partner: str | None
    site: str | None
    started_at: datetime
    started_heard_at: datetime
    due_at: datetime
    warn_at: datetime
    stopped_at: datetime | None = None
    stopped_heard_at: datetime | None = None
    void: str = ""
    void_heard_at: datetime | None = None
    is_said: bool = False
    word_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        return not self.void and self.stopped_heard_at is None


def clock_state(clock: Clock, now: datetime) -> str:
    """running, at_risk, missed (due and not heard of), met, met_late or cancelled, as of `now`."""
    if clock.void:
        return "cancelled"
    if clock.stopped_heard_at is not None:
        judged = clock.stopped_at if clock.basis == "happened" else None
        return "met" if (judged or clock.stopped_heard_at) <= clock.due_at else "met_late"
    if now > clock.due_at:
        return "missed"
    return "at_risk" if now >= clock.warn_at else "running"


def is_late_word_of(due_at: datetime | None, happened_at: datetime | None, heard_at: datetime | None) -> bool:
    """It happened in time, and we heard of it too late: the word was late, not the work."""
    return due_at is not None and happened_at is not None and heard_at is not None and happened_at <= due_at < heard_at
