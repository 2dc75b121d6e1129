"""Folds whole orders from their facts and writes them in place of what stands: right by construction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from django.conf import settings
from django.db import connection
from msgspec.structs import replace

from apps.contracts.facts import StampedFact
from apps.contracts.packing import unpack_stamped
from apps.core import tracing
from apps.core.sql import ahead, fetch, run
from apps.orders import conflicts, duplicates
from apps.orders.correlation import State
from apps.orders.fold import fold
from apps.orders.mentions import key_of, orders_of
from apps.orders.packing import pack_state, unpack_state
from apps.orders.state import ConflictState, DuplicateState, OrderState
from apps.partners.discovery import site_zones

FACTS = (
    "SELECT order_key, name, payload, position, state FROM orders_fact WHERE order_key = ANY(%b::bytea[]) AND state IN (0, 3)"
)
STANDING = "SELECT key, handle, state FROM orders_order WHERE key = ANY(%b::bytea[])"
TAKE = "DELETE FROM orders_order WHERE key = ANY(%b::bytea[]) RETURNING key, revision, handle"
MARK = """
    UPDATE orders_fact AS fact SET state = marked.state
    FROM unnest(%b::bytea[], %b::bigint[], %b::smallint[]) AS marked(order_key, position, state)
    WHERE fact.order_key = marked.order_key AND fact.position = marked.position
"""
IDENTIFIERS = "SELECT order_key, scheme, value FROM orders_identifier WHERE order_key = ANY(%b::bytea[])"
REMOVE_SOME = """
    DELETE FROM orders_identifier AS identifier USING unnest(%b::bytea[], %b::text[], %b::text[]) AS gone(key, scheme, value)
    WHERE identifier.order_key = gone.key AND identifier.scheme = gone.scheme AND identifier.value = gone.value
"""
ADD_SOME = "INSERT INTO orders_identifier (order_key, scheme, value) SELECT * FROM unnest(%b::bytea[], %b::text[], %b::text[])"

COLUMNS = (
    ("key", "bytea"),
    ("handle", "text"),
    ("order", "text"),
    ("issuer", "text"),
    ("status", "text"),
    ("overlays", "text[]"),
    ("money", "text"),
    ("customer_id", "text"),
    ("customer_name", "text"),
    ("region", "text"),
    ("channel", "text"),
    ("currency", "text"),
    ("value", "numeric"),
    ("promised_date", "text"),
    ("promised_until", "timestamptz"),
    ("completed_at", "timestamptz"),
    ("is_closed", "bool"),
    ("placed_at", "timestamptz"),
    ("last_heard_at", "timestamptz"),
    ("partners", "text[]"),
    ("fact_count", "int4"),
    ("state", "bytea"),
    ("revision", "bytea"),
)
NAMES = ", ".join(f'"{name}"' for name, _ in COLUMNS)
COPY = f"COPY orders_order ({NAMES}) FROM STDIN (FORMAT BINARY)"
SEARCHABLE_LENGTH = 512

Statement = tuple[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class Folded:
    """An order as its facts tell it now, ready to be written. `revision` stands for the whole row: a fact that changes
    nothing of the state is one more in the timeline all the same."""

    state: OrderState
    handle: str
    fact_count: int
    payload: bytes
    revision: bytes


@dataclass(frozen=True, slots=True)
class ToldOrder:
    """An order with all its facts, for rooms that look at its history."""

    handle: str
    state: OrderState
    facts: Sequence[StampedFact]
    zones: Mapping[str, str]

    def known_at(self, heard: Sequence[StampedFact], moment: datetime) -> OrderState:
        """The order as the facts that had been heard by `moment` told it."""
        conflicts = tuple(each for each in self.state.conflicts if each.heard_at is not None and each.heard_at <= moment)
        state = _state(self.state.order, self.state.issuer, heard, conflicts, self.zones)
        return _doubled(state, duplicates.known_by(self.state.duplicates, moment))


@dataclass(frozen=True, slots=True)
class Refolded:
    """What a refold did: the handles of orders that changed, came or went; every order that it looked at, by key; and the
    keys of those that are no more."""

    changed: list[str]
    orders: Mapping[bytes, ToldOrder]
    gone: set[bytes]


NOTHING: Final = Refolded([], {}, set())


def refold(keys: set[bytes], meanwhile: Iterable[Statement] = ()) -> Refolded:
    """Folds the orders of `keys` again, and writes those that differ. `meanwhile` are statements that PostgreSQL can work
    while we fold."""
    with tracing.phase("fold"):
        facts, unclear = _facts(keys)
        disputed = conflicts.of_orders(facts)
        zones = site_zones()
        doubled = _duplicates(keys, facts, zones)
        with ahead() as sent:
            for statement, parameters in meanwhile:
                sent.run(statement, parameters)
            taken_rows, identifiers = sent.fetch(TAKE, [list(keys)]), sent.fetch(IDENTIFIERS, [list(keys)])
            folded = {key: _fold(key, own, disputed.get(key, ()), doubled.get(key, ()), zones) for key, own in facts.items()}
        taken = {key: (revision, handle) for key, revision, handle in taken_rows()}
    with tracing.phase("write orders"):
        _copy(folded)
        _mark_unclear({(key, u.position) for key, each in folded.items() for u in each.state.unapplied}, unclear)
        _write_identifiers(folded, set(identifiers()))
    differing = [each.handle for key, each in folded.items() if key not in taken or taken[key][0] != each.revision]
    gone = {key: handle for key, (_, handle) in taken.items() if key not in facts}
    orders = {key: ToldOrder(each.handle, each.state, facts[key], zones) for key, each in folded.items()}
    return Refolded(differing + list(gone.values()), orders, keys - facts.keys())


def read_told(keys: set[bytes]) -> dict[bytes, ToldOrder]:
    """These orders as they stand, with all their facts; nothing is written. Keys that are no order's are left out."""
    facts, _ = _facts(keys)
    zones = site_zones()
    rows = fetch(STANDING, [list(keys)])
    return {key: ToldOrder(handle, unpack_state(state), facts.get(key, ()), zones) for key, handle, state in rows}


