"""Reads of messages with what became of them, and of the pipeline's own state."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from django.conf import settings
from django.db import connection

from apps.core.errors import NotFound, Unreadable
from apps.core.pagination import FOREIGN, Cursor, Page, page_of
from apps.eventlog import log
from apps.orders.queries import facts_of_order, get_order
from apps.pipeline.visible import visible_positions


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """`state` is pending, applied, unmatched, ambiguous, quarantined or conflict. `order` is an order's handle."""

    source: str | None = None
    id: str | None = None
    type: str | None = None
    state: str | None = None
    order: str | None = None
    visible_partner: str | None = None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message in a list. `key` is its place in the log as text and what its URL uses; a message kept aside as a
    conflict has a key that starts with `c`."""

    key: str
    source: str
    id: str
    type: str
    state: str
    reason: str | None
    subject: str | None
    time: datetime | None
    heard_at: datetime
    received_at: datetime
    is_history: bool
    orders: tuple[str, ...]  # handles


@dataclass(frozen=True, slots=True)
class MessageDetail:
    row: MessageRow
    content_type: str
    attributes: dict[str, str]
    body: bytes
    door: str
    credential: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """The pending work: how many messages, and since when the oldest waits."""

    count: int
    oldest_received_at: datetime | None


# What became of a message: the first of these that holds. One row of `outcome` beside each message.
OUTCOME: Final = """
    LEFT JOIN LATERAL (SELECT position, reason FROM eventlog_pending WHERE position = message.position) AS waiting ON true
    LEFT JOIN LATERAL (SELECT position, reason FROM pipeline_quarantine WHERE position = message.position) AS refused ON true
    LEFT JOIN LATERAL (
        SELECT max(fact.state) AS state, max(bundle.reason) AS reason,
            array_agg(ordered.handle ORDER BY ordered.handle) AS handles
        FROM orders_fact AS fact
        LEFT JOIN orders_order AS ordered ON ordered.key = fact.order_key AND fact.state IN (0, 3)
        LEFT JOIN orders_bundle AS bundle ON bundle.digest = fact.bundle
        WHERE fact.position = message.position
    ) AS placed ON true
"""
STATE: Final = """
    CASE WHEN refused.position IS NOT NULL THEN 'quarantined'
         WHEN waiting.position IS NOT NULL THEN 'pending'
         WHEN placed.state = 1 THEN 'unmatched' WHEN placed.state > 1 THEN 'ambiguous' ELSE 'applied' END
"""
SELECT: Final = """
    SELECT message.position, message.source, message.id, message.type, {state}, {reason},
        message.subject, message.time, message.heard_at, message.received_at, message.is_history, {handles},
        message.content_type, message.attributes::text, {body} AS body, message.door, message.credential
    FROM {table} AS message {outcome}
"""
# Where the rows of a state are found: small tables first, so that a rare state does not read the log.
PARKED: Final = """
    message.position IN (
        SELECT position FROM orders_fact {{within}} AND state IN ({states}) ORDER BY position {{way}} LIMIT %s)
"""
DRIVERS: Final = {
    "pending": "message.position IN (SELECT position FROM eventlog_pending {within} ORDER BY position {way} LIMIT %s)",
    "quarantined": "message.position IN (SELECT position FROM pipeline_quarantine {within} ORDER BY position {way} LIMIT %s)",
    "unmatched": PARKED.format(states="1"),
    "ambiguous": PARKED.format(states="2, 3"),
    "applied": """NOT EXISTS (SELECT FROM eventlog_pending AS other WHERE other.position = message.position)
        AND NOT EXISTS (SELECT FROM pipeline_quarantine AS other WHERE other.position = message.position)
        AND NOT EXISTS (SELECT FROM orders_fact AS other WHERE other.position = message.position AND other.state > 0)""",
}
REASON: Final = """
    coalesce(refused.reason, waiting.reason, nullif(placed.reason, ''),
        CASE WHEN placed.state = 3 THEN 'It fits several legs or shipments of its order: name the issuer too.' END)
"""
CONTRADICTS: Final = """
    'Message ' || contradicts || ' has the same source and id and other content. It was the first, so it stays in force.'
"""
STATES: Final = (*DRIVERS, "conflict")
DRIVEN_LIMIT: Final = 20_000  # rows of a state that a filter by source or type looks through
# What may be visible to a partner's reader, to be looked at one by one.
OF_PARTNER: Final = """
    message.position IN (
        SELECT fact.position FROM orders_order AS own JOIN orders_fact AS fact ON fact.order_key = own.key
        WHERE own.partners @> ARRAY[%s::text] AND fact.state IN (0, 3))
