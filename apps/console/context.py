"""What every template gets: the reader, the navigation and the theme, for signed-in people and for strangers alike."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import User
from apps.console.access import reader_of, zone_of
from apps.console.navigation import navigation
from apps.console.times import Clock
from apps.console.words import ROLE


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
    }
