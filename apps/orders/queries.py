"""Page reads over orders: what the console and the API show. Frozen values out, one bounded statement each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from apps.contracts.facts import StampedFact
from apps.contracts.packing import unpack_stamped
from apps.core.errors import Conflict, NotFound
from apps.core.pagination import Cursor, Page, page_of
from apps.orders.filters import OrderFilter, condition_of, looked_up
from apps.orders.packing import unpack_state
from apps.orders.search import SearchHit, search
from apps.orders.state import OrderState

__all__ = [
    "OrderDetail",
    "OrderFilter",
    "OrderRow",
    "SearchHit",
    "count_orders",
    "facts_of_order",
    "find_orders",
    "get_order",
    "handles_of_partner",
    "looked_up",
    "search",
]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list. `handle` is what its URL uses: the order number, or `issuer:order` where two issuers use it."""

    handle: str
    order: str
    issuer: str | None
    status: str
    overlays: tuple[str, ...]
    money: str
    customer_id: str | None
    customer_name: str | None
    region: str | None
    channel: str | None
    currency: str | None
    value: Decimal | None
    promised_date: str | None
    promised_until: datetime | None
    completed_at: datetime | None
    placed_at: datetime | None
    partners: tuple[str, ...]
    last_heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order whole. `revision` changes whenever anything shown of it does (the ETag)."""

    key: str
    handle: str
    revision: str
    state: OrderState


ROW = """
    handle, "order", issuer, status, overlays, money, customer_id, customer_name, region, channel, currency, value,
    promised_date, promised_until, completed_at, placed_at, partners, last_heard_at
"""
COUNT = "SELECT count(*) FROM (SELECT FROM orders_order WHERE {condition} LIMIT %s) AS counted"
BY_NUMBER = """
    SELECT key, handle, revision, state FROM orders_order
    WHERE "order" = ANY(%(numbers)s) AND ("order" = %(name)s OR handle = %(name)s)
    AND (%(partner)s::text IS NULL OR partners @> ARRAY[%(partner)s::text])
    ORDER BY handle
"""
OF_PARTNER = "SELECT handle FROM orders_order WHERE handle = ANY(%s) AND partners @> ARRAY[%s::text]"
FACTS = "SELECT name, payload FROM orders_fact WHERE order_key = %s AND state IN (0, 3)"
STATES_OF = "SELECT key, state FROM orders_order WHERE handle = ANY(%s)"
FACTS_OF = "SELECT order_key, name, payload FROM orders_fact WHERE order_key = ANY(%s) AND state IN (0, 3)"


def find_orders(filters: OrderFilter, *, now: datetime, cursor: str | None, page_size: int) -> Page[OrderRow]:
    """Orders that pass `filters`, the latest heard first. Raises Unreadable for a foreign cursor."""
    condition, parameters = condition_of(filters, now)
    start = Cursor.decode(cursor) if cursor else None
    backwards = start is not None and start.backwards
    if start is not None:
        heard, key = start.time_and_key()
        condition += f" AND (last_heard_at, key) {'>' if backwards else '<'} (%s, %s)"
        parameters += [heard, key]
    direction = "ASC" if backwards else "DESC"
    order = f"last_heard_at {direction}, key {direction}"
    sql = f"SELECT key, {ROW} FROM orders_order WHERE {condition} ORDER BY {order} LIMIT %s"  # noqa: S608 - all constants
    with connection.cursor() as database:
        database.execute(sql, [*parameters, page_size + 1])
        found = database.fetchall()
    page = page_of(found, start, page_size, lambda row: (row[-1].isoformat(), bytes(row[0]).hex()))
    return Page([_order_row(row[1:]) for row in page.rows], page.next, page.previous)


def count_orders(filters: OrderFilter, *, now: datetime, at_most: int = 10_000) -> int:
    """How many orders pass `filters`, counted up to `at_most`: the same condition as `find_orders`."""
    condition, parameters = condition_of(filters, now)
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(condition=condition), [*parameters, at_most])
        (count,) = cursor.fetchone()
    return int(count)


def get_order(identifier: str, *, visible_partner: str | None = None) -> OrderDetail:
    """The order of `order` or `issuer:order`. Raises NotFound, and Conflict (with the choices in `errors`) where two
    issuers use the number."""
    parts = identifier.split(":")
    numbers = [":".join(parts[start:]) for start in range(len(parts))]
    with connection.cursor() as cursor:
        cursor.execute(BY_NUMBER, {"numbers": numbers, "name": identifier, "partner": visible_partner})
        rows = cursor.fetchall()
    if not rows:
        raise NotFound(f"No order {identifier} is known here, or you may not see it.")
    exact = [row for row in rows if row[1] == identifier] or rows
    if len(exact) > 1:
        choices: list[dict[str, object]] = [{"order": handle} for _, handle, _, _ in exact]
        raise Conflict(f"{len(exact)} issuers use the order number {identifier}: ask for one as issuer:order.", errors=choices)
    key, handle, revision, state = exact[0]
    return OrderDetail(bytes(key).hex(), handle, bytes(revision).hex(), unpack_state(state))


def facts_of_order(key: str) -> list[StampedFact]:
    """Every fact that was applied to the order, in no particular order."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [bytes.fromhex(key)])
        return [unpack_stamped(name, payload) for name, payload in cursor.fetchall()]


def orders_with_facts(handles: Iterable[str]) -> list[tuple[OrderState, list[StampedFact]]]:
    """The state of each of these orders that is known, with every fact that was applied to it, in no particular order."""
    with connection.cursor() as cursor:
        cursor.execute(STATES_OF, [list(handles)])
        states = {bytes(key): unpack_state(state) for key, state in cursor.fetchall()}
        facts: dict[bytes, list[StampedFact]] = {key: [] for key in states}
        cursor.execute(FACTS_OF, [list(states)])
        for key, name, payload in cursor.fetchall():
            facts[bytes(key)].append(unpack_stamped(name, payload))
    return [(state, facts[key]) for key, state in states.items()]


def handles_of_partner(handles: Iterable[str], partner: str) -> set[str]:
    """Those of `handles` whose order has a leg of `partner`."""
    with connection.cursor() as cursor:
        cursor.execute(OF_PARTNER, [list(handles), partner])
        return {handle for (handle,) in cursor.fetchall()}


def _order_row(row: tuple[Any, ...]) -> OrderRow:
    values = list(row)
    values[4], values[16] = tuple(row[4]), tuple(row[16])
    return OrderRow(*values)