"""
LOOKED_AT: Final = 200  # messages of a partner's orders that are read at once to find those of its legs


def find_messages(filters: MessageFilter, *, cursor: str | None, page_size: int) -> Page[MessageRow]:
    """Messages that pass `filters`, the newest first. Raises Unreadable for a foreign cursor, NotFound and Conflict as
    `get_order` does."""
    start = Cursor.decode(cursor) if cursor else None
    if filters.visible_partner is not None and filters.order is None:
        found = _find_visible(filters, filters.visible_partner, start, page_size + 1)
    else:
        found = _read(filters, start, page_size + 1)
    page = page_of(found, start, page_size, lambda row: (str(row[0]),))
    return Page([_row(row) for row in page.rows], page.next, page.previous)


def _read(filters: MessageFilter, start: Cursor | None, limit: int) -> list[tuple[Any, ...]]:
    backwards = start is not None and start.backwards
    condition, parameters = _condition(filters, start, limit, backwards=backwards)
    way = "ASC" if backwards else "DESC"
    # What became of a message is looked up for those of the page alone.
    chosen = f"(SELECT * FROM {{}} AS message WHERE {condition} ORDER BY message.position {way} LIMIT %s)"  # noqa: S608 - our own words
    sql = f"{_select(filters.state, with_body=False, chosen=chosen)} ORDER BY message.position {way}"
    with connection.cursor() as database:
        database.execute(sql, [*parameters, limit])
        found: list[tuple[Any, ...]] = database.fetchall()
    return found


def _find_visible(filters: MessageFilter, partner: str, start: Cursor | None, limit: int) -> list[tuple[Any, ...]]:
    """Up to `limit` messages that tell of the partner's legs, whatever their order."""
    kept: list[tuple[Any, ...]] = []
    while len(kept) < limit:
        rows = _read(filters, start, LOOKED_AT)
        visible = visible_positions({handle for row in rows for handle in _row(row).orders}, partner)
        kept += [row for row in rows if row[0] in visible]
        if len(rows) < LOOKED_AT:
            break
        start = Cursor((str(rows[-1][0]),), backwards=start is not None and start.backwards)
    return kept[:limit]


def get_message(key: str, *, visible_partner: str | None = None) -> MessageDetail:
    """One message with its raw bytes. Raises NotFound, also where a partner's reader may not see it."""
    is_conflict = key.startswith("c")
    position = key.removeprefix("c")
    row = None
    if position.isascii() and position.isdigit() and len(position) <= 18:
        with connection.cursor() as database:
            database.execute(
                f"{_select('conflict' if is_conflict else None, with_body=True)} WHERE message.position = %s", [int(position)]
            )
            row = database.fetchone()
    if row is None or (visible_partner is not None and not _is_visible(_row(row), visible_partner)):
        raise NotFound(f"No message {key} is here, or you may not see it.")
    attributes = msgspec.json.decode(row[13], type=dict[str, str])
    return MessageDetail(_row(row), row[12], attributes, bytes(row[14]), row[15], row[16])


def backlog() -> Backlog:
    """The pending work, counted up to the back-pressure bound."""
    return Backlog(log.pending_count(settings.INTAKE_PENDING_LIMIT), log.oldest_pending())


def _select(state: str | None, *, with_body: bool, chosen: str = "{}") -> str:
    """The statement without its end. `chosen` makes of the table's name where the messages come from."""
    if state == "conflict":
        return SELECT.format(
            state="'conflict'",
            reason=CONTRADICTS,
            handles="NULL::text[]",
            body="message.body" if with_body else "NULL::bytea",
            table=chosen.format("eventlog_conflict"),
            outcome="",
        )
    return SELECT.format(
        state=STATE,
        reason=REASON,
        handles="placed.handles",
        body="message.body" if with_body else "NULL::bytea",
        table=chosen.format("eventlog_message"),
        outcome=OUTCOME,
    )


def _condition(filters: MessageFilter, start: Cursor | None, limit: int, *, backwards: bool) -> tuple[str, list[Any]]:
    conditions = ["true"]
    parameters: list[Any] = []
    within, bound = "WHERE true", list[int]()
    if start is not None:
        within, bound = f"WHERE position {'>' if backwards else '<'} %s", [_position(start)]
        conditions.append(f"message.position {'>' if backwards else '<'} %s")
        parameters += bound
    for column, value in (("source", filters.source), ("type", filters.type), ("id", filters.id)):
        if value is not None:
            conditions.append(f"hashtextextended(message.{column}, 0) = hashtextextended(%s, 0) AND message.{column} = %s")
            parameters += [value, value]
    if filters.state in DRIVERS:
        conditions.append(DRIVERS[filters.state].format(within=within, way="ASC" if backwards else "DESC"))
        is_state_all = filters == MessageFilter(state=filters.state)
        parameters += [] if filters.state == "applied" else [*bound, limit if is_state_all else DRIVEN_LIMIT]
    if filters.order is not None:
        conditions.append("message.position = ANY(%s)")
        parameters.append(_positions(filters.order, filters.visible_partner))
    elif filters.visible_partner is not None:
        conditions.append(OF_PARTNER)
        parameters.append(filters.visible_partner)
    return " AND ".join(conditions), parameters


def _positions(handle: str, partner: str | None) -> list[int]:
    """The places of an order's messages; for a partner's reader only of those that tell of that partner's legs."""
    order = get_order(handle, visible_partner=partner)
    if partner is not None:
        return sorted(visible_positions([order.handle], partner))
    return [stamped.stamp.position for stamped in facts_of_order(order.key)]


def _is_visible(row: MessageRow, partner: str) -> bool:
    return row.key.isdigit() and int(row.key) in visible_positions(row.orders, partner)


def _row(row: tuple[Any, ...]) -> MessageRow:
    prefix = "c" if row[4] == "conflict" else ""
    handles = tuple(handle for handle in row[11] or () if handle)
    values: tuple[Any, ...] = (f"{prefix}{row[0]}", *row[1:11], handles)
    return MessageRow(*values)


def _position(cursor: Cursor) -> int:
    try:
        (position,) = cursor.values
        return int(position)
    except ValueError as error:
        raise Unreadable(FOREIGN) from error
