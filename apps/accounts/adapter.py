"""How allauth behaves here: accounts are made by an administrator, never by the person who wants in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from apps.core.clients import client_address
from apps.core.sealed import seal, unseal

_DOMAIN = "second factors"
_SEALED = "sealed:"  # marks what is encrypted; a secret from before stands as it is until it is made anew


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """What its rate limits count by."""
        return client_address(request) or "unknown"


class SealedSecretsAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Keeps the secrets of second factors encrypted: a copy of the database alone makes no codes.

    The key comes from the deployment's secret key; one that was replaced still reads while it is a fallback.
    """

    def encrypt(self, text: str) -> str:
        return _SEALED + seal(text, _DOMAIN)

    def decrypt(self, encrypted_text: str) -> str:
        if not encrypted_text.startswith(_SEALED):
            return encrypted_text
        return unseal(encrypted_text.removeprefix(_SEALED), _DOMAIN)