def _copy(folded: Mapping[bytes, Folded]) -> None:
    if not folded:
        return
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.set_types([kind for _, kind in COLUMNS])
        for key, each in folded.items():
            copy.write_row(_row(key, each))


def _facts(keys: set[bytes]) -> tuple[dict[bytes, list[StampedFact]], set[tuple[bytes, int]]]:
    """Each order's facts, and the places of those that are marked as fitting several of its legs or shipments."""
    found: dict[bytes, list[StampedFact]] = {}
    unclear = set()
    for key, name, payload, position, state in fetch(FACTS, [list(keys)]):
        found.setdefault(key, []).append(unpack_stamped(name, payload))
        if state == State.UNCLEAR:
            unclear.add((key, position))
    return found, unclear


def _mark_unclear(wanted: set[tuple[bytes, int]], marked: set[tuple[bytes, int]]) -> None:
    """Marks the facts that the folds could not apply, so that their messages are listed as ambiguous."""
    if wanted != marked:
        rows = [(*place, int(State.UNCLEAR)) for place in wanted - marked]
        rows += [(*place, int(State.MATCHED)) for place in marked - wanted]
        run(MARK, [[row[i] for row in rows] for i in range(3)])


def _duplicates(
    keys: set[bytes], facts: Mapping[bytes, Sequence[StampedFact]], zones: Mapping[str, str]
) -> dict[bytes, tuple[DuplicateState, ...]]:
    def fold_at(key: bytes, heard: Sequence[StampedFact]) -> OrderState:
        order, issuer, _ = identity(key, facts[key])
        return _state(order, issuer, heard, (), zones)

    return duplicates.of_orders(duplicates.write(keys, facts), facts, fold_at)


def _doubled(state: OrderState, found: tuple[DuplicateState, ...]) -> OrderState:
    return replace(state, duplicates=found) if found else state


