"""What recipients want to be told and how: a person's preferences and a team's, as kept, as defaults, and as they are read from
what somebody entered."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from apps.accounts.models import User
from apps.delivery.kinds import EMAIL, IN_INBOX, WEBHOOK
from apps.delivery.models import PreferenceRow
from apps.delivery.schedule import AT_ONCE, Schedule

PERSON: Final = "person:"
TEAM: Final = "team:"
MORNING: Final = 8 * 60


def person(username: str) -> str:
    """The recipient that a person is."""
    return PERSON + username


def team(code: str) -> str:
    """The recipient that a team is."""
    return TEAM + code


@dataclass(frozen=True, slots=True)
class Preferences:
    """Which kinds go where (words of KINDS), and when they leave. Empty addresses: that way is closed. `has_secret`: the
    webhook's is kept; itself it is read by whoever sends alone."""

    inbox: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    webhooks: frozenset[str] = frozenset()
    email: str = ""
    webhook_url: str = ""
    digest: str = AT_ONCE
    digest_minute: int = MORNING
    quiet: tuple[int, int] | None = None
    zone: str = ""
    has_secret: bool = field(default=False, compare=False)

    def ways_of(self, kind: str) -> list[str]:
        """The channels by which that kind leaves."""
        ways = ((EMAIL, self.email, self.emails), (WEBHOOK, self.webhook_url, self.webhooks))
        return [channel for channel, address, kinds in ways if address and kind in kinds]

    def address(self, channel: str) -> str:
        return self.email if channel == EMAIL else self.webhook_url

    def schedule(self, own_zone: str = "") -> Schedule:
        """`own_zone`: the person's, where the preferences name none; the deployment's where nobody does."""
        return Schedule(zone_of(self.zone or own_zone), self.digest, self.digest_minute, self.quiet)


DEFAULT: Final = {PERSON: Preferences(inbox=frozenset(IN_INBOX)), TEAM: Preferences()}


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name, else the deployment's."""
    try:
        return ZoneInfo(name or settings.DEPLOYMENT_TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.DEPLOYMENT_TIME_ZONE)


def default(recipient: str) -> Preferences:
    """What holds until somebody says otherwise: a person's inbox, nothing for a team itself."""
    return DEFAULT[PERSON if recipient.startswith(PERSON) else TEAM]


def preferences_of(recipients: Collection[str]) -> dict[str, Preferences]:
    """The preferences of each of these recipients."""
    kept = {row.recipient: _read(row) for row in PreferenceRow.objects.filter(recipient__in=list(recipients))}
    return {recipient: kept.get(recipient) or default(recipient) for recipient in recipients}


def schedules_of(preferences: Mapping[str, Preferences], people: Iterable[User]) -> dict[str, Schedule]:
    """When to tell each of the recipients."""
    zones = {person(user.username): user.time_zone for user in people}
    return {recipient: each.schedule(zones.get(recipient, "")) for recipient, each in preferences.items()}


def _read(row: PreferenceRow) -> Preferences:
    quiet = None
    if row.quiet_from_minute is not None and row.quiet_until_minute is not None:
        quiet = (row.quiet_from_minute, row.quiet_until_minute)
    return Preferences(
        inbox=frozenset(row.inbox_kinds),
        emails=frozenset(row.email_kinds),
        webhooks=frozenset(row.webhook_kinds),
        email=row.email,
        webhook_url=row.webhook_url,
        digest=row.digest,
        digest_minute=row.digest_minute,
        quiet=quiet,
        zone=row.zone,
        has_secret=bool(row.sealed_secret),
    )
