"""Which partners are listened for: those with a source of their own, as the partners' room knows them.

Sources, and which partner they are of, are set by people and by credentials, not by the log. So a copy of them stands beside
what was judged with it; the sweep compares, and asks for what has changed.
"""

from collections.abc import Collection
from typing import Final

from apps.core.sql import fetch, run
from apps.exceptions.subjects import store
from apps.exceptions.subjects.names import SILENCE, Named, key_of

_WANTED: Final = """
    SELECT source.partner, array_agg(source.name ORDER BY source.name), ARRAY(
        SELECT site.code FROM partners_site AS site WHERE site.partner = source.partner ORDER BY site.code
    ) FROM partners_source AS source WHERE source.partner <> '' GROUP BY source.partner
"""
_STANDING: Final = "SELECT value, sources, sites FROM exceptions_subject WHERE kind = 'silence'"
_WATCH: Final = """
    INSERT INTO exceptions_subject (key, kind, value, issuer, sources, sites) VALUES (%b, 'silence', %s, '', %s, %s)
    ON CONFLICT (key) DO UPDATE SET sources = excluded.sources, sites = excluded.sites
"""
_FORGET: Final = "DELETE FROM exceptions_subject WHERE key = ANY(%b::bytea[])"
_EVENTS: Final = "SELECT key FROM exceptions_subject WHERE kind IN ('event', 'sequence') AND issuer = ANY(%b::text[])"
_PARTNERS: Final = """
    SELECT source, value FROM exceptions_subject CROSS JOIN unnest(sources) AS source
    WHERE kind = 'silence' AND sources && %b::text[]
"""
_ALL: Final = "SELECT key FROM exceptions_subject WHERE kind = 'silence'"
Watched = tuple[tuple[str, ...], tuple[str, ...]]  # sources, sites


def changed() -> dict[str, tuple[Watched | None, Watched | None]]:
    """The partners that are to be listened for in another way: as they stand, and as they are to be."""
    wanted, standing = _read(_WANTED), _read(_STANDING)
    return {
        partner: (standing.get(partner), wanted.get(partner))
        for partner in sorted(wanted.keys() | standing.keys())
        if wanted.get(partner) != standing.get(partner)
    }


def change(partner: str, before: Watched | None, after: Watched | None) -> bytes:
    """Listens for the partner as `after` says, and asks for what that changes: its silence, and whose messages could not be
    used. The caller holds the lock of the key, which comes back, and removes the cases of one that is listened for no more."""
    key = key_of(Named(SILENCE, partner))
    if after is None:
        run(_FORGET, [[key]])
    else:
        run(_WATCH, [key, partner, list(after[0]), list(after[1])])
        store.ask([key])
    sources = set(before[0] if before else ()) ^ set(after[0] if after else ())
    store.ask({event for (event,) in fetch(_EVENTS, [sorted(sources)])})
    return key


def partners_of(sources: Collection[str]) -> dict[str, str]:
    """The partner of each of these sources that is one's."""
    return {source: partner for source, partner in fetch(_PARTNERS, [sorted(sources)])} if sources else {}  # noqa: C416 - rows


def ask_for_all() -> None:
    """Asks for every partner that is listened for, so that what is kept of when they were looked at is of one moment."""
    store.ask([key for (key,) in fetch(_ALL)])


def _read(statement: str) -> dict[str, Watched]:
    return {partner: (tuple(sources), tuple(sites)) for partner, sources, sites in fetch(statement)}
