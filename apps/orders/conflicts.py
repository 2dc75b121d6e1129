"""Identifiers that two orders claim: kept per order, so that a later fold of any of them shows the conflict again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from apps.contracts.facts import StampedFact
from apps.core.sql import fetch, run
from apps.orders.correlation import Identifier
from apps.orders.mentions import bundle_of, key_of
from apps.orders.region import Region
from apps.orders.state import ConflictState

encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ConflictState).decode

FORMER = "SELECT order_key FROM orders_conflict WHERE mention = ANY(%b::bytea[])"
REPLACE = "DELETE FROM orders_conflict WHERE mention = ANY(%b::bytea[]) RETURNING order_key, identifier, mention, content"
ADD = """
    INSERT INTO orders_conflict (order_key, identifier, mention, content)
    SELECT * FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[])
"""
OF_ORDERS = "SELECT identifier, order_key, content FROM orders_conflict WHERE order_key = ANY(%b::bytea[])"
COMPANIONS = """
    SELECT DISTINCT other.order_key FROM orders_conflict AS own JOIN orders_conflict AS other USING (identifier)
    WHERE own.order_key = ANY(%b::bytea[])
"""

Row = tuple[bytes, bytes, bytes, bytes]


def claimants(region: Region) -> set[bytes]:
    """The orders whose conflicts the region decides, now or as the database has them."""
    if not region.read:
        return set()
    former = {key for (key,) in fetch(FORMER, [_read_keys(region)])}
    return former | {row[0] for row in _rows(region)}


def write(region: Region) -> set[bytes]:
    """Replaces the conflicts of the identifiers that the region decides; the orders whose conflicts differ from before."""
    if not region.read:
        return set()
    rows = _rows(region)
    former = {(key, identifier, mention, content) for key, identifier, mention, content in fetch(REPLACE, [_read_keys(region)])}
    if rows:
        ordered = sorted(rows)
        run(ADD, [[row[i] for row in ordered] for i in range(4)])
    return {row[0] for row in former ^ rows}


def companions(keys: set[bytes]) -> set[bytes]:
    """Orders that share a conflict with one of `keys`: since when it stands depends on the facts of each."""
    if not keys:
        return set()
    return {key for (key,) in fetch(COMPANIONS, [list(keys)])}


def of_orders(facts: Mapping[bytes, Sequence[StampedFact]]) -> dict[bytes, tuple[ConflictState, ...]]:
    """The conflicts of each order that has some, sorted by identifier. `facts` hold all claimants of each conflict."""
    shared: defaultdict[bytes, list[tuple[bytes, ConflictState]]] = defaultdict(list)
    for identifier, key, content in fetch(OF_ORDERS, [list(facts)]):
        shared[identifier].append((key, _decode(content)))
    found: defaultdict[bytes, list[ConflictState]] = defaultdict(list)
    for claims in shared.values():
        heard = sorted(h for key, state in claims if (h := _first_heard(state, facts.get(key, ()))) is not None)
        since = heard[1] if len(heard) > 1 else None  # one claim is none; the second makes it a conflict
        for key, state in claims:
            found[key].append(replace(state, heard_at=since))
    return {key: tuple(sorted(c, key=lambda one: (one.scheme, one.value, one.issuer or ""))) for key, c in found.items()}


def _first_heard(state: ConflictState, facts: Sequence[StampedFact]) -> datetime | None:
    """When an order's claim to the identifier was first heard."""
    name = (state.scheme, state.value)
    naming = [s.stamp.heard_at for s in facts if (b := bundle_of(s)) and name in {(m.scheme, m.value) for m in b.mentions}]
    return min(naming, default=None)


def _read_keys(region: Region) -> list[bytes]:
    return sorted(key_of(*name) for name in region.read)


def _rows(region: Region) -> set[Row]:
    correlation = region.correlation
    if correlation is None:
        return set()
    rows: set[Row] = set()
    for identifier, orders in correlation.contested.items():
        if (identifier.scheme, identifier.value) in region.read:
            content = encode(_state(identifier, orders))
            identity = key_of(identifier.scheme, identifier.value, identifier.issuer)
            mention = key_of(identifier.scheme, identifier.value)
            rows |= {(region.key_of(order), identity, mention, content) for order in orders}
    return rows


def _state(identifier: Identifier, orders: frozenset[Identifier]) -> ConflictState:
    numbers = tuple(order.value for order in sorted(orders))
    return ConflictState(identifier.scheme, identifier.value, identifier.issuer or None, numbers)
