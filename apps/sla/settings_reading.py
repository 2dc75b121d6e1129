"""What people set, as JSON values, read into commitments and calendars.

("commitment", name)   {"place": 10, "versions": [a commitment without its name, …]}
("calendar", name)     {"versions": [{"effective_from": null | time, "calendar": a calendar}, …]}; site:ATL-1, team:finance, …
("partner", code)      {"status": "active" | "onboarding" | "paused"}
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from apps.core.errors import Unreadable
from apps.sla.calendars import Calendar, calendar_of
from apps.sla.commitments import Commitment, commitment_of
from apps.sla.reading import came, read_struct, read_time

CALENDAR_OWNERS: Final = ("site", "partner", "team")
STATUSES: Final = ("active", "onboarding", "paused")
_EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CalendarVersion:
    """A calendar and from when on it holds; None: always."""

    effective_from: datetime | None
    calendar: Calendar


class _Placed(msgspec.Struct, frozen=True):
    place: int
    versions: list[object]


class _Dated(msgspec.Struct, frozen=True):
    versions: list[object]


class _CalendarVersion(msgspec.Struct, frozen=True):
    calendar: object
    effective_from: object = None


class _Partner(msgspec.Struct, frozen=True):
    status: str = STATUSES[0]


def placed_commitment(name: str, value: object) -> tuple[int, tuple[Commitment, ...]]:
    """A commitment's place and its versions, the latest first. Each ends where the next one begins. Raises Unreadable."""
    setting = read_struct(value, _Placed, "The setting of a commitment")
    versions = [commitment_of({**as_object(version), "name": name}) for version in setting.versions]
    versions.sort(key=lambda version: version.effective_from or _EVER)  # stable: of two from the same time, the second holds
    successor: datetime | None = None
    found = []
    for version in reversed(versions):
        ends = version.effective_to
        if successor is not None and (ends is None or successor < ends):
            ends = successor
        found.append(replace(version, effective_to=ends))
        successor = version.effective_from or _EVER
    return setting.place, tuple(found)


def calendar_owner(name: str) -> tuple[str, str]:
    """Whose calendar it is: ("site", "ATL-1") of "site:ATL-1". Raises Unreadable."""
    kind, _, code = name.partition(":")
    if kind not in CALENDAR_OWNERS or not code:
        raise Unreadable(
            f"A calendar belongs to a site, a partner or a team: expected a name such as site:ATL-1, came {came(name)}."
        )
    return kind, code


def calendar_versions(value: object) -> tuple[CalendarVersion, ...]:
    """A calendar's versions, the latest first. Raises Unreadable."""
    found = []
    for item in read_struct(value, _Dated, "The setting of a calendar").versions:
        version = read_struct(item, _CalendarVersion, "A calendar's version")
        begins = read_time(version.effective_from, "`effective_from` of a calendar's version")
        found.append(CalendarVersion(begins, calendar_of(version.calendar)))
    found.sort(key=lambda version: version.effective_from or _EVER)
    return tuple(reversed(found))


def partner_status(value: object) -> str:
    """Where a partner stands, "active" where nothing is said. Raises Unreadable."""
    status = read_struct(value, _Partner, "The setting of a partner").status
    if status not in STATUSES:
        raise Unreadable(f"`status`: expected one of {', '.join(STATUSES)}, came {came(status)}.")
    return status


def as_object(value: object) -> dict[str, object]:
    """A JSON object. Raises Unreadable."""
    if not isinstance(value, dict):
        raise Unreadable(f"A commitment's version: expected an object, came {came(value)}.")
    return value
