"""How preferences change: a person's are their own business and are kept alone; a team's are an act with who and why. Neither
the webhook's secret nor its path, which may hold one too, comes into the log."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from apps.acts import settings as kept
from apps.core.errors import NotFound, Unreadable
from apps.core.sealed import seal
from apps.core.text import flaw, printable
from apps.delivery import outbound, signing
from apps.delivery.kinds import FOR_TEAMS, KINDS
from apps.delivery.models import PreferenceRow
from apps.delivery.preferences import Preferences, person, preferences_of, team
from apps.delivery.schedule import DIGESTS, MINUTES_OF_A_DAY
from apps.delivery.sending import SECRETS
from apps.exceptions.catalogue import TEAMS

SETTING: Final = "notifications"  # of teams, by their code
EMAIL_LIMIT: Final = 254
REASON_LIMIT: Final = 2_000


def save_person(username: str, wanted: Preferences) -> None:
    """Keeps what the person wants. Raises Unreadable, which names the field."""
    if wanted.webhook_url or wanted.webhooks:
        raise Unreadable("`webhook_url`: only a team has a webhook.")
    check(wanted, kinds=tuple(KINDS))
    _keep(person(username), wanted)


def save_team(code: str, wanted: Preferences, *, who: str, reason: str, now: datetime) -> str:
    """Keeps what the team wants, as an act. The webhook's new secret where there was none yet, to be shown this once; else
    empty. Raises NotFound, Unreadable."""
    if code not in TEAMS:
        raise NotFound("There is no such team.")
    if len(reason) > REASON_LIMIT:
        raise Unreadable(f"`reason`: it may have {REASON_LIMIT:,} characters.")
    if wanted.inbox:
        raise Unreadable("`inbox`: a team has no inbox; each of its people has one.")
    check(wanted, kinds=FOR_TEAMS)
    with transaction.atomic():
        had_secret = preferences_of([team(code)])[team(code)].has_secret
        kept.put(SETTING, code, _for_the_log(wanted), who=who, reason=reason, now=now)
        _keep(team(code), wanted)
        return _renew(code) if wanted.webhook_url and not had_secret else ""


def new_secret(code: str, *, who: str, now: datetime) -> str:
    """Another secret for the team's webhook, to be shown this once; the one before signs nothing any more. Raises NotFound
    where the team has no webhook."""
    with transaction.atomic():
        wanted = preferences_of([team(code)])[team(code)]
        if code not in TEAMS or not wanted.webhook_url:
            raise NotFound("There is no such team, or it has no webhook.")
        kept.put(SETTING, code, _for_the_log(wanted), who=who, reason="A new secret for its webhook", now=now)
        return _renew(code)


def check(wanted: Preferences, *, kinds: tuple[str, ...]) -> None:
    """Raises Unreadable, which names the field that is wrong."""
    for field, chosen in (("inbox", wanted.inbox), ("email_kinds", wanted.emails), ("webhook_kinds", wanted.webhooks)):
        if unknown := chosen - set(kinds):
            raise Unreadable(f"`{field}`: there is no `{printable(min(unknown), 40)}` to be told of here.")
    _check_addresses(wanted)
    if wanted.digest not in DIGESTS:
        raise Unreadable(f"`digest`: expected one of {', '.join(DIGESTS)}, came `{printable(wanted.digest, 40)}`.")
    for field, minute in (("digest_at", wanted.digest_minute), *(("quiet_from", each) for each in wanted.quiet or ())):
        if not 0 <= minute < MINUTES_OF_A_DAY:
            raise Unreadable(f"`{field}`: expected a time of day such as 08:00.")
    if wanted.quiet is not None and wanted.quiet[0] == wanted.quiet[1]:
        raise Unreadable("`quiet_from`: quiet hours that begin when they end would never end. Leave both empty for none.")
    if wanted.zone and wanted.zone not in available_timezones():
        raise Unreadable(f"`zone`: `{printable(wanted.zone, 60)}` is no time zone: use an IANA name such as America/Chicago.")


def _check_addresses(wanted: Preferences) -> None:
    if wanted.email:
        try:
            validate_email(wanted.email)
        except ValidationError as error:
            raise Unreadable("`email`: this is no e-mail address. It looks like ada@example.org.") from error
        if len(wanted.email) > EMAIL_LIMIT or flaw(wanted.email):
            raise Unreadable(f"`email`: it may have {EMAIL_LIMIT} characters.")
    if wanted.emails and not wanted.email:
        raise Unreadable("`email`: say where to, or choose nothing by e-mail.")
    if wanted.webhook_url:
        try:
            outbound.check_url(wanted.webhook_url)
        except outbound.Refused as refusal:
            raise Unreadable(f"`webhook_url`: {refusal}") from refusal
    if wanted.webhooks and not wanted.webhook_url:
        raise Unreadable("`webhook_url`: say where to, or choose nothing by webhook.")


def _keep(recipient: str, wanted: Preferences) -> None:
    quiet_from, quiet_until = wanted.quiet or (None, None)
    PreferenceRow.objects.update_or_create(
        recipient=recipient,
        defaults={
            "inbox_kinds": sorted(wanted.inbox),
            "email_kinds": sorted(wanted.emails),
            "webhook_kinds": sorted(wanted.webhooks),
            "email": wanted.email,
            "webhook_url": wanted.webhook_url,
            "digest": wanted.digest,
            "digest_minute": wanted.digest_minute,
            "quiet_from_minute": quiet_from,
            "quiet_until_minute": quiet_until,
            "zone": wanted.zone,
        },
    )


def _renew(code: str) -> str:
    secret = signing.new_secret()
    PreferenceRow.objects.filter(recipient=team(code)).update(sealed_secret=seal(secret, SECRETS))
    return secret


def _for_the_log(wanted: Preferences) -> dict[str, Any]:
    """What the act says: of the webhook its host alone."""
    shown = replace(wanted, webhook_url=urlsplit(wanted.webhook_url).hostname or "" if wanted.webhook_url else "")
    return {
        "email_kinds": sorted(shown.emails),
        "webhook_kinds": sorted(shown.webhooks),
        "email": shown.email,
        "webhook_host": shown.webhook_url,
        "digest": shown.digest,
        "digest_minute": shown.digest_minute,
        "quiet": list(shown.quiet) if shown.quiet else None,
        "zone": shown.zone,
    }
