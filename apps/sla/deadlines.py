"""When a commitment is due, and from when on it is at risk."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from apps.sla import calendars
from apps.sla.calendars import Calendar, NeverOpens
from apps.sla.commitments import MEASURES, Commitment

_LAST: Final = datetime.max.replace(tzinfo=UTC)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Deadline:
    """`due_at` is the last instant that keeps the commitment; from `warn_at` on it is at risk, which is never after `due_at`
    and never before the start unless the date was already past then."""

    due_at: datetime
    warn_at: datetime


def deadline_of(commitment: Commitment, calendar: Calendar, started_at: datetime, carried: datetime | None) -> Deadline | None:
    """The deadline of a clock that started then. `carried` is the date that the order brought for this measure.

    None without a date where the commitment counts from one (for shipping: without a cut-off in the calendar too), and
    where the calendar is not open for long enough in the next 400 days.
    """
    if commitment.expectation == "business":
        return _in_open_time(commitment, calendar, started_at)
    if commitment.expectation == "elapsed":
        due_at = _moved(started_at, commitment.seconds)
    else:
        promised = carried or _cut_off_of(commitment, calendar, started_at)
        if promised is None:
            return None
        due_at = _moved(promised, commitment.seconds)
    return Deadline(due_at, min(due_at, max(started_at, _moved(due_at, -commitment.warning_seconds))))


def _in_open_time(commitment: Commitment, calendar: Calendar, started_at: datetime) -> Deadline | None:
    calm_seconds = max(0, commitment.seconds - commitment.warning_seconds)
    try:
        return Deadline(
            calendars.add_open_time(calendar, started_at, commitment.seconds),
            calendars.add_open_time(calendar, started_at, calm_seconds),
        )
    except NeverOpens:
        return None


def _cut_off_of(commitment: Commitment, calendar: Calendar, started_at: datetime) -> datetime | None:
    if MEASURES[commitment.measure].field != "ship_by":
        return None
    return calendars.ship_by(calendar, started_at)


def _moved(moment: datetime, seconds: int) -> datetime:
    """`moment` so much later, at most the last time that there is."""
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        return _LAST if seconds > 0 else _FIRST
