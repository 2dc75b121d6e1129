"""Writes a batch of facts: correlates them, moves what they move, and folds every order that changes.

The caller holds a transaction. Two workers never lose each other's facts: before anything is read for good, the batch
takes advisory locks, sorted, on every identifier and order that it can change, and sees in a later statement that what it
read still stands, or reads again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction

from apps.contracts.facts import StampedFact
from apps.contracts.packing import pack_stamped
from apps.core import tracing
from apps.core.sql import fetch, run
from apps.orders import conflicts, duplicates, refold
from apps.orders.correlation import State
from apps.orders.mentions import Bundle, bundle_of, digest_of, key_of
from apps.orders.refold import Refolded
from apps.orders.region import Region, Stored, is_current, known, read_region

LOCK = "SELECT pg_advisory_xact_lock(key) FROM unnest(%b::bigint[]) AS key"
FIRST_BUSY = "SELECT key FROM unnest(%b::bigint[]) AS key WHERE NOT pg_try_advisory_xact_lock(key) LIMIT 1"
ADD_BUNDLES = """
    INSERT INTO orders_bundle (digest, content, state, order_keys, reason)
    SELECT digest, content, state, keys::bytea[], reason
    FROM unnest(%b::bytea[], %b::bytea[], %b::smallint[], %b::text[], %b::text[]) AS new(digest, content, state, keys, reason)
    ON CONFLICT (digest) DO UPDATE SET state = excluded.state, order_keys = excluded.order_keys, reason = excluded.reason
"""
ADD_MENTIONS = "INSERT INTO orders_mention (key, digest) SELECT * FROM unnest(%b::bytea[], %b::bytea[]) ON CONFLICT DO NOTHING"
TAKE_FACTS = """
    DELETE FROM orders_fact WHERE order_key = ANY(%b::bytea[]) AND bundle = ANY(%b::bytea[])
    RETURNING position, bundle, name, payload
"""

PATIENCE = 8  # turns that a batch loses before it waits in line


class Placement(NamedTuple):
    """Where the facts of a bundle stand: under its orders' keys, or under its own digest while it has none."""

    state: State
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """A batch: each bundle's digest and what the database says, and the region that new ones change. `writers` tells
    whether the database still says so."""

    bundles: Mapping[bytes, Bundle]
    stored: Mapping[bytes, Stored]
    region: Region
    writers: Mapping[bytes, int]


def apply_facts(facts: Sequence[StampedFact]) -> Refolded:
    """Applies facts to the orders that they belong to, and says what became of these.

    Facts that name no identifier of an order are not this room's and are passed over.
    """
    named = [(stamped, bundle) for stamped in facts if (bundle := bundle_of(stamped)) is not None]
    if not named:
        return refold.NOTHING
    digests = {bundle: digest_of(bundle) for bundle in {bundle for _, bundle in named}}
    with tracing.phase("correlate"):
        purchases = duplicates.purchases_of(facts)
        work = _lock_and_read({digest: bundle for bundle, digest in digests.items()}, purchases)
    with tracing.phase("write facts"):
        placements, affected = _place_bundles(work)
        rows_of_bundles = _bundle_rows(work.region, placements)
        _add_facts([(stamped, digests[bundle]) for stamped, bundle in named], placements)
        affected |= conflicts.write(work.region)
    for digest in digests.values():
        if placements[digest].state == State.MATCHED:
            affected.update(placements[digest].keys)
    return refold.refold(_with_companions(affected, purchases), rows_of_bundles)


def _with_companions(keys: set[bytes], purchases: Collection[bytes]) -> set[bytes]:
    """`keys`, and all orders whose state depends on theirs: those that share a conflict, or may be duplicates."""
    while True:
        more = keys | conflicts.companions(keys) | duplicates.companions(keys, purchases)
        if more == keys:
            return keys
        keys = more


def _lock_and_read(bundles: Mapping[bytes, Bundle], purchases: Collection[bytes] = ()) -> Work:
    """What the batch works on, read under the locks of all that it can change.

    The identifiers that the batch names are locked before anything is read, so that a batch waits for another that is
    at the same orders before it has worked for nothing. What the reading leads to is locked after it. Where a lock is
    taken, all are given back (savepoint) before the batch waits for that one: who waits holds none, so no two wait in a
    circle, and who works finds what it still needs free.
    """
    wanted = {_lock(key_of(m.scheme, m.value)) for bundle in bundles.values() for m in bundle.mentions}
    wanted |= {_lock(purchase) for purchase in purchases}
    work, turn = None, 0
    while True:
        savepoint = transaction.savepoint()
        busy = _take(wanted, in_line=turn >= PATIENCE)
        if busy is None:
            if work is None or not is_current(bundles, work.region.read, work.writers):
                work = _look(bundles)
            more = _locks(work, purchases) - wanted
            busy = _take(more)
            if not more or (
                busy is None
                and is_current(bundles, work.region.read, work.writers)
                and _locks(work, purchases) <= wanted | more
            ):
                transaction.savepoint_commit(savepoint)
                return work
            wanted |= more
        transaction.savepoint_rollback(savepoint)
        if busy is not None:
            _wait_for(busy)
            turn += 1


