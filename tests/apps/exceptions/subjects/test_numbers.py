"""The table of numbers: one row for many, the same whatever the order in which they come and whoever else is at them."""

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.sql import fetch, run
from apps.exceptions.history import Course
from apps.exceptions.models import AskRow, NumberRow
from apps.exceptions.subjects import numbers, store
from apps.exceptions.subjects.names import SEQUENCE, Named, key_of
from apps.exceptions.subjects.sequences import BLOCK, Heard, gap_course
from apps.exceptions.subjects.shelves import SHELF, merge, pack, unpack
from tests.apps.exceptions.subjects.test_sequences import TOLERANCE, at
from tests.messages import OMS

BLOCKS = {key_of(named): named for named in (Named(SEQUENCE, "0-9999", OMS), Named(SEQUENCE, "10000-19999", OMS))}
ROWS = "SELECT key, shelf, part, payload FROM exceptions_number ORDER BY key, shelf, part"
heard = st.builds(
    Heard, st.integers(SHELF * 3, SHELF * 3 + 60), st.integers(0, 9).map(at), st.none() | st.integers(10, 19).map(at)
)
# Where blocks and shelves begin and end, and enough numbers in a row to be seen to count by one.
told_at_once = st.lists(
    st.tuples(
        st.sampled_from([0, SHELF - 30, BLOCK - 30]),
        st.integers(0, 60),
        st.integers(1, 30),
        st.integers(0, 9).map(lambda m: m * 10),
    ),
    min_size=1,
    max_size=3,
)
batches = st.lists(st.tuples(told_at_once, st.booleans()), min_size=1, max_size=6)


@given(st.lists(heard), st.lists(heard))
def test_a_shelf_comes_out_as_it_went_in_and_merges_in_any_order(some: list[Heard], others: list[Heard]) -> None:
    one, other = merge(merge({}, some), others), merge(merge({}, others), some)
    assert one == other == merge(one, some)
    packed = pack(3, one)
    assert packed == pack(3, other)
    assert unpack(3, packed) == [one[number] for number in sorted(one)]
    for number, each in one.items():
        moments = sorted({m for h in (*some, *others) if h.number == number for m in (h.heard_at, h.again_at) if m})
        assert [each.heard_at, each.again_at] == [*moments, None][:2]


def test_a_million_numbers_are_some_hundred_rows() -> None:
    one_by_one = {number: Heard(number, at(0) + timedelta(milliseconds=37 * number)) for number in range(SHELF)}
    at_once = {number: Heard(number, at(number // 500)) for number in range(SHELF)}
    assert (1_000_000 // SHELF, BLOCK % SHELF) == (500, 0)
    assert (len(pack(0, one_by_one)), len(pack(0, at_once))) == (12_009, 47)  # bytes


def courses(block: Named) -> tuple[Course | None, object]:
    return gap_course(block, numbers.read({key_of(block): block})[key_of(block)], TOLERANCE, None, at(10_000))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches, st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_rows_and_gaps(
    transactional_db: None, told: list[tuple[list[tuple[int, int, int, int]], bool]], chance: random.Random
) -> None:
    everything = [(number_of_run, is_locked) for number_of_run, is_locked in told]
    first = written(everything)
    chance.shuffle(everything)
    assert written(everything) == first


def written(batches: Sequence[tuple[list[tuple[int, int, int, int]], bool]]) -> list[object]:
    """The rows and gaps at the end, put together. After each batch nothing is another thing of which nobody was asked."""
    run("TRUNCATE exceptions_number, exceptions_ask, exceptions_subject")
    whole = {key: courses(named) for key, named in BLOCKS.items()}
    for runs, is_locked in batches:
        tell(runs, is_locked=is_locked)
        asked = {bytes(key) for key in AskRow.objects.values_list("key", flat=True)}
        run("TRUNCATE exceptions_ask")
        fresh = {key: courses(named) for key, named in BLOCKS.items()}
        assert {key for key in BLOCKS if fresh[key] != whole[key]} <= asked
        whole = fresh
    assert set(NumberRow.objects.values_list("part", flat=True)) == {0}
    return [[tuple(map(bytes_of, row)) for row in fetch(ROWS)], whole]


def bytes_of(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def tell(runs: Sequence[tuple[int, int, int, int]], *, is_locked: bool) -> None:
    rows = [(OMS, base + first + number, at(minute)) for base, first, length, minute in runs for number in range(length)]
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        if not is_locked:
            patch.setattr(store, "try_locks", lambda keys: set())
        numbers.keep(rows, is_rebuild=False)


def test_who_does_not_get_a_block_puts_its_numbers_beside_and_asks(transactional_db: None) -> None:
    (key, block) = next(iter(BLOCKS.items()))
    tell([(0, 0, 25, 0)], is_locked=True)
    assert not AskRow.objects.exists()
    tell([(0, 26, 2, 0)], is_locked=False)
    assert [row.part > 0 for row in NumberRow.objects.order_by("part")] == [False, True]
    assert AskRow.objects.filter(key=key).exists()
    read = numbers.read({key: block})
    assert sorted(each.number for each in read[key]) == [*range(25), 26, 27]
    assert [(row.shelf, row.part) for row in NumberRow.objects.all()] == [(0, 0)]
    assert numbers.read({key: block}) == read
