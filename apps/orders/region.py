"""Reads the part of the correlation that a batch can change: its bundles and all that share an identifier with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec
from django.db import connection

from apps.orders.correlation import Correlation, Identifier, State, correlate
from apps.orders.mentions import EXCLUSIVE, Bundle, key_of

# An identifier that more bundles than this name (a batch number as a correlation id) leads nowhere: it would join
# everything. Only identifiers that may cover several orders can be hubs.
HUB_BUNDLES: Final = 500

_decode = msgspec.msgpack.Decoder(Bundle).decode

KNOWN = "SELECT digest, state, order_keys FROM orders_bundle WHERE digest = ANY(%s)"
NEIGHBOURS = """
    SELECT named.key, bundle.digest, bundle.content, bundle.state, bundle.order_keys, bundle.reason
    FROM unnest(%s::bytea[], %s::int[]) AS wanted(key, most)
    CROSS JOIN LATERAL (SELECT key, digest FROM orders_mention WHERE key = wanted.key LIMIT wanted.most) AS named
    JOIN orders_bundle AS bundle ON bundle.digest = named.digest
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database says of a bundle."""

    state: State
    order_keys: frozenset[bytes]
    reason: str = ""


@dataclass(slots=True)
class Region:
    """Bundles by digest (new ones included), what the database said of them, and the identifiers read whole."""

    bundles: dict[bytes, Bundle] = field(default_factory=dict)
    stored: dict[bytes, Stored] = field(default_factory=dict)
    read: set[tuple[str, str]] = field(default_factory=set)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    correlation: Correlation | None = None

    @property
    def hubs(self) -> frozenset[tuple[str, str]]:
        return frozenset(name for name, count in self.counts.items() if count > HUB_BUNDLES)


def known(digests: Iterable[bytes]) -> dict[bytes, Stored]:
    """What the database says of the bundles among `digests` that it holds."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [list(digests)])
        rows = cursor.fetchall()
    return {bytes(d): Stored(State(state), frozenset(bytes(k) for k in keys)) for d, state, keys in rows}


def read_region(new: Mapping[bytes, Bundle]) -> Region:
    """The region that the new bundles can change, correlated.

    It grows through events that name no order (their claims depend on what else they name), and through those that
    name one only where that order turns out to be another than before.
    """
    region = Region(bundles=dict(new))
    frontier = {(m.scheme, m.value) for bundle in new.values() for m in bundle.mentions}
    whole: set[bytes] = set()
    while frontier:
        while frontier:
            fetched = _fetch(region, frontier)
            frontier = {n for d in fetched for n in _conducts(region.bundles[d], is_whole=False)} - region.read
        region.correlation = correlate(region.bundles, region.hubs)
        again = {d for d, b in region.bundles.items() if d not in whole and b.order and _needs_links(region, d)}
        whole |= again
        frontier = {n for d in again for n in _conducts(region.bundles[d], is_whole=True)} - region.read
    return region


def _needs_links(region: Region, digest: bytes) -> bool:
    """True for an event that names an order and either moves, so that what it claims moves, or whose order number
    several issuers use, so that what else it names decides."""
    assert region.correlation is not None
    order = region.bundles[digest].order
    assert order is not None
    fitting = region.correlation.issuers.get((order.scheme, order.value), ())
    return (digest in region.stored and is_moved(region, digest)) or (len(fitting) > 1 and not order.issuer)


def is_moved(region: Region, digest: bytes) -> bool:
    """True when the bundle goes elsewhere than the database says (or is new)."""
    assert region.correlation is not None
    verdict = region.correlation.verdicts[digest]
    stored = region.stored.get(digest)
    return (
        stored is None
        or stored.state != verdict.state
        or stored.order_keys != frozenset(order_key(order, region.correlation.issuers) for order in verdict.orders)
        or stored.reason != verdict.reason
    )


def order_key(order: Identifier, issuers: Mapping[tuple[str, str], frozenset[str]]) -> bytes:
    """The key of an order: of its number alone while one issuer at most uses it, so that an order first heard of from
    others keeps its key when the OMS speaks; of number and issuer where several do."""
    several = len(issuers.get((order.scheme, order.value), ())) > 1
    return key_of(order.scheme, order.value, order.issuer if several else "")


def _conducts(bundle: Bundle, *, is_whole: bool) -> set[tuple[str, str]]:
    if bundle.order is None or is_whole:
        return {(m.scheme, m.value) for m in bundle.mentions}
    return {(m.scheme, m.value) for m in bundle.mentions if m.scheme == "order"}


def _fetch(region: Region, names: set[tuple[str, str]]) -> set[bytes]:
    """Adds every bundle that names one of `names`; the digests that were not there yet."""
    region.read |= names
    by_key = {key_of(*name): name for name in names}
    most = [2**31 - 1 if name[0] in EXCLUSIVE else HUB_BUNDLES + 1 for name in by_key.values()]
    added = set()
    with connection.cursor() as cursor:
        cursor.execute(NEIGHBOURS, [list(by_key), most])
        for key, digest, content, state, keys, reason in cursor.fetchall():
            name = by_key[bytes(key)]
            region.counts[name] = region.counts.get(name, 0) + 1
            identity = bytes(digest)
            if identity not in region.stored:
                region.stored[identity] = Stored(State(state), frozenset(bytes(k) for k in keys), reason)
                if identity not in region.bundles:
                    region.bundles[identity] = _decode(content)
                    added.add(identity)
    for digest, bundle in region.bundles.items():
        if digest not in region.stored:  # a new one counts too, on the reading that brings its name
            for mention in bundle.mentions:
                if (mention.scheme, mention.value) in names:
                    name = (mention.scheme, mention.value)
                    region.counts[name] = region.counts.get(name, 0) + 1
    return added
