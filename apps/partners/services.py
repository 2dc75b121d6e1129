"""What an administrator does with credentials, and how a token opens a door."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, Unreadable
from apps.core.guessing import note_good, note_guess, refuse_guessing
from apps.core.text import flaw, printable
from apps.core.tokens import CREDENTIAL_PREFIX, digest_of, is_token_of, new_token
from apps.partners.discovery import discover
from apps.partners.doors import DOORS
from apps.partners.models import Credential, Source

OVERLAP = timedelta(hours=24)
MEMORY = timedelta(seconds=3)  # for how long a revoked token may still be let in by another process
_MEMORY_SIZE = 10_000
_USE_IS_NOTED_EVERY = timedelta(minutes=1)
_NAME_LIMIT = 200


@dataclass(frozen=True, slots=True)
class CredentialInfo:
    """Who stands at a door. `partner` None may speak for any source."""

    name: str
    doors: frozenset[str]
    partner: str | None
    may_send_history: bool
    rate_limit_per_second: int | None
    expires_at: datetime | None


_known: dict[bytes, tuple[datetime, CredentialInfo | None]] = {}


def create_credential(  # noqa: PLR0913 - one keyword for each thing that the command line can set
    name: str,
    *,
    partner: str | None = None,
    doors: Iterable[str] = DOORS,
    may_send_history: bool = False,
    expires_at: datetime | None = None,
    rate_limit_per_second: int | None = None,
) -> str:
    """The token of a new credential, which can be read only here. Raises Conflict for a name in use, Unreadable for a
    name or partner that cannot be one and for an unknown door."""
    for text in (name, partner):
        if text is not None and (not text.strip() or len(text) > _NAME_LIMIT or flaw(text)):
            raise Unreadable(f"`{printable(text)}` cannot be a name: use 1 to {_NAME_LIMIT} characters.")
    if unknown := sorted(set(doors) - set(DOORS)):
        raise Unreadable(f"There is no door `{unknown[0]}`: the doors are {', '.join(DOORS)}.")
    with transaction.atomic():
        if Credential.objects.filter(name=name).exists():
            raise Conflict(f"There is already a credential `{name}`: `source rotate` gives it a new token.")
        if partner is not None:
            discover(partners=[partner])
        return _issue(
            Credential(
                name=name,
                partner=partner,
                doors=sorted(set(doors), key=DOORS.index),
                may_send_history=may_send_history,
                expires_at=expires_at,
                rate_limit_per_second=rate_limit_per_second,
            )
        )


def rotate(name: str, *, now: datetime, overlap: timedelta = OVERLAP) -> str:
    """A new token for the credential, with a life as long as the latest one's was; those it has stay valid for `overlap`
    more. Raises NotFound."""
    with transaction.atomic():
        rows = list(Credential.objects.select_for_update().filter(name=name, is_active=True).order_by("pk"))
        if not rows:
            raise NotFound(f"There is no active credential `{name}`. `source list` shows those that there are.")
        latest = rows[-1]
        life = None if latest.expires_at is None else latest.expires_at - latest.created_at
        outlived = Q(expires_at__isnull=True) | Q(expires_at__gt=now + overlap)
        Credential.objects.filter(outlived, pk__in=[row.pk for row in rows]).update(expires_at=now + overlap)
        forget()
        return _issue(
            Credential(
                name=name,
                partner=latest.partner,
                doors=latest.doors,
                may_send_history=latest.may_send_history,
                expires_at=None if life is None else now + life,
                rate_limit_per_second=latest.rate_limit_per_second,
            )
        )


def revoke(name: str, *, number: int | None = None) -> int:
    """End every token of the credential, or the one of that number; how many that were. Raises NotFound."""
    rows = Credential.objects.filter(name=name, is_active=True)
    ended = (rows if number is None else rows.filter(pk=number)).update(is_active=False)
    forget()
    if not ended and number is not None:
        raise NotFound(f"`{name}` has no active token {number}. `source list` shows those that there are.")
    if not ended:
        raise NotFound(f"There is no active credential `{name}`. `source list` shows those that there are.")
    return ended


def assign_source(source: str, *, partner: str | None) -> None:
    """Say whose source it is: a partner's, or with None one of the house."""
    with transaction.atomic():
        if partner is not None:
            discover(partners=[partner])
        Source.objects.update_or_create(name=source, defaults={"partner": partner or "", "is_discovered": False})


def authenticate(token: str, door: str, now: datetime, address: str | None = None) -> CredentialInfo:
    """Who holds `token`. Raises Unauthenticated for a token that is unknown, expired or revoked, Forbidden where the
    credential may not use `door`, TooMany where `address` keeps guessing. Asks the database at most once in MEMORY for a
    token."""
    digest = digest_of(token)
    remembered = _known.get(digest)
    if remembered is None or not timedelta(0) <= now - remembered[0] < MEMORY:
        refuse_guessing(address, digest)
        if len(_known) >= _MEMORY_SIZE:
            _known.clear()
        remembered = _known[digest] = (now, _load(token, digest, now))
    found = remembered[1]
    if found is None or (found.expires_at is not None and found.expires_at <= now):
        note_guess(address)
        raise Unauthenticated("This token is not known here, or it has expired or been revoked. `source create` makes one.")
    if door not in found.doors:
        raise Forbidden(f"The credential `{found.name}` may not use the door `{door}`, only {', '.join(sorted(found.doors))}.")
    return found


def forget() -> None:
    """Make the next `authenticate` of this process ask the database."""
    _known.clear()


def _issue(credential: Credential) -> str:
    token = new_token(CREDENTIAL_PREFIX)
    credential.digest = digest_of(token)
    credential.save(force_insert=True)
    return token


def _load(token: str, digest: bytes, now: datetime) -> CredentialInfo | None:
    row = Credential.objects.filter(digest=digest, is_active=True).first()
    if row is None or not is_token_of(token, row.digest):
        return None
    stale = now - _USE_IS_NOTED_EVERY
    if row.last_used_at is None or row.last_used_at < stale:
        unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=stale)
        Credential.objects.filter(unnoted, pk=row.pk).update(last_used_at=now)
        note_good(digest)
    return CredentialInfo(
        row.name, frozenset(row.doors), row.partner, row.may_send_history, row.rate_limit_per_second, row.expires_at
    )
