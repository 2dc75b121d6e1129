"""Reads the part of the correlation that a batch can change: its bundles and all that share an identifier with them."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from apps.core.sql import fetch
from apps.orders.correlation import Correlation, Identifier, State, correlate
from apps.orders.mentions import EXCLUSIVE, Bundle, key_of

# An identifier that more bundles than this name (a batch number as a correlation id) leads nowhere: it would join
# everything. Only identifiers that may cover several orders can be hubs.
HUB_BUNDLES: Final = 500

_decode = msgspec.msgpack.Decoder(Bundle).decode

KNOWN = "SELECT digest, state, order_keys, xmin::text::bigint FROM orders_bundle WHERE digest = ANY(%b::bytea[])"
_NAMING = """
    SELECT DISTINCT named.digest FROM unnest(%b::bytea[], %b::integer[]) AS wanted(key, most)
    CROSS JOIN LATERAL (SELECT digest FROM orders_mention WHERE key = wanted.key LIMIT wanted.most) AS named
"""
NEIGHBOURS = f"""
    SELECT bundle.digest, content, state, order_keys, reason, bundle.xmin::text::bigint
    FROM ({_NAMING}) AS named JOIN orders_bundle AS bundle ON bundle.digest = named.digest
"""  # noqa: S608 - our own words
_ORDERS = """
    SELECT wanted.key, found.order_key FROM unnest(%b::bytea[]) AS wanted(key)
    CROSS JOIN LATERAL (
        SELECT bundle.order_keys[1] AS order_key
        FROM orders_mention AS mention JOIN orders_bundle AS bundle ON bundle.digest = mention.digest
        WHERE mention.key = wanted.key AND cardinality(bundle.order_keys) > 0 LIMIT 1
    ) AS found
"""
# Bundles are never deleted while batches run, and the number of a row's last writer only grows: as many rows as before
# with the same sum of writers are the same rows.
WRITERS = f"""
    SELECT count(*), coalesce(sum(bundle.xmin::text::bigint), 0)::bigint
    FROM (SELECT digest FROM unnest(%b::bytea[]) AS asked(digest) UNION {_NAMING}) AS read
    JOIN orders_bundle AS bundle ON bundle.digest = read.digest
