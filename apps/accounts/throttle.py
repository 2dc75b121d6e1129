"""Slows who guesses passwords and second factors. The database keeps the count: a wiped broker forgives nobody.

django-axes counts by user name and address together, so that a stranger cannot lock anybody out from elsewhere. allauth's
own limits stand beside it, in the broker: they bound what one name suffers from all addresses together.
"""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.signals import authentication_failed
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import TooMany
from apps.core.problems import error_page

NAME_LIMIT = 150  # a user's name has no more
_AT_LEAST_SECONDS = 1


def counted_name(_request: HttpRequest, credentials: dict[str, Any] | None = None) -> str | None:
    """The name under which failures count. The login finds a user in whatever case the name is written, so it is one."""
    told = (credentials or {}).get("username")
    return _normal(told) if told else None


def locked_out(
    request: HttpRequest, _original: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """429 with a page that says how long, the same whether or not there is such a user."""
    name = counted_name(request, credentials or getattr(request, "axes_credentials", None))
    minutes = max(1, round(_seconds_left(request, name) / 60))
    error = TooMany(
        f"Signing in under this name from here is paused. Try again in {minutes} minute{'s' if minutes > 1 else ''}.",
        retry_after_seconds=_seconds_left(request, name),
    )
    return error_page(request, error)


def unlock(name: str) -> int:
    """Forget the failures of a name from every address; how many addresses that were."""
    forgotten: int = AccessAttempt.objects.filter(username=_normal(name)).delete()[0]
    return forgotten


def _normal(name: str) -> str:
    return str(name).strip()[:NAME_LIMIT].upper()[:NAME_LIMIT]


def _seconds_left(request: HttpRequest, name: str | None) -> int:
    address = getattr(request, "axes_ip_address", None)
    last = AccessAttempt.objects.filter(username=name, ip_address=address).aggregate(at=Max("attempt_time"))["at"]
    if last is None:
        return int(settings.AXES_COOLOFF_TIME.total_seconds())
    return max(_AT_LEAST_SECONDS, int((last + settings.AXES_COOLOFF_TIME - timezone.now()).total_seconds()))


@receiver(pre_save, sender=AccessAttempt, dispatch_uid="accounts.keep_no_form")
def keep_no_form(instance: AccessAttempt, **_: Any) -> None:
    """A form that failed holds what somebody believed to be a password. Nothing of it is kept but the name."""
    instance.get_data = instance.post_data = ""


@receiver(authentication_failed, dispatch_uid="accounts.count_second_factor")
def count_second_factor(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """A wrong code counts as a wrong password does, under the same name."""
    AxesProxyHandler.user_login_failed(sender, {"username": user.username}, request)


class _Throttled:
    """A second factor's form that looks at no code while its user is locked out."""

    user: User

    def clean_code(self) -> str:
        from allauth.core import context

        if AxesProxyHandler.is_locked(context.request, {"username": self.user.username}):
            context.request.axes_locked_out = True
            context.request.axes_credentials = {"username": self.user.username}
            raise ValidationError("Too many failed attempts.")
        code: str = super().clean_code()  # type: ignore[misc]  # of the form that this is mixed into
        return code


class ThrottledAuthenticateForm(_Throttled, AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    pass


class ThrottledReauthenticateForm(_Throttled, ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    pass
