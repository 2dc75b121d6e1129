"""How allauth behaves here: accounts are made by an administrator, never by the person who wants in."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest

from apps.core.clients import client_address

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
        return _SEALED + _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        if not encrypted_text.startswith(_SEALED):
            return encrypted_text
        return _cipher().decrypt(encrypted_text.removeprefix(_SEALED).encode()).decode()


def _cipher() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str) -> bytes:
    """The secret has all the entropy that it needs, so that one hash, in a domain of its own, makes a key of it."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"distsync second factors\0" + secret.encode()).digest())
