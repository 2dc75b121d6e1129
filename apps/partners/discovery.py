"""Partners, sites, sources and regions exist from the first time that anybody names them; and what is known of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from apps.core.text import flaw
from apps.partners.memo import Memo
from apps.partners.models import Partner, Site, Source

_ZONES_SECONDS = 5.0
_HEARD_IS_NOTED_EVERY = timedelta(seconds=5)
_NEVER = datetime.min.replace(tzinfo=UTC)
_MEMORY_SIZE = 100_000
_INDEXABLE_BYTES = 2_000  # a longer name fits no index entry; no real one comes near

_PARTNERS, _REGIONS, _SOURCES = "partners_partner", "partners_region", "partners_source"


@dataclass(frozen=True, slots=True)
class DisplayNames:
    """What people call partners and sites, by code."""

    partners: Mapping[str, str]
    sites: Mapping[str, str]


# (table, name) of rows that are there, in this process's experience.
_known: set[tuple[str, str]] = set()
_heard: dict[tuple[str, str | None], datetime] = {}


def discover(
    *,
    partners: Iterable[str] = (),
    sites: Mapping[str, str | None] | None = None,
    sources: Iterable[str] = (),
    regions: Iterable[str] = (),
) -> None:
    """Make a discovered row of each name that has none; sites come with their partner, where told.

    In sorted order, so that two transactions which discover the same names wait for each other and never both ways.
    """
    sites = sites or {}
    _insert(_PARTNERS, "code", {*partners, *filter(None, sites.values())})
    _insert(_REGIONS, "code", set(regions))
    _insert(_SOURCES, "name", set(sources))
    _insert_sites(sites)


def site_zones() -> Mapping[str, str]:
    """The time zone of each site that has one of its own. Up to five seconds old."""
    return _site_zones.get()


def source_zones() -> Mapping[str, str]:
    """The time zone of each source that has one of its own. Up to five seconds old."""
    return _source_zones.get()


def display_names() -> DisplayNames:
    """What people call the partners and sites that have a name of their own. Up to five seconds old."""
    return _display_names.get()


def hear(sources: Collection[str], *, partner: str | None, now: datetime) -> None:
    """Note that `sources` spoke: through a credential of `partner`, or of the house (empty), or as history (None)."""
    due = sorted(
        source
        for source in set(sources)
        if _is_storable(source) and now - _heard.get((source, partner), _NEVER) >= _HEARD_IS_NOTED_EVERY
    )
    if not due:
        return
    if len(_heard) + len(due) > _MEMORY_SIZE:
        _heard.clear()
    with connection.cursor() as cursor:
        cursor.execute(_HEAR, {"names": due, "partner": partner, "now": now})
    _heard.update(((source, partner), now) for source in due)


def foreign_sources(sources: Collection[str], partner: str) -> set[str]:
    """Those of `sources` for which a credential of `partner` may not speak, since they are another's or the house's.
    A source that is nobody's yet becomes the partner's."""
    names = sorted(filter(_is_storable, set(sources)))
    owners = _owners(names)
    if any(owners.get(name) is None for name in names):
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, {"names": names, "partner": partner})
        owners = _owners(names)
    return {source for source in set(sources) if owners.get(source) != partner}


def _owners(names: list[str]) -> dict[str, str | None]:
    return dict(Source.objects.filter(name__in=names).values_list("name", "partner"))


def forget() -> None:
    """Forget what this process remembers of names and zones."""
    _known.clear()
    _heard.clear()
    _site_zones.forget()
    _source_zones.forget()
    _display_names.forget()


_HEAR = """
INSERT INTO partners_source (name, partner, is_discovered, last_heard_at)
SELECT name, %(partner)s, true, %(now)s FROM unnest(%(names)s::text[]) AS name ORDER BY name
ON CONFLICT (name) DO UPDATE SET
    last_heard_at = greatest(partners_source.last_heard_at, excluded.last_heard_at),
    partner = coalesce(partners_source.partner, excluded.partner)
"""
_TAKE = """
INSERT INTO partners_source (name, partner, is_discovered)
SELECT name, %(partner)s, true FROM unnest(%(names)s::text[]) AS name ORDER BY name
ON CONFLICT (name) DO UPDATE SET partner = excluded.partner WHERE partners_source.partner IS NULL
"""
_INSERT_SITES = """
INSERT INTO partners_site (code, name, partner, is_discovered)
SELECT code, '', partner, true FROM unnest(%s::text[], %s::text[]) AS told (code, partner) ORDER BY code
ON CONFLICT (code) DO UPDATE SET partner = excluded.partner
WHERE partners_site.partner IS NULL AND excluded.partner IS NOT NULL
"""


def _insert(table: str, key: str, names: set[str]) -> None:
    new = sorted(name for name in names if (table, name) not in _known and _is_storable(name))
    if not new:
        return
    columns, values = (f"{key}, name", "told, ''") if key == "code" else (key, "told")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}, is_discovered) "  # noqa: S608 - names of our own tables and columns
            f"SELECT {values}, true FROM unnest(%s::text[]) AS told ORDER BY told ON CONFLICT DO NOTHING",
            (new,),
        )
    _remember([(table, name) for name in new])


def _insert_sites(sites: Mapping[str, str | None]) -> None:
    # Known with a partner and known without are two things: the partner may be told later.
    new = sorted(
        (site, partner)
        for site, partner in sites.items()
        if (f"site of {partner}", site) not in _known and _is_storable(site) and _is_storable(partner or "")
    )
    if not new:
        return
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_SITES, ([site for site, _ in new], [partner for _, partner in new]))
    _remember([(f"site of {partner}", site) for site, partner in new])


def _remember(names: list[tuple[str, str]]) -> None:
    def keep() -> None:
        if len(_known) + len(names) > _MEMORY_SIZE:
            _known.clear()
        _known.update(names)

    # Only what has committed is there for the next transaction.
    transaction.on_commit(keep)


def _is_storable(name: str) -> bool:
    return flaw(name) is None and len(name.encode()) <= _INDEXABLE_BYTES


_display_names: Memo[DisplayNames] = Memo(
    lambda: DisplayNames(
        dict(Partner.objects.exclude(name="").values_list("code", "name")),
        dict(Site.objects.exclude(name="").values_list("code", "name")),
    ),
    _ZONES_SECONDS,
)
_site_zones: Memo[Mapping[str, str]] = Memo(
    lambda: dict(Site.objects.exclude(zone="").values_list("code", "zone")), _ZONES_SECONDS
)
_source_zones: Memo[Mapping[str, str]] = Memo(
    lambda: dict(Source.objects.exclude(zone="").values_list("name", "zone")), _ZONES_SECONDS
)
