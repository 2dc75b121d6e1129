"""Slows who tries tokens: an address with too many unknown ones in a minute is not listened to, but for tokens known good.

The count stands in the broker. While that is away nobody is slowed: a machine that may send must not wait for it, and a
token of 256 random bits is not guessed either way.
"""

from typing import Final

from django.core.cache import cache

from apps.core.clients import network_of
from apps.core.errors import TooMany

WINDOW_SECONDS: Final = 60
GUESSES: Final = 600  # a minute: more than a sender with an outdated token makes in good faith
_GOOD_SECONDS: Final = 3600


def refuse_guessing(address: str | None, digest: bytes) -> None:
    """Raises TooMany for a token that nobody has seen to be good lately, from an address that has tried too many others."""
    if (cache.get(_key(address)) or 0) >= GUESSES and not cache.get(_good(digest)):
        raise TooMany(
            "Too many unknown tokens came from this address. Send a valid one, or wait a minute.",
            retry_after_seconds=WINDOW_SECONDS,
        )


def note_guess(address: str | None) -> None:
    """Count a token that is not known."""
    key = _key(address)
    if not cache.add(key, 1, WINDOW_SECONDS):
        try:
            cache.incr(key)
        except ValueError:  # it ran out in between, or the broker is away
            return


def note_good(digest: bytes) -> None:
    """Remember that this token opens something, so that others at its address cannot silence it."""
    cache.set(_good(digest), 1, _GOOD_SECONDS)


def _key(address: str | None) -> str:
    return f"guesses:{network_of(address)}"


def _good(digest: bytes) -> str:
    return f"good:{digest.hex()}"
