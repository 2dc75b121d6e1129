"""Public holidays of countries and their subdivisions, as the `holidays` library knows them."""

import re
from datetime import date
from functools import lru_cache
from typing import Final

import holidays

from apps.core.errors import Unreadable
from apps.core.text import printable

_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)


@lru_cache(maxsize=4096)
def holidays_of(place: str, year: int) -> frozenset[date]:
    """The holidays of "US" or "US-GA" in a year, days kept in their stead included. Raises Unreadable for an unknown place."""
    return frozenset(_named(place, year))


def coming_holidays(place: str, day: date, count: int = 5) -> list[tuple[date, str]]:
    """The next holidays from `day` on, with their names in the place's own language; fewer where the library knows no more of
    this year and the next two. Raises Unreadable for an unknown place."""
    years = range(day.year, min(day.year + 3, date.max.year + 1))
    found = sorted(each for year in years for each in _named(place, year).items() if each[0] >= day)
    return found[:count]


@lru_cache(maxsize=512)
def _named(place: str, year: int) -> dict[date, str]:
    country, dash, subdivision = place.partition("-")
    if _COUNTRY.fullmatch(country) is None or (dash and not subdivision):
        raise Unreadable(_unknown(place))
    try:
        return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=year, expand=False))
    except NotImplementedError as error:
        raise Unreadable(_unknown(place)) from error


def _unknown(place: str) -> str:
    country = place.partition("-")[0]
    subdivisions = holidays.list_supported_countries().get(country, [])
    known = f" {country} has {', '.join(subdivisions)}." if subdivisions else ""
    return (
        f"`{printable(place, 60)}` is no place whose holidays are known: expected a country's two letters such as `US`,"
        f" with a subdivision such as `US-GA` where it has days of its own, or an empty text for none.{known}"
    )
