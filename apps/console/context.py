"""What every template gets: the reader, the navigation and the theme, for signed-in people and for strangers alike."""

from functools import partial
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from apps.accounts.models import User
from apps.accounts.roles import Permission
from apps.console.access import Reader, reader_of, zone_of
from apps.console.navigation import navigation
from apps.console.times import Clock
from apps.console.words import ROLE
from apps.delivery.queries import MOST_COUNTED as MOST_UNREAD
from apps.delivery.queries import unread_count
from apps.exceptions.filters import ACTIVE, CaseFilter
from apps.exceptions.queries import count_cases

MOST_COUNTED: Final = 1_000


def shell(request: HttpRequest) -> dict[str, Any]:
    """The shell's context; `clock` is how the templates' tags tell a time."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"theme": "system", "clock": Clock(timezone.now(), zone_of(""))}
    reader = reader_of(user)
    return {
        "theme": user.theme,
        "clock": reader.clock,
        "reader": reader,
        "role_name": ROLE.get(reader.role, reader.role),
        "navigation": navigation(reader.role, request.path),
        "my_cases": SimpleLazyObject(partial(_my_cases, reader)),  # counted only where it is shown
        "unread": SimpleLazyObject(partial(_unread, reader)),
    }


def _my_cases(reader: Reader) -> str:
    """How many open cases the reader has, snoozed ones left out; empty for none."""
    if reader.partner is not None or not reader.may(Permission.SEE_EXCEPTIONS):
        return ""
    count = count_cases(CaseFilter(assignee=reader.username, state=ACTIVE), now=reader.clock.now, at_most=MOST_COUNTED)
    return f"{count:,}" if count else ""


def _unread(reader: Reader) -> str:
    """How many notifications the reader has not read; empty for none."""
    if not reader.may(Permission.SEE_EXCEPTIONS):
        return ""
    count = unread_count(reader.username, partner=reader.partner)
    if count >= MOST_UNREAD:
        return f"{MOST_UNREAD - 1}+"
    return str(count) if count else ""
