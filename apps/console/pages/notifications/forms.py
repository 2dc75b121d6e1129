"""The forms of preferences: what they show, and what they say."""

import re
from typing import Any, Final

from django.http import QueryDict

from apps.core.errors import Unreadable
from apps.core.text import printable
from apps.delivery.preferences import MORNING, Preferences
from apps.delivery.schedule import AT_ONCE

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_FIELD: Final = re.compile("^`([a-z_]+)`: ")


def entered(wanted: Preferences) -> dict[str, Any]:
    """The form's fields as the preferences have them."""
    quiet = wanted.quiet
    return {
        "inbox": wanted.inbox,
        "email_kinds": wanted.emails,
        "webhook_kinds": wanted.webhooks,
        "email": wanted.email,
        "webhook_url": wanted.webhook_url,
        "digest": wanted.digest,
        "digest_at": _time(wanted.digest_minute),
        "quiet_from": _time(quiet[0]) if quiet else "",
        "quiet_until": _time(quiet[1]) if quiet else "",
        "zone": wanted.zone,
    }


def posted(form: QueryDict) -> dict[str, Any]:
    """The form's fields as they came."""
    texts = ("email", "webhook_url", "digest", "digest_at", "quiet_from", "quiet_until", "zone")
    lists = ("inbox", "email_kinds", "webhook_kinds")
    fields: dict[str, Any] = {name: form.get(name, "").strip() for name in texts}
    return fields | {name: frozenset(form.getlist(name)) for name in lists}


def preferences_in(fields: dict[str, Any]) -> Preferences:
    """What the fields say. Raises Unreadable, which names the field."""
    quiet_from, quiet_until = (_minute(fields, name) for name in ("quiet_from", "quiet_until"))
    if (quiet_from is None) != (quiet_until is None):
        missing = "quiet_from" if quiet_from is None else "quiet_until"
        raise Unreadable(f"`{missing}`: quiet hours need both times; leave both empty for none.")
    digest_minute = _minute(fields, "digest_at")
    return Preferences(
        inbox=fields["inbox"],
        emails=fields["email_kinds"],
        webhooks=fields["webhook_kinds"],
        email=fields["email"],
        webhook_url=fields["webhook_url"],
        digest=fields["digest"] or AT_ONCE,
        digest_minute=MORNING if digest_minute is None else digest_minute,
        quiet=None if quiet_from is None or quiet_until is None else (quiet_from, quiet_until),
        zone=fields["zone"],
    )


def problem_in(error: Unreadable) -> tuple[str, str]:
    """The field that the error names (empty: none), and its sentence."""
    found = _FIELD.match(error.detail)
    if found is None:
        return "", error.detail
    sentence = error.detail[found.end() :]
    return found[1], sentence[:1].upper() + sentence[1:]


def _minute(fields: dict[str, Any], name: str) -> int | None:
    text = fields[name]
    if not text:
        return None
    found = _TIME.fullmatch(text)
    if found is None:
        raise Unreadable(f"`{name}`: expected a time of day such as 08:00, came `{printable(text, 20)}`.")
    return int(found[1]) * 60 + int(found[2])


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
