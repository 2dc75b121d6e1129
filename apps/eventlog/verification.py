"""Recomputes the seal from what the log holds now: names the first thing that differs, and counts what is not sealed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core.sql import fetch
from apps.eventlog.digests import leaf
from apps.eventlog.merkle import GENESIS, LEAF_BYTES, Block, as_positions, block_hash, root_of
from apps.eventlog.reading import read_as_kept

READ_LIMIT_MESSAGES = 200  # with their bodies in memory at a time

_BLOCKS = """
SELECT number, previous, hash, root, count, positions, leaves, sealed_at FROM eventlog_block WHERE number > %s
ORDER BY number LIMIT 20
"""
_TAIL = "SELECT first_position, positions, leaves FROM eventlog_unsealed WHERE first_position > %s ORDER BY 1 LIMIT 100"
_SUMS = """
SELECT (SELECT count(*) FROM eventlog_message), (SELECT count(*) FROM eventlog_key),
    (SELECT coalesce(sum(count), 0)::bigint FROM eventlog_block),
    (SELECT coalesce(sum(cardinality(positions)), 0)::bigint FROM eventlog_unsealed)
"""
_UNSEALED = """
SELECT sum(cardinality(positions))::bigint, min(positions[1]), max(positions[cardinality(positions)]), min(first_received_at)
FROM eventlog_unsealed
"""
_STRAY = """
SELECT position FROM eventlog_message EXCEPT (
    SELECT generate_series(lower(part), upper(part) - 1) FROM eventlog_block, unnest(positions) AS part
    UNION ALL SELECT unnest(positions) FROM eventlog_unsealed
) ORDER BY 1 LIMIT 1
"""
_WITHOUT_MESSAGE = "SELECT position FROM eventlog_key EXCEPT SELECT position FROM eventlog_message ORDER BY 1 LIMIT 1"
_WITHOUT_KEY = "SELECT position FROM eventlog_message EXCEPT SELECT position FROM eventlog_key ORDER BY 1 LIMIT 1"


@dataclass(frozen=True, slots=True)
class Broken:
    """The first thing that is not as it was sealed: which block (None: the unsealed tail), which message, and what."""

    what: str
    block: int | None = None
    position: int | None = None
    source: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Tail:
    """The messages that are in no block yet, from the lowest position to the highest."""

    count: int = 0
    first_position: int | None = None
    last_position: int | None = None
    oldest_received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked; `head` is the hash of the last block, worth writing down outside the database."""

    blocks: int
    messages: int
    head: bytes | None
    tail: Tail
    broken: Broken | None


def verify(*, head: bytes | None = None, advance: Callable[[int], None] = lambda _messages: None) -> Verification:
    """Check every block, the chain, the tail and that no message is outside both; stops at the first that is broken.

    `head` is a block's hash noted earlier: a chain that does not hold it has been cut or written anew. `advance` is
    told how many messages more have been checked.
    """
    blocks = messages = 0
    previous = GENESIS
    broken = None
    for block, digest in _blocks():
        broken = _check_block(block, digest, blocks + 1, previous)
        if broken is not None:
            break
        blocks, messages, previous = block.number, messages + block.count, digest
        advance(block.count)
    if broken is None:
        broken = _check_head(head) or _check_tail(advance) or _check_sums()
    return Verification(blocks, messages, previous if blocks else None, _tail(), broken)


def message_count() -> int:
    """How many messages `verify` will check."""
    ((count,),) = fetch("SELECT count(*) FROM eventlog_message")
    return int(count)


def _blocks() -> Iterator[tuple[Block, bytes]]:
    number = 0
    while rows := fetch(_BLOCKS, (number,)):
        for number, previous, digest, root, count, ranges, leaves, sealed_at in rows:
            positions = tuple((part.lower, part.upper) for part in ranges)
            yield Block(number, previous, root, count, positions, leaves, sealed_at), digest


def _check_block(block: Block, digest: bytes, number: int, previous: bytes) -> Broken | None:
    if block.number != number:
        return Broken(f"block {number} is missing: after it comes block {block.number}", number)
    if block.previous != previous:
        return Broken("it does not follow the block before it", number)
    positions = as_positions(block.positions)
    if len(positions) != block.count or len(block.leaves) != block.count * LEAF_BYTES:
        leaves = len(block.leaves) // LEAF_BYTES
        return Broken(f"it says {block.count} messages, lists {len(positions)} and has {leaves} leaves", number)
    if root_of(block.leaves) != block.root:
        return Broken("its leaves do not give its root", number)
    if block_hash(block) != digest:
        return Broken("its content does not give its hash", number)
    return _check_messages(positions, block.leaves, number)


def _check_messages(positions: Sequence[int], leaves: bytes, block: int | None) -> Broken | None:
    for start in range(0, len(positions), READ_LIMIT_MESSAGES):
        part = positions[start : start + READ_LIMIT_MESSAGES]
        kept = {message.position: (message, attributes) for message, attributes in read_as_kept(part)}
        for index, position in enumerate(part, start):
            if position not in kept:
                return Broken("the message is missing", block, position)
            message, attributes = kept[position]
            now = leaf(message, attributes, received_at=message.received_at, heard_at=message.heard_at)
            if now != leaves[index * LEAF_BYTES : (index + 1) * LEAF_BYTES]:
                return Broken("the message is not what was appended", block, position, message.source, message.id)
    return None


def _check_head(head: bytes | None) -> Broken | None:
    if head is None or fetch("SELECT FROM eventlog_block WHERE hash = %s", (head,)):
        return None
    return Broken(f"no block has the hash {head.hex()}: the chain that had it was cut or written anew")


def _check_tail(advance: Callable[[int], None]) -> Broken | None:
    last = 0
    while rows := fetch(_TAIL, (last,)):
        for _, positions, leaves in rows:
            broken = _check_messages(positions, leaves, None)
            if broken is not None:
                return broken
            advance(len(positions))
        last = rows[-1][0]
    return None


def _check_sums() -> Broken | None:
    """Messages, keys and members of blocks or of the tail are equally many, in one statement's view; else finds which."""
    ((messages, keys, sealed, unsealed),) = fetch(_SUMS)
    if messages == keys == sealed + unsealed:
        return None
    return (
        _first(_STRAY, "the message is in no block and does not wait for one")
        or _first(_WITHOUT_MESSAGE, "its key is there and the message is not")
        or _first(_WITHOUT_KEY, "the message is there and its key is not")
        or Broken(
            f"there are {messages} messages, {keys} keys, {sealed} sealed and {unsealed} unsealed: something was written twice"
        )
    )


def _first(statement: str, what: str) -> Broken | None:
    for (position,) in fetch(statement):
        named: list[Any] = [message for message, _ in read_as_kept([position])]
        return Broken(what, None, position, *((named[0].source, named[0].id) if named else (None, None)))
    return None


def _tail() -> Tail:
    ((count, first, last, oldest),) = fetch(_UNSEALED)
    return Tail(count or 0, first, last, oldest)
