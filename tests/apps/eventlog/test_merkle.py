"""The tree and the ranges of a block, against the definitions they come from."""

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.eventlog.merkle import as_positions, as_ranges, root_of


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1: split at the largest power of two below n."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70))
def test_the_root_is_that_of_the_standard(leaves: Any) -> None:
    assert root_of(b"".join(leaves)) == by_definition(leaves)


@pytest.mark.parametrize("leaves", [b"", b"x" * 33])
def test_a_root_needs_whole_leaves(leaves: Any) -> None:
    with pytest.raises(ValueError, match="leaves of 32 bytes"):
        root_of(leaves)


def test_positions_in_a_row_are_one_range() -> None:
    assert as_ranges([1, 2, 3, 7, 9, 10]) == ((1, 4), (7, 8), (9, 11))


@given(st.sets(st.integers(1, 60)).map(sorted))
def test_ranges_hold_the_positions_that_they_came_from(positions: list[int]) -> None:
    assert as_positions(as_ranges(positions)) == positions
