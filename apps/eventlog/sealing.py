"""Seals committed messages into blocks, each chained to the one before. Writers never wait for it: an append leaves a
row in `eventlog_unsealed`, seen here once it has committed, so a position that commits late falls into a later block."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from apps.core.sql import fetch
from apps.eventlog.merkle import GENESIS, LEAF_BYTES, Block, as_ranges, block_hash, root_of

BLOCK_LIMIT_MESSAGES = 4_096  # a broken block is narrowed to a message by 32 bytes a leaf: 128 KiB
TURN_LIMIT_APPENDS = 5_000  # of appends sealed in one transaction

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('eventlog_seal', 0))"
_TAKE = """
DELETE FROM eventlog_unsealed
WHERE first_position IN (SELECT first_position FROM eventlog_unsealed ORDER BY first_position LIMIT %s)
RETURNING positions, leaves
"""
_LAST = "SELECT number, hash FROM eventlog_block ORDER BY number DESC LIMIT 1"
_ADD = """
INSERT INTO eventlog_block (number, previous, hash, root, count, first_position, last_position, positions, leaves, sealed_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING number
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a sealing did."""

    blocks: int = 0
    messages: int = 0


def seal(*, now: datetime) -> Sealed:
    """Seal every message that had committed when this began. Does nothing while another sealer is at it."""
    sealed = Sealed()
    while True:
        turn, is_last = _seal_turn(now)
        sealed = Sealed(sealed.blocks + turn.blocks, sealed.messages + turn.messages)
        if is_last:
            return sealed


@transaction.atomic
def _seal_turn(now: datetime) -> tuple[Sealed, bool]:
    """One transaction's worth, and whether it was the last: running after the writers would make a block of each append."""
    if fetch(_TRY_LOCK) != [(True,)]:
        return Sealed(), True
    leaves: dict[int, bytes] = {}
    appends = fetch(_TAKE, (TURN_LIMIT_APPENDS,))
    for positions, joined in appends:
        for index, position in enumerate(positions):
            leaves[position] = joined[index * LEAF_BYTES : (index + 1) * LEAF_BYTES]
    ordered = sorted(leaves)
    last = fetch(_LAST)
    number, previous = last[0] if last else (0, GENESIS)
    starts = range(0, len(ordered), BLOCK_LIMIT_MESSAGES)
    for start in starts:
        positions = ordered[start : start + BLOCK_LIMIT_MESSAGES]
        number += 1
        previous = _add_block(number, previous, positions, b"".join(leaves[position] for position in positions), now)
    return Sealed(len(starts), len(ordered)), len(appends) < TURN_LIMIT_APPENDS


def _add_block(number: int, previous: bytes, positions: list[int], leaves: bytes, now: datetime) -> bytes:
    block = Block(number, previous, root_of(leaves), len(positions), as_ranges(positions), leaves, now)
    digest = block_hash(block)
    ranges = Multirange([Range(start, end) for start, end in block.positions])
    fetch(_ADD, (number, previous, digest, block.root, block.count, positions[0], positions[-1], ranges, leaves, now))
    return digest
