"""Who calls the API: a user's token first, so that a caller without any gets 401 and not 403, or a logged-in session."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from apps.accounts.models import User
from apps.accounts.services import user_of_token
from apps.core.clients import client_address
from apps.core.errors import TooMany, Unauthenticated

CHALLENGE = 'Bearer realm="DistSync"'


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer dsu_…`. A bad token is refused even where a session would do."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            text = token.strip().decode("ascii")
        except UnicodeDecodeError as error:
            raise AuthenticationFailed("Expected `Authorization: Bearer <token>` with a token that we gave out.") from error
        try:
            return user_of_token(text, now=timezone.now(), address=client_address(request)), None
        except TooMany as error:
            raise Throttled(wait=error.retry_after_seconds) from error
        except Unauthenticated as error:
            # DRF forgets the half-known caller only for its own exception.
            raise AuthenticationFailed(error.detail) from error

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class SessionAuthentication401(SessionAuthentication):
    """The console's login cookie, with its CSRF check on unsafe methods."""

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular's registry
    target_class = BearerAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token from `manage.py token create USER`."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular's registry
    target_class = SessionAuthentication401
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
