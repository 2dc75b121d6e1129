"""Identifiers that two orders claim: kept per order, so that a later fold of any of them shows the conflict again."""

from collections import defaultdict

import msgspec
from django.db import connection

from apps.orders.correlation import Identifier
from apps.orders.mentions import key_of
from apps.orders.region import Region, order_key
from apps.orders.state import ConflictState

encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ConflictState).decode

FORMER = "SELECT order_key FROM orders_conflict WHERE mention = ANY(%s)"
REPLACE = "DELETE FROM orders_conflict WHERE mention = ANY(%s) RETURNING order_key, identifier, mention, content"
ADD = """
    INSERT INTO orders_conflict (order_key, identifier, mention, content)
    SELECT * FROM unnest(%s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[])
"""
OF_ORDERS = "SELECT order_key, content FROM orders_conflict WHERE order_key = ANY(%s)"

Row = tuple[bytes, bytes, bytes, bytes]


def claimants(region: Region) -> set[bytes]:
    """The orders whose conflicts the region decides, now or as the database has them."""
    with connection.cursor() as cursor:
        cursor.execute(FORMER, [_read_keys(region)])
        former = {bytes(key) for (key,) in cursor.fetchall()}
    return former | {row[0] for row in _rows(region)}


def write(region: Region) -> set[bytes]:
    """Replaces the conflicts of the identifiers that the region decides; the orders whose conflicts differ from before."""
    rows = _rows(region)
    with connection.cursor() as cursor:
        cursor.execute(REPLACE, [_read_keys(region)])
        former = {(bytes(a), bytes(b), bytes(c), bytes(d)) for a, b, c, d in cursor.fetchall()}
        if rows:
            ordered = sorted(rows)
            cursor.execute(ADD, [[row[i] for row in ordered] for i in range(4)])
    return {row[0] for row in former ^ rows}


def of_orders(keys: set[bytes]) -> dict[bytes, tuple[ConflictState, ...]]:
    """The conflicts of each order that has some, sorted by identifier."""
    found: defaultdict[bytes, list[ConflictState]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(OF_ORDERS, [list(keys)])
        for key, content in cursor.fetchall():
            found[bytes(key)].append(_decode(content))
    return {key: tuple(sorted(c, key=lambda one: (one.scheme, one.value, one.issuer or ""))) for key, c in found.items()}


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
            rows |= {(order_key(order, correlation.issuers), identity, mention, content) for order in orders}
    return rows


def _state(identifier: Identifier, orders: frozenset[Identifier]) -> ConflictState:
    numbers = tuple(order.value for order in sorted(orders))
    return ConflictState(identifier.scheme, identifier.value, identifier.issuer or None, numbers)
