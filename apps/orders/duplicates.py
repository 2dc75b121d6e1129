"""Orders that seem to be one order under two numbers: placed for the same customer with the same PO and the same lines, within
WINDOW of each other. The later of the two is the duplicate.

What an order was placed for is kept as a digest under its key, and whoever shares one is folded together with it: since when
both stand depends on the facts of each.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import combinations
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from apps.contracts.facts import OrderPlaced, StampedFact
from apps.core.sql import fetch, run
from apps.orders.ending import ending_of
from apps.orders.hearings import looked_at
from apps.orders.ordering import evidence_place, latest, moment_of
from apps.orders.state import DuplicateState, Moment, OrderState

WINDOW: Final = timedelta(days=3)  # a standing order comes again with the next week
MOST: Final = 20  # orders placed for one thing; more of them are meant, and the PO tells none of them apart
READ_MOST: Final = 2 * MOST  # beyond MOST, so that all of them are told when one more is too many

_encode: Final = msgspec.msgpack.Encoder().encode

COMPANIONS = """
    SELECT named.key, other.order_key
    FROM (SELECT unnest(%b::bytea[]) AS key UNION SELECT key FROM orders_purchase WHERE order_key = ANY(%b::bytea[])) AS named
    CROSS JOIN LATERAL (SELECT order_key FROM orders_purchase AS one WHERE one.key = named.key LIMIT %s) AS other
"""
STANDING = "SELECT key, order_key FROM orders_purchase WHERE order_key = ANY(%b::bytea[])"
REMOVE = """
    DELETE FROM orders_purchase AS purchase USING unnest(%b::bytea[], %b::bytea[]) AS gone(key, order_key)
    WHERE purchase.key = gone.key AND purchase.order_key = gone.order_key
"""
ADD = "INSERT INTO orders_purchase (key, order_key) SELECT * FROM unnest(%b::bytea[], %b::bytea[])"

FoldAt = Callable[[bytes, Sequence[StampedFact]], OrderState]


class Spell(NamedTuple):
    """A time in which an order was known to be placed for one thing, and to be wanted. `ended` is the word that ended it."""

    since: datetime
    until: datetime | None = None
    ended: Moment | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was placed for one thing: when, as far as was known at first, and when it was known to be wanted."""

    key: bytes
    order: str
    issuer: str | None
    placed_at: datetime
    spells: tuple[Spell, ...]

    @property
    def place(self) -> tuple[datetime, str, str]:
        """The first of several is the order that is meant."""
        return self.placed_at, self.order, self.issuer or ""


def purchase_of(stamped: StampedFact) -> bytes | None:
    """16 bytes that stand for the customer, the PO and the lines of an order as placed; None where it does not name them."""
    fact = stamped.fact
    if not isinstance(fact, OrderPlaced) or fact.customer is None:
        return None
    customer = fact.customer.id or fact.customer.name
    orders = sorted(reference.value for reference in fact.references if reference.scheme == "po")
    if not customer or not orders:
        return None
    lines = sorted((line.sku, f"{line.quantity.normalize():f}", line.uom or "") for line in fact.lines)
    return blake2b(_encode((customer, orders, lines)), digest_size=16).digest()


def purchases_of(facts: Iterable[StampedFact]) -> set[bytes]:
    """All that these facts say an order was placed for."""
    return {purchase for stamped in facts if (purchase := purchase_of(stamped)) is not None}


def companions(keys: Collection[bytes], purchases: Collection[bytes]) -> set[bytes]:
    """Orders placed for one of `purchases`, or for the same as one of `keys`."""
    found: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for purchase, key in fetch(COMPANIONS, [list(purchases), list(keys), READ_MOST + 1]):
        found[purchase].add(key)
    return {key for orders in found.values() if len(orders) <= READ_MOST for key in orders}


def write(keys: Collection[bytes], facts: Mapping[bytes, Sequence[StampedFact]]) -> set[tuple[bytes, bytes]]:
    """Writes what the orders `keys` were placed for, of which `facts` holds those that still are; the rows that stand now."""
    wanted = {(purchase, key) for key, own in facts.items() for purchase in purchases_of(own)}
    standing = {(purchase, key) for purchase, key in fetch(STANDING, [list(keys)])}
    for statement, rows in ((REMOVE, standing - wanted), (ADD, wanted - standing)):
        if rows:
            ordered = sorted(rows)
            run(statement, [[row[i] for row in ordered] for i in range(2)])
    return wanted


