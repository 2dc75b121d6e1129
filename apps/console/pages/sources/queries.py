"""What the sources page shows: who speaks, since when we know them, and which credentials may. Never a secret."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q

from apps.partners.models import Credential, Source

ROW_LIMIT = 500


@dataclass(frozen=True, slots=True)
class SourceRow:
    name: str
    partner: str
    zone: str
    is_discovered: bool
    last_heard_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """One token of a credential; `state` is active, expired or off."""

    name: str
    doors: tuple[str, ...]
    partner: str
    may_send_history: bool
    state: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


def sources() -> list[SourceRow]:
    """The sources, the latest heard first; at most 500."""
    found = Source.objects.order_by(F("last_heard_at").desc(nulls_last=True), "name").only(
        "name", "partner", "zone", "is_discovered", "last_heard_at", "created_at"
    )
    return [
        SourceRow(each.name, each.partner or "", each.zone, each.is_discovered, each.last_heard_at, each.created_at)
        for each in found[:ROW_LIMIT]
    ]


def source_counts() -> tuple[int, int]:
    """How many sources there are, and how many of them nobody has completed."""
    counts = Source.objects.aggregate(every=Count("pk"), discovered=Count("pk", filter=Q(is_discovered=True)))
    return counts["every"], counts["discovered"]


def credentials(now: datetime) -> list[CredentialRow]:
    """Every token that was given out, by credential; at most 500. The digest is not even read."""
    found = Credential.objects.defer("digest").order_by("name", "-created_at")[:ROW_LIMIT]
    return [
        CredentialRow(
            name=each.name,
            doors=tuple(each.doors),
            partner=each.partner or "",
            may_send_history=each.may_send_history,
            state="off" if not each.is_active else "expired" if each.expires_at and each.expires_at <= now else "active",
            created_at=each.created_at,
            expires_at=each.expires_at,
            last_used_at=each.last_used_at,
        )
        for each in found
    ]