def lock_orders(keys: Iterable[bytes]) -> None:
    """Holds these orders until the transaction ends, once nobody else does. To be called before anything else is locked."""
    run(LOCK, [sorted(_lock(key) for key in keys)])


def _take(locks: set[int], *, in_line: bool = False) -> int | None:
    """Takes these locks; the first that somebody holds, where one does. `in_line`: waits for each, sorted, instead, so
    that a large batch among many small ones has its turn too."""
    if in_line:
        run(LOCK, [sorted(locks)])
        return None
    return next((key for (key,) in fetch(FIRST_BUSY, [sorted(locks)])), None)


def _wait_for(lock: int) -> None:
    savepoint = transaction.savepoint()
    run(LOCK, [[lock]])
    transaction.savepoint_rollback(savepoint)


def _look(bundles: Mapping[bytes, Bundle]) -> Work:
    writers: dict[bytes, int] = {}
    stored = known(bundles, writers)
    new = {digest: bundle for digest, bundle in bundles.items() if digest not in stored}
    return Work(bundles, stored, read_region(new, writers), writers)


def _locks(work: Work, purchases: Collection[bytes]) -> set[int]:
    region = work.region
    keys = {key_of(*name) for name in region.read} | conflicts.claimants(region)
    for digest, stored in work.stored.items():
        keys |= stored.order_keys or {key_of(m.scheme, m.value) for m in work.bundles[digest].mentions}
    for digest in region.moved:
        keys.update(_placement(region, digest).keys)
        if digest in region.stored:
            keys |= region.stored[digest].order_keys
    return {_lock(key) for key in _with_companions(keys, purchases)}


def _lock(key: bytes) -> int:
    return int.from_bytes(key[:8], "big", signed=True)


def _placement(region: Region, digest: bytes) -> Placement:
    assert region.correlation is not None
    keys = region.keys_of(digest)
    return Placement(region.correlation.verdicts[digest].state, tuple(sorted(keys)) if keys else (digest,))


def _place_bundles(work: Work) -> tuple[dict[bytes, Placement], set[bytes]]:
    """Moves the facts of the bundles that go elsewhere; where each bundle stands, and the orders touched."""
    region = work.region
    placements = {d: Placement(s.state, tuple(sorted(s.order_keys)) or (d,)) for d, s in work.stored.items()}
    placements |= {digest: _placement(region, digest) for digest in region.moved}
    placements |= {d: _placement(region, d) for d in work.bundles if d in region.bundles and d not in region.moved}
    moved = sorted(d for d in region.moved if d in region.stored)
    old = {d: tuple(region.stored[d].order_keys) or (d,) for d in moved}
    _move_facts(moved, old, placements)
    touched = {key for d in moved for key in (*old[d], *placements[d].keys)}
    return placements, touched


def _bundle_rows(region: Region, placements: Mapping[bytes, Placement]) -> list[refold.Statement]:
    """The statements that write the bundles that are new or go elsewhere, and what the new ones name."""
    correlation, changed = region.correlation, sorted(region.moved)
    if not changed or correlation is None:
        return []
    contents = [conflicts.encode(region.bundles[digest]) for digest in changed]
    keys = ["{" + ",".join(f'"\\\\x{k.hex()}"' for k in placements[d].keys if k != d) + "}" for d in changed]  # bytea[] as text
    states = [int(placements[digest].state) for digest in changed]
    reasons = [correlation.verdicts[digest].reason for digest in changed]
    new = sorted((key_of(m.scheme, m.value), d) for d in changed if d not in region.stored for m in region.bundles[d].mentions)
    return [
        (ADD_BUNDLES, [changed, contents, states, keys, reasons]),
        (ADD_MENTIONS, [[key for key, _ in new], [digest for _, digest in new]]),
    ]


def _move_facts(moved: Sequence[bytes], old: Mapping[bytes, tuple[bytes, ...]], placements: Mapping[bytes, Placement]) -> None:
    if not moved:
        return
    taken = {
        (position, digest): (name, payload)
        for position, digest, name, payload in fetch(
            TAKE_FACTS, [sorted({key for keys in old.values() for key in keys}), list(moved)]
        )
    }
    _copy_facts([(position, digest, name, payload) for (position, digest), (name, payload) in taken.items()], placements)


def _add_facts(facts: Iterable[tuple[StampedFact, bytes]], placements: Mapping[bytes, Placement]) -> None:
    _copy_facts([(s.stamp.position, digest, s.name, pack_stamped(s)) for s, digest in facts], placements)


def _copy_facts(rows: Sequence[tuple[int, bytes, str, bytes]], placements: Mapping[bytes, Placement]) -> None:
    statement = "COPY orders_fact (order_key, position, bundle, state, name, payload) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["bytea", "int8", "bytea", "int2", "text", "bytea"])
        for position, digest, name, payload in rows:
            placement = placements[digest]
            for key in placement.keys:
                copy.write_row((key, position, digest, int(placement.state), name, payload))
