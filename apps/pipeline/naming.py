"""Which partners, sites, sources and regions facts name: they are known from the first time that anybody names them."""

from collections.abc import Iterable
from typing import TypedDict

from apps.contracts.facts import StampedFact


class Names(TypedDict):
    partners: set[str]
    sites: dict[str, str | None]
    sources: set[str]
    regions: set[str]


def names_in(facts: Iterable[StampedFact]) -> Names:
    """Every name that `facts` give; a site with the partner that the same fact names beside it."""
    names = Names(partners=set(), sites={}, sources=set(), regions=set())
    for stamped in facts:
        fact = stamped.fact
        names["sources"].add(stamped.stamp.source)
        partner = getattr(fact, "partner", None)
        if partner:
            names["partners"].add(partner)
        for attribute in ("site", "from_site", "to_site"):
            site = getattr(fact, attribute, None)
            if site:
                names["sites"][site] = partner or names["sites"].get(site)
        region = getattr(fact, "region", None)
        if region:
            names["regions"].add(region)
    return names
