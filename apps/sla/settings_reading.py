"""What people set, as JSON values, read into commitments and calendars.

("commitment", name)   {"place": 10, "versions": [a commitment without its name, which may have a place of its own, …]}
("calendar", name)     {"versions": [{"effective_from": null | time, "calendar": a calendar | null: none}, …]}; names such as
                       site:ATL-1, partner:polaris, team:finance
("partner", code)      {"status": "active" | "onboarding" | "paused"}, or {"versions": [{"effective_from": …, "status": …}, …]}
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
    """A calendar (None: there is none) and from when on it holds; None: always."""

    effective_from: datetime | None
    calendar: Calendar | None


@dataclass(frozen=True, slots=True)
class StatusVersion:
    """Where a partner stands, and from when on; None: always."""

    effective_from: datetime | None
    status: str


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
    versions: list[object] | None = None


class _StatusVersion(msgspec.Struct, frozen=True):
    status: str
    effective_from: object = None


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
        found.append(CalendarVersion(begins, None if version.calendar is None else calendar_of(version.calendar)))
    found.sort(key=lambda version: version.effective_from or _EVER)
    return tuple(reversed(found))


def partner_statuses(value: object) -> tuple[StatusVersion, ...]:
    """Where a partner stands, the latest first; "active" where nothing is said. Raises Unreadable."""
    setting = read_struct(value, _Partner, "The setting of a partner")
    if setting.versions is None:
        return (StatusVersion(None, _status(setting.status)),)
    found = []
    for item in setting.versions:
        version = read_struct(item, _StatusVersion, "A partner's status")
        begins = read_time(version.effective_from, "`effective_from` of a partner's status")
        found.append(StatusVersion(begins, _status(version.status)))
    found.sort(key=lambda version: version.effective_from or _EVER)
    return tuple(reversed(found))


def _status(status: str) -> str:
    if status not in STATUSES:
        raise Unreadable(f"`status`: expected one of {', '.join(STATUSES)}, came {came(status)}.")
    return status


def as_object(value: object) -> dict[str, object]:
    """A JSON object. Raises Unreadable."""
    if not isinstance(value, dict):
        raise Unreadable(f"A commitment's version: expected an object, came {came(value)}.")
    return value