def _fold(
    key: bytes,
    facts: Sequence[StampedFact],
    disputed: tuple[ConflictState, ...],
    doubled: tuple[DuplicateState, ...],
    zones: Mapping[str, str],
) -> Folded:
    order, issuer, is_shared = identity(key, facts)
    state = _doubled(_state(order, issuer, facts, disputed, zones), doubled)
    payload = pack_state(state)
    return Folded(state, f"{issuer}:{order}" if is_shared else order, len(facts), payload, _revision(payload, len(facts)))


def revision_of(state: OrderState, fact_count: int) -> bytes:
    """What changes whenever the state or the number of the order's facts does."""
    return _revision(pack_state(state), fact_count)


def _revision(payload: bytes, fact_count: int) -> bytes:
    return blake2b(fact_count.to_bytes(8, "big") + payload, digest_size=16).digest()


def _state(
    order: str,
    issuer: str | None,
    facts: Sequence[StampedFact],
    disputed: tuple[ConflictState, ...],
    zones: Mapping[str, str],
) -> OrderState:
    return fold(
        order,
        issuer,
        facts,
        zones=zones,
        default_zone=settings.DEPLOYMENT_TIME_ZONE,
        default_currency=settings.DEPLOYMENT_CURRENCY,
        conflicts=disputed,
    )


def identity(key: bytes, facts: Iterable[StampedFact]) -> tuple[str, str | None, bool]:
    """The number and issuer that `key` stands for, and whether another issuer uses the same number.

    Found among what the order's own facts name: the key is a digest, of the number alone or of number and issuer.
    """
    numbers: dict[str, set[str]] = {}
    for number, issuer in {named for stamped in facts for named in orders_of(stamped)}:
        numbers.setdefault(number, set()).update((issuer,) if issuer else ())
    for number, issuers in sorted(numbers.items()):
        if key_of("order", number) == key:
            return number, min(issuers) if len(issuers) == 1 else None, False
        for issuer in sorted(issuers):
            if key_of("order", number, issuer) == key:
                return number, issuer, True
    raise LookupError(f"No fact of the order names the number that key {key.hex()} stands for.")


def _row(key: bytes, folded: Folded) -> tuple[object, ...]:
    state = folded.state
    placed = state.milestones.get("placed")
    return (
        key,
        folded.handle,
        state.order,
        state.issuer,
        state.status,
        list(state.overlays),
        state.money,
        state.customer_id,
        state.customer_name,
        state.region,
        state.channel,
        state.currency,
        state.value,
        state.promised_date,
        state.promised_until,
        state.completed_at,
        state.is_closed,
        placed.occurred_at if placed else None,
        state.last_heard_at,
        sorted({leg.partner for leg in state.legs if leg.partner}),
        folded.fact_count,
        folded.payload,
        folded.revision,
    )


def _write_identifiers(folded: Mapping[bytes, Folded], there: set[tuple[bytes, str, str]]) -> None:
    wanted = {(key, *pair) for key, each in folded.items() for pair in searchable(each.state)}
    for statement, rows in ((REMOVE_SOME, there - wanted), (ADD_SOME, wanted - there)):
        if rows:
            ordered = sorted(rows)
            run(statement, [[row[i] for row in ordered] for i in range(3)])


def searchable(state: OrderState) -> set[tuple[str, str]]:
    """What a person may type to find the order: (scheme, value), values cut to what an index entry holds."""
    found = {("order", state.order)}
    found |= {(reference.scheme, reference.value) for reference in state.references}
    for leg in state.legs:
        found.add(("leg", leg.leg))
        for shipment in leg.shipments:
            found.add(("shipment", shipment.shipment))
            found |= {("tracking", number) for number in shipment.tracking}
    found |= {("invoice", invoice.invoice) for invoice in state.invoices}
    found |= {("return", each.return_id) for each in state.returns}
    found |= {(s, v) for s, v in (("customer_id", state.customer_id), ("customer", state.customer_name)) if v}
    return {(scheme, value[:SEARCHABLE_LENGTH]) for scheme, value in found}