"""  # noqa: S608 - our own words


class Stored(NamedTuple):
    """What the database says of a bundle."""

    state: State
    order_keys: frozenset[bytes]
    reason: str = ""


@dataclass(slots=True)
class Region:
    """Bundles by digest (new ones included), what the database said of them, and the identifiers read whole.

    `moved` are the digests of new bundles and of those that go elsewhere than the database says; `writers` the last
    writers of what was read.
    """

    bundles: dict[bytes, Bundle] = field(default_factory=dict)
    stored: dict[bytes, Stored] = field(default_factory=dict)
    writers: dict[bytes, int] = field(default_factory=dict)
    read: set[tuple[str, str]] = field(default_factory=set)
    correlation: Correlation | None = None
    moved: set[bytes] = field(default_factory=set)

    def keys_of(self, digest: bytes) -> frozenset[bytes]:
        """The keys of the orders that a bundle goes to; none while it goes to none."""
        assert self.correlation is not None
        return frozenset([self.key_of(order) for order in self.correlation.verdicts[digest].orders])

    def key_of(self, order: Identifier) -> bytes:
        """The key of an order that a verdict or a claim names."""
        assert self.correlation is not None
        return order_key(order, self.correlation.issuers)


def orders_that_are_named(keys: Collection[bytes]) -> dict[bytes, bytes]:
    """An order (its key) that something leads to which names each of these identifiers (by key): a quick look, for a guess."""
    return dict(fetch(_ORDERS, [list(keys)]))


def known(digests: Collection[bytes], writers: dict[bytes, int]) -> dict[bytes, Stored]:
    """What the database says of the bundles among `digests` that it holds; their last writers go into `writers`."""
    found = {}
    for digest, state, keys, writer in fetch(KNOWN, [list(digests)]):
        found[digest] = Stored(State(state), frozenset(keys))
        writers[digest] = writer
    return found


def is_current(digests: Collection[bytes], read: Collection[tuple[str, str]], writers: Mapping[bytes, int]) -> bool:
    """Whether the database still says what was read of the bundles `digests` and of those that name one of `read`."""
    ((count, total),) = fetch(WRITERS, [list(digests), *_wanted(read)])
    return (count, total) == (len(writers), sum(writers.values()))


def read_region(new: Mapping[bytes, Bundle], writers: dict[bytes, int]) -> Region:
    """The region that the new bundles can change, correlated; the last writers of what was read go into `writers`.

    It grows through events that name no order (their claims depend on what else they name), and through those that
    name one only where that order turns out to be another than before.
    """
    region = Region(bundles=dict(new), writers=writers)
    frontier = {(m.scheme, m.value) for bundle in new.values() for m in bundle.mentions}
    whole: set[bytes] = set()
    while frontier:
        while frontier:
            fetched = _fetch(region, frontier)
            frontier = {n for d in fetched for n in _conducts(region.bundles[d], is_whole=False)} - region.read
        _correlate(region)
        again = {d for d, b in region.bundles.items() if b.order and d not in whole and _needs_links(region, d)}
        whole |= again
        frontier = {n for d in again for n in _conducts(region.bundles[d], is_whole=True)} - region.read
    return region


def _correlate(region: Region) -> None:
    region.correlation = correlate(region.bundles, _hubs(region.bundles.values()))
    region.moved = {digest for digest in region.bundles if _is_moved(region, digest)}


def _hubs(bundles: Collection[Bundle]) -> frozenset[tuple[str, str]]:
    """The identifiers that may cover several orders and are named by more bundles than lead anywhere."""
    if len(bundles) <= HUB_BUNDLES:
        return frozenset()
    counts = Counter((m.scheme, m.value) for bundle in bundles for m in bundle.links if m.scheme not in EXCLUSIVE)
    return frozenset(name for name, count in counts.items() if count > HUB_BUNDLES)


def _needs_links(region: Region, digest: bytes) -> bool:
    """True for an event that names an order and either moves, so that what it claims moves, or whose order number
    several issuers use, so that what else it names decides."""
    assert region.correlation is not None
    if digest in region.moved and digest in region.stored:
        return True
    order = region.bundles[digest].order
    return order is not None and not order.issuer and len(region.correlation.issuers.get((order.scheme, order.value), ())) > 1


def _is_moved(region: Region, digest: bytes) -> bool:
    assert region.correlation is not None
    stored = region.stored.get(digest)
    if stored is None:
        return True
    verdict = region.correlation.verdicts[digest]
    return stored != (verdict.state, region.keys_of(digest), verdict.reason)


def order_key(order: Identifier, issuers: Mapping[tuple[str, str], frozenset[str]]) -> bytes:
    """The key of an order: of its number alone while one issuer at most uses it, so that an order first heard of from
    others keeps its key when the OMS speaks; of number and issuer where several do."""
    several = len(issuers.get((order.scheme, order.value), ())) > 1
    return key_of(order.scheme, order.value, order.issuer if several else "")


def _conducts(bundle: Bundle, *, is_whole: bool) -> set[tuple[str, str]]:
    if bundle.order is None or is_whole:
        return {(m.scheme, m.value) for m in bundle.mentions}
    return {(m.scheme, m.value) for m in bundle.mentions if m.scheme == "order"}


def _fetch(region: Region, names: set[tuple[str, str]]) -> list[bytes]:
    """Adds every bundle that names one of `names`; the digests that were not there yet."""
    region.read |= names
    added = []
    for digest, content, state, keys, reason, writer in fetch(NEIGHBOURS, _wanted(names)):
        if digest not in region.stored:
            region.stored[digest] = Stored(State(state), frozenset(keys), reason)
            region.writers.setdefault(digest, writer)
            if digest not in region.bundles:
                region.bundles[digest] = _decode(content)
                added.append(digest)
    return added


def _wanted(names: Iterable[tuple[str, str]]) -> tuple[list[bytes], list[int]]:
    """The keys of `names`, and how many bundles are read of each at most."""
    names = list(names)
    return [key_of(*name) for name in names], [2**31 - 1 if name[0] in EXCLUSIVE else HUB_BUNDLES + 1 for name in names]
