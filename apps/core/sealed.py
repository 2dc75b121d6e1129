"""Secrets that we have to read again, kept encrypted: a copy of the database alone gives none of them away.

The key comes from the deployment's secret key; one that was replaced still reads while it is a fallback.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def seal(text: str, domain: str) -> str:
    """The text, encrypted for `domain`: what the secret is for, so that one kind never opens as another."""
    return _cipher(domain).encrypt(text.encode()).decode()


def unseal(sealed: str, domain: str) -> str:
    """The text that `seal` was given for the same `domain`. Raises cryptography's InvalidToken where no key of ours fits."""
    return _cipher(domain).decrypt(sealed.encode()).decode()


def _cipher(domain: str) -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret, domain)) for secret in secrets])


def _key(secret: str, domain: str) -> bytes:
    """The secret has all the entropy that it needs, so that one hash, in a domain of its own, makes a key of it."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"distsync {domain}\0{secret}".encode()).digest())


__all__ = ["InvalidToken", "seal", "unseal"]
