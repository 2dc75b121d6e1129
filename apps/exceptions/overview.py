"""What a list of cases amounts to: how many, worth what, with which incidents. Of large lists the answer is seconds old, since
each of these reads the whole list; of all others it is that of now."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from apps.core.recent import Recent
from apps.exceptions.filters import CaseFilter
from apps.exceptions.incidents import Incident, find_incidents
from apps.exceptions.queries import count_cases, worth_of

LARGE: Final = 5_000  # cases
COUNT_LIMIT: Final = 10_000

_counts: Recent[int] = Recent(lambda count: count >= LARGE)
_incidents: Recent[list[Incident]] = Recent(lambda _: True)
_worths: Recent[dict[str, Decimal]] = Recent(lambda _: True)


def count_in(filters: CaseFilter, *, now: datetime, is_changed: bool = False) -> int:
    """How many cases pass, up to one more than COUNT_LIMIT. `is_changed`: the asker has just changed it, and is told of now."""

    def ask() -> int:
        return count_cases(filters, now=now, at_most=COUNT_LIMIT + 1)

    return _counts.renew(filters, ask) if is_changed else _counts.get(filters, ask)


def worth_in(filters: CaseFilter, count: int, *, now: datetime) -> dict[str, Decimal]:
    """What these `count` cases are worth, as `queries.worth_of`."""
    if count < LARGE:
        return worth_of(filters, now=now)
    return _worths.get(filters, lambda: worth_of(filters, now=now))


def incidents_in(filters: CaseFilter, count: int, *, now: datetime, sort: str = "", limit: int = 50) -> list[Incident]:
    """The incidents among these `count` cases, as `incidents.find_incidents`."""
    if count < LARGE:
        return find_incidents(filters, now=now, limit=limit, sort=sort)
    return _incidents.get((filters, sort, limit), lambda: find_incidents(filters, now=now, limit=limit, sort=sort))


def forget() -> None:
    """Read anew at the next question."""
    for recent in (_counts, _incidents, _worths):
        recent.forget()
