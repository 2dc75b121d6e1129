"""The last instant that keeps a claimed date or time, in the zone that it was meant in."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from apps.core.errors import Unreadable
from apps.core.time import end_of_claim

_DATE_LENGTH: Final = len("2026-03-31")
_INSTANT: Final = timedelta.resolution


def kept_until(text: str, *zones: str | None) -> datetime | None:
    """The last instant at which what `text` claims is still kept: the time itself, or the last of a bare date's day.

    `zones` are tried in turn. None when no reading is possible; the claim itself is shown all the same.
    """
    for zone in zones:
        if zone:
            instant = _kept_until(text, zone)
            if instant is not None:
                return instant
    return None


@lru_cache(maxsize=8192)
def _kept_until(text: str, zone: str) -> datetime | None:
    try:
        end = end_of_claim(text, zone)
    except Unreadable:
        return None
    return end - _INSTANT if len(text) == _DATE_LENGTH else end


def common_zone(sites: Sequence[str | None], zones: Mapping[str, str]) -> str | None:
    """The zone of the order's only site, None where there are several or the zone is not known."""
    known = set(sites)
    site = known.pop() if len(known) == 1 else None
    return zones.get(site) if site is not None else None
