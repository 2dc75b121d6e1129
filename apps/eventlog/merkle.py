"""The shape of the seal: the root over a block's leaves, and the hash that chains a block to the one before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from struct import pack

from apps.eventlog.digests import micros

LEAF_BYTES = 32
GENESIS = bytes(32)  # what the first block calls its previous one
_NODE = b"\x01"
_BLOCK = b"distsync block 1\x00"

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A sealed block: its messages' positions as half-open ranges, and their leaves in that order."""

    number: int
    previous: bytes
    root: bytes
    count: int
    positions: Ranges
    leaves: bytes
    sealed_at: datetime


def root_of(leaves: bytes) -> bytes:
    """The Merkle tree hash of RFC 9162, section 2.1.1, over leaves that are hashes already. Raises ValueError for none."""
    if not leaves or len(leaves) % LEAF_BYTES:
        raise ValueError(f"Expected one or more leaves of {LEAF_BYTES} bytes, got {len(leaves)} bytes.")
    level = [leaves[start : start + LEAF_BYTES] for start in range(0, len(leaves), LEAF_BYTES)]
    while len(level) > 1:
        pairs = [sha256(_NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[len(pairs) * 2 :]  # a last one without a neighbour rises as it is
    return level[0]


def block_hash(block: Block) -> bytes:
    """SHA-256 over all that a block says but its leaves, which the root stands for."""
    ranges = b"".join(pack(">qq", *pair) for pair in block.positions)
    head = pack(">qqq", block.number, block.count, micros(block.sealed_at))
    return sha256(b"".join((_BLOCK, head, block.previous, block.root, ranges))).digest()


def as_ranges(positions: Sequence[int]) -> Ranges:
    """Ascending positions as half-open ranges: (1, 2, 3, 7) is ((1, 4), (7, 8))."""
    ranges: list[tuple[int, int]] = []
    for position in positions:
        if ranges and ranges[-1][1] == position:
            ranges[-1] = (ranges[-1][0], position + 1)
        else:
            ranges.append((position, position + 1))
    return tuple(ranges)


def as_positions(ranges: Iterable[tuple[int, int]]) -> list[int]:
    """The positions that half-open ranges hold."""
    return [position for start, end in ranges for position in range(start, end)]
