"""Which commitment and which calendar hold for what an order, a leg, a shipment or a return is: the settings, ready to ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

import msgspec

from apps.core.errors import Unreadable
from apps.core.text import printable
from apps.sla.calendars import Calendar, always_open
from apps.sla.commitments import DEFAULTS, MEASURES, Commitment, Match
from apps.sla.deadlines import Deadline, deadline_of
from apps.sla.settings_reading import (
    STATUSES,
    CalendarVersion,
    StatusVersion,
    calendar_owner,
    calendar_versions,
    partner_statuses,
    placed_commitment,
)

NOT_MEASURED: Final = frozenset({"onboarding", "paused"})  # partners of that status
_REMEMBERED: Final = 8192  # contexts; services and priorities are free text
_PROMISES_REMEMBERED: Final = 20_000  # those of the orders in flight: about ten each


class Context(msgspec.Struct, frozen=True, gc=False):
    """What a commitment may be matched by; None where nobody has told."""

    partner: str | None = None
    site: str | None = None
    region: str | None = None
    channel: str | None = None
    priority: str | None = None
    service: str | None = None


_Asked = tuple[str, Context, datetime, datetime | None]


@dataclass(frozen=True)
class Policy:
    """`commitments`: the first that matches holds, the defaults come last. `calendars`: by ("site" | "partner" | "team", code),
    the latest first. `statuses`: where the partners stand that are not always active, the latest first. `flaws`: settings that
    cannot be read, by name, and why."""

    default_zone: str
    commitments: tuple[Commitment, ...] = DEFAULTS
    calendars: Mapping[tuple[str, str], tuple[CalendarVersion, ...]] = field(default_factory=dict)
    statuses: Mapping[str, tuple[StatusVersion, ...]] = field(default_factory=dict)
    flaws: tuple[str, ...] = ()

    def commitment_for(self, measure: str, context: Context, started_at: datetime) -> Commitment | None:
        """The commitment for a clock of that measure that started then. None: it is not measured."""
        if self.status_of(context.partner, started_at) in NOT_MEASURED:
            return None
        for commitment in self._matching(measure, context):
            if is_effective(commitment, started_at):
                return commitment if commitment.is_measured else None
        return None

    def promise_of(
        self, measure: str, context: Context, started_at: datetime, carried: datetime | None
    ) -> tuple[Commitment, Deadline] | None:
        """The commitment for a clock of that measure that started then, and its deadline; `carried` is the date that the order
        brought for it. None: it is not measured. Remembered: an order asks it anew with every word about it."""
        key = (measure, context, started_at, carried)
        try:
            return self._promised[key]
        except KeyError:
            pass
        if len(self._promised) >= _PROMISES_REMEMBERED:
            self._promised.clear()
        self._promised[key] = found = self._promise_of(*key)
        return found

    def _promise_of(
        self, measure: str, context: Context, started_at: datetime, carried: datetime | None
    ) -> tuple[Commitment, Deadline] | None:
        commitment = self.commitment_for(measure, context, started_at)
        if commitment is None:
            return None
        deadline = deadline_of(commitment, self.calendar_for(context, started_at), started_at, carried)
        return None if deadline is None else (commitment, deadline)

    def status_of(self, partner: str | None, at: datetime) -> str:
        """Where the partner stands at that time: "active" unless somebody has said otherwise."""
        versions = self.statuses.get(partner, ()) if partner is not None else ()
        return next((v.status for v in versions if v.effective_from is None or v.effective_from <= at), STATUSES[0])

    def calendar_for(self, context: Context, at: datetime) -> Calendar:
        """The calendar of the site at that time, else the partner's, else always open."""
        return self._calendar("site", context.site, at) or self._calendar("partner", context.partner, at) or self._always_open

    def team_calendar(self, team: str, at: datetime) -> Calendar:
        """The calendar of the team at that time, else always open."""
        return self._calendar("team", team, at) or self._always_open

    def _calendar(self, kind: str, code: str | None, at: datetime) -> Calendar | None:
        versions = self.calendars.get((kind, code), ()) if code is not None else ()
        for version in versions:
            if version.effective_from is None or version.effective_from <= at:
                return version.calendar
        return None

    def _matching(self, measure: str, context: Context) -> tuple[Commitment, ...]:
        key = (measure, context)
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            found = tuple(each for each in self._by_measure[measure] if matches(each.match, context))
            self._remembered[key] = found
        return found

    @cached_property
    def _always_open(self) -> Calendar:
        return always_open(self.default_zone)

    @cached_property
    def _by_measure(self) -> dict[str, tuple[Commitment, ...]]:
        return {code: tuple(each for each in self.commitments if each.measure == code) for code in MEASURES}

    @cached_property
    def _promised(self) -> dict[_Asked, tuple[Commitment, Deadline] | None]:
        return {}

    @cached_property
    def _remembered(self) -> dict[tuple[str, Context], tuple[Commitment, ...]]:
        return {}


def matches(match: Match, context: Context) -> bool:
    """Whether the context has all that the match asks for."""
    for name in Match.__struct_fields__:
        wanted = getattr(match, name)
        if wanted is not None and wanted != getattr(context, name):
            return False
    return True


def is_effective(commitment: Commitment, started_at: datetime) -> bool:
    """Whether it holds for a clock that started then."""
    begins, ends = commitment.effective_from, commitment.effective_to
    return (begins is None or begins <= started_at) and (ends is None or started_at < ends)


def default_policy(default_zone: str) -> Policy:
    """The policy where nobody has set anything: the defaults, always open in that IANA zone."""
    return Policy(default_zone)


def policy_of(settings: Mapping[tuple[str, str], object], default_zone: str) -> Policy:
    """The policy that settings make: (kind, name) -> JSON value, as `settings_reading` says; null: taken back.

    It never raises: what cannot be read is left out and stands in `flaws`. Kinds that are not about promises are ignored.
    """
    reading = _Reading()
    for (kind, name), value in sorted(settings.items(), key=lambda setting: setting[0]):
        if value is not None:
            reading.take(kind, name, value)
    placed = sorted(reading.placed, key=lambda found: found[:2])  # stable: of one commitment the latest comes first
    return Policy(
        default_zone,
        commitments=(*(version for _, _, version in placed), *DEFAULTS),
        calendars=reading.calendars,
        statuses=reading.statuses,
        flaws=tuple(reading.flaws),
    )


class _Reading:
    """What has been read of the settings so far."""

    def __init__(self) -> None:
        self.placed: list[tuple[int, str, Commitment]] = []
        self.calendars: dict[tuple[str, str], tuple[CalendarVersion, ...]] = {}
        self.statuses: dict[str, tuple[StatusVersion, ...]] = {}
        self.flaws: list[str] = []

    def take(self, kind: str, name: str, value: object) -> None:
        try:
            if kind == "commitment":
                place, versions = placed_commitment(name, value)
                self.placed += [(place if each.place is None else each.place, name, each) for each in versions]
            elif kind == "calendar":
                self.calendars[calendar_owner(name)] = calendar_versions(value)
            elif kind == "partner":
                statuses = partner_statuses(value)
                if any(each.status in NOT_MEASURED for each in statuses):
                    self.statuses[name] = statuses
        except Unreadable as error:
            self.flaws.append(f"{kind} {printable(name)}: {error.detail}")
