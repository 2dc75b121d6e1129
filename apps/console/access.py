"""Who is asking: the signed-in person's role, partner and clock, and the gate in front of every page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.roles import Permission, may
from apps.console.times import Clock

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True)
class Reader:
    """What the person in front of the page may see. `partner` is None for staff, else the only partner that is shown."""

    username: str
    role: str
    partner: str | None
    clock: Clock

    def may(self, permission: Permission) -> bool:
        return may(self.role, permission)

    @property
    def sees_money(self) -> bool:
        return self.may(Permission.SEE_MONEY)

    @property
    def sees_customers(self) -> bool:
        return self.may(Permission.SEE_CUSTOMERS)


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name, else the deployment's."""
    try:
        return ZoneInfo(name or settings.DEPLOYMENT_TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.DEPLOYMENT_TIME_ZONE)


def reader_of(user: User) -> Reader:
    """The signed-in person as a reader. A partner's user without a partner sees no partner's rows."""
    partner = None if may(user.role, Permission.SEE_ALL_PARTNERS) else user.partner
    return Reader(user.username, user.role, partner, Clock(timezone.now(), zone_of(user.time_zone)))


def user_of(request: HttpRequest) -> User:
    """The signed-in user; only behind `page`, which sends everybody else to the login."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Sign in first.")
    return request.user


View = Callable[Concatenate[HttpRequest, Reader, Arguments], HttpResponseBase]


def page(
    permission: Permission | None = None,
) -> Callable[[View[Arguments]], Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]]:
    """Gate of a page: login first, then the permission. A page that the role may not see is not there (404)."""

    def gate(view: View[Arguments]) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]:
        @wraps(view)
        def open_page(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
            reader = reader_of(user_of(request))
            if permission is not None and not reader.may(permission):
                raise Http404("No page of this role.")
            return view(request, reader, *args, **kwargs)

        return login_required(open_page)

    return gate
