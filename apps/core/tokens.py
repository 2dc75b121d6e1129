"""Tokens of machines and people: made, recognised, kept as a digest, compared."""

import hashlib
import hmac
import re
import secrets
from typing import Final

CREDENTIAL_PREFIX: Final = "ds_"
USER_PREFIX: Final = "dsu_"
# What a token looks like, for those who look for one that went astray: scanners of repositories, and our own logs.
SHAPE: Final = re.compile(r"\bdsu?_[A-Za-z0-9_-]{20,}")


def new_token(prefix: str) -> str:
    """A token of 256 random bits behind its prefix."""
    return prefix + secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes:
    """The SHA-256 under which a token is kept: with 256 random bits in it a slow hash would add nothing."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def is_token_of(token: str, digest: bytes | memoryview) -> bool:
    """True when `digest` was made of `token`.

    A row is found through the index on digests, whose time tells at most how a digest begins; nobody can choose a token by
    that, because nobody can steer what SHA-256 makes of it. What decides is this comparison, whose time tells nothing.
    """
    return hmac.compare_digest(digest_of(token), bytes(digest))
