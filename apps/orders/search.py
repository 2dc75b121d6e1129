"""Finds orders by anything that a customer may have: an identifier whole, its beginning, or something like it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

from apps.core.sql import fetch
from apps.orders.packing import unpack_state
from apps.orders.refold import SEARCHABLE_LENGTH, searchable
from apps.orders.visibility import PartnerReader, redact

LIST_LIMIT: Final = 1_000  # orders that a search in a list is narrowed to; the list says so when it is reached
IDENTIFIERS_AN_ORDER: Final = 4  # that may match at once; one is shown
WITHIN_FROM: Final = 3  # characters: a trigram, which the index is made of
SIMILAR_FROM: Final = 4  # characters; shorter texts are like everything
# Shares of trigrams in common. One wrong letter leaves more than the first; where nothing does, the second finds what is far.
ALIKE: Final = (0.6, 0.3)
CUSTOMER_SCHEMES: Final = ["customer", "customer_id"]

FOUND = """
    SELECT ordered.key, ordered.handle, ordered."order", ordered.status,
        CASE WHEN %(with_customers)s THEN ordered.customer_name END, hit.scheme, hit.value,
        CASE WHEN %(partner)s::text IS NOT NULL THEN ordered.state END
    FROM (
        SELECT order_key, scheme, value FROM orders_identifier AS hit
        WHERE {condition} AND scheme <> ALL(%(hidden)s) ORDER BY {order} LIMIT %(most)s
    ) AS hit JOIN orders_order AS ordered ON ordered.key = hit.order_key
    WHERE (%(partner)s::text IS NULL OR ordered.partners @> ARRAY[%(partner)s::text])
    ORDER BY {order}, hit.scheme, ordered.handle
"""
KEYS = """
    SELECT hit.order_key FROM orders_identifier AS hit WHERE {condition} AND scheme <> ALL(%(hidden)s)
    ORDER BY {order} LIMIT %(most)s
"""
# The sort is the index's own, so that a short beginning reads as many rows as it shows and no more.
_BEGINNING: Final = {"condition": "upper(hit.value) LIKE %(pattern)s", "order": "upper(hit.value) USING ~<~"}
_WITHIN: Final = {"condition": "upper(hit.value) LIKE %(inside)s", "order": "hit.value"}
BEGINNING, WITHIN = FOUND.format(**_BEGINNING), FOUND.format(**_WITHIN)
KEYS_BEGINNING, KEYS_WITHIN = KEYS.format(**_BEGINNING), KEYS.format(**_WITHIN)
SIMILAR = FOUND.format(condition="upper(hit.value) %% %(text)s", order="similarity(upper(hit.value), %(text)s) DESC, hit.value")


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One identifier that matches what somebody typed, and the order that it leads to."""

    handle: str
    order: str
    status: str
    customer_name: str | None
    scheme: str
    value: str
    is_exact: bool


def search(text: str, *, limit: int = 12, visible_partner: str | None = None, with_customers: bool = True) -> list[SearchHit]:
    """Orders by any identifier, PO or customer name, one hit an order: exact first, then prefix, then similar ones where none
    is exact: who typed a whole number did not mean its neighbours."""
    with_customers = with_customers and visible_partner is None
    hits: dict[bytes, SearchHit] = {}
    rows = _find(BEGINNING, text, limit, visible_partner, with_customers=with_customers)
    for row in sorted(rows, key=lambda row: row[6].upper() != _normal(text)):
        hits.setdefault(bytes(row[0]), _hit(row, text))
    is_found = any(hit.is_exact for hit in hits.values())
    if not is_found and len(hits) < limit and len(_normal(text)) >= SIMILAR_FROM:
        for row in _find_similar(text, limit, visible_partner, with_customers=with_customers):
            hits.setdefault(bytes(row[0]), _hit(row, text))
    return list(hits.values())[:limit]


def keys_for(text: str, *, visible_partner: str | None) -> list[bytes]:
    """Keys of the orders that a list narrowed to `text` shows, at most LIST_LIMIT: identifiers that begin with it, else that
    hold it. Never merely similar ones: a list shows what was asked for, or nothing."""
    is_whole = visible_partner is None
    beginning, within = (KEYS_BEGINNING, KEYS_WITHIN) if is_whole else (BEGINNING, WITHIN)
    rows = _find(beginning, text, LIST_LIMIT, visible_partner, with_customers=is_whole)
    if not rows and len(_normal(text)) >= WITHIN_FROM:
        rows = _find(within, text, LIST_LIMIT, visible_partner, with_customers=is_whole)
    return list(dict.fromkeys(bytes(row[0]) for row in rows))[:LIST_LIMIT]


def _find_similar(text: str, most: int, partner: str | None, *, with_customers: bool) -> list[tuple[Any, ...]]:
    """What is very like it, else what is like it at all: the index reads a fifth of the rows for the first."""
    with transaction.atomic():
        for share in ALIKE:
            fetch("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", (str(share),))
            if rows := _find(SIMILAR, text, most, partner, with_customers=with_customers):
                return rows
    return []


def _find(statement: str, text: str, most: int, partner: str | None, *, with_customers: bool) -> list[tuple[Any, ...]]:
    normal = _normal(text)
    if not normal:
        return []
    parameters: dict[str, Any] = {
        "text": normal,
        "pattern": _escaped(normal) + "%",
        "inside": "%" + _escaped(normal) + "%",
        "most": most * IDENTIFIERS_AN_ORDER,
        "partner": partner,
        "with_customers": with_customers,
        "hidden": [] if with_customers else CUSTOMER_SCHEMES,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    return rows if partner is None else list(_visible(rows, partner))


def _visible(rows: Iterable[tuple[Any, ...]], partner: str) -> Iterable[tuple[Any, ...]]:
    """Only hits on what the partner may see of the order: else a search would tell that another's identifier exists."""
    for row in rows:
        if (row[5], row[6]) in searchable(redact(unpack_state(row[7]), PartnerReader(partner))):
            yield row


def _hit(row: tuple[Any, ...], text: str) -> SearchHit:
    values: tuple[Any, ...] = (*row[1:7], row[6].upper() == _normal(text))
    return SearchHit(*values)


def _normal(text: str) -> str:
    return text.replace("\x00", "").strip().upper()[:SEARCHABLE_LENGTH]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