def of_orders(
    placed: Iterable[tuple[bytes, bytes]], facts: Mapping[bytes, Sequence[StampedFact]], fold_at: FoldAt
) -> dict[bytes, tuple[DuplicateState, ...]]:
    """The duplicates of each order that has some, the order that was placed first first. `placed` are what `write` answered;
    `facts` hold all orders that were placed for one thing, unless they are more than READ_MOST; `fold_at` folds some facts of
    an order."""
    groups: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for purchase, key in placed:
        groups[purchase].append(key)
    shared = {purchase: keys for purchase, keys in groups.items() if len(keys) > 1}
    if not shared:
        return {}
    found: defaultdict[bytes, set[DuplicateState]] = defaultdict(set)
    for purchase in shared.keys() - _too_many(shared):
        for key, duplicate in _pairs(purchase, shared[purchase], facts, fold_at):
            found[key].add(duplicate)
    return {key: tuple(sorted(duplicates, key=_by_order)) for key, duplicates in found.items()}


def known_by(duplicates: Iterable[DuplicateState], moment: datetime) -> tuple[DuplicateState, ...]:
    """Those that were known at `moment`, as they were known then."""
    return tuple(
        replace(each, until=None, ended=None) if each.until is not None and each.until > moment else each
        for each in duplicates
        if each.since <= moment
    )


def standing_duplicates(state: OrderState) -> list[str]:
    """The numbers of the orders that this one is once more, while both are wanted."""
    return numbers_of(each for each in state.duplicates if each.until is None)


def numbers_of(duplicates: Iterable[DuplicateState]) -> list[str]:
    """The orders that they name, each once."""
    return list(dict.fromkeys(each.order for each in duplicates))


def _too_many(shared: Collection[bytes]) -> set[bytes]:
    counts: defaultdict[bytes, int] = defaultdict(int)
    for purchase, _ in fetch(COMPANIONS, [list(shared), [], MOST + 1]):
        counts[purchase] += 1
    return {purchase for purchase, count in counts.items() if count > MOST}


def _pairs(
    purchase: bytes, keys: Iterable[bytes], facts: Mapping[bytes, Sequence[StampedFact]], fold_at: FoldAt
) -> Iterator[tuple[bytes, DuplicateState]]:
    placed = sorted((placed_for(purchase, key, facts[key], fold_at) for key in keys), key=lambda one: one.place)
    for first, second in combinations(placed, 2):
        if second.placed_at - first.placed_at <= WINDOW:
            yield from ((second.key, each) for each in shared_spells(first, second))


def placed_for(purchase: bytes, key: bytes, facts: Sequence[StampedFact], fold_at: FoldAt) -> Placed:
    """When the order was known to be placed for this, and wanted: looked at after each hearing."""
    saying = [stamped for stamped in facts if purchase_of(stamped) == purchase]
    first = moment_of(min(saying, key=lambda stamped: (stamped.stamp.heard_at, *evidence_place(stamped))))
    state = fold_at(key, facts)
    begun = min(stamped.stamp.heard_at for stamped in saying)
    spells: list[Spell] = []
    for moment in looked_at(heard_at for stamped in facts if (heard_at := stamped.stamp.heard_at) >= begun):
        heard = [stamped for stamped in facts if stamped.stamp.heard_at <= moment]
        is_said = purchase_of(latest([stamped for stamped in heard if stamped.name == "order.placed"])) == purchase
        why, word = ending_of(fold_at(key, heard))
        is_open = bool(spells) and spells[-1].until is None
        if is_said and not why and not is_open:
            spells.append(Spell(moment))
        elif is_open and (why or not is_said):
            spells[-1] = Spell(spells[-1].since, moment, word)
    placed_at = first.occurred_at or first.received_at
    assert placed_at is not None
    return Placed(key, state.order, state.issuer, placed_at, tuple(spells))


def shared_spells(first: Placed, second: Placed) -> Iterator[DuplicateState]:
    """The times in which both orders were known to be placed for the same and to be wanted, from the second's side. Pure."""
    for one in first.spells:
        for other in second.spells:
            since = max(one.since, other.since)
            over = min((spell for spell in (one, other) if spell.until is not None), key=_until, default=None)
            until, ended = (over.until, over.ended) if over else (None, None)
            if until is None or since < until:
                yield DuplicateState(first.order, first.issuer, since, until, ended)


def _until(spell: Spell) -> datetime:
    assert spell.until is not None
    return spell.until


def _by_order(duplicate: DuplicateState) -> tuple[datetime, str, str]:
    return duplicate.since, duplicate.order, duplicate.issuer or ""
