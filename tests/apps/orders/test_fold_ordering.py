"""Which word is the latest: an order free of circles, which arrival never decides."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.contracts.facts import StampedFact
from apps.orders.ordering import is_later, latest
from tests.builders import START, instant, validated


def word(source: str, id: str, at: int, *, recorded: int | None = None, sequence: str | None = None) -> StampedFact:  # noqa: A002
    start = instant(START)
    return validated(
        at=start + timedelta(minutes=at),
        recorded=None if recorded is None else start + timedelta(minutes=recorded),
        sequence=sequence,
        source=source,
        id=id,
    )


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (word("a", "x", 1), word("a", "x2", 2)),
        (word("a", "x", 2), word("a", "y", 2)),
        (word("a", "z", 9, recorded=1), word("a", "x", 1, recorded=2)),
        (word("a", "z", 5), word("a", "x", 1, recorded=6)),
        (word("a", "z", 1, recorded=5), word("a", "x", 2, recorded=5)),
        (word("a", "z", 9, sequence="2"), word("a", "x", 1, sequence="10")),
        (word("a", "z", 9), word("a", "x", 1, sequence="1")),
        (word("a", "x", 1, sequence="7"), word("a", "y", 1, sequence="007")),
        (word("a", "z", 9, sequence="-3"), word("a", "x", 1, sequence="2")),
        (word("a", "z", 9, sequence="99"), word("a", "x", 1, sequence="A1")),
        (word("a", "z", 9, sequence="A1"), word("a", "x", 1, sequence="B0")),
        (word("a", "z", 9, sequence="1" * 39), word("a", "x", 1, sequence="2" * 40)),
        # sequences of different sources say nothing about each other
        (word("a", "z", 1, sequence="99"), word("b", "x", 2, sequence="1")),
        (word("a", "x", 1), word("b", "x", 1)),
    ],
)
def test_the_latest_is_by_sequence_in_one_source_then_recorded_time_claim_and_id(
    older: StampedFact, newer: StampedFact
) -> None:
    assert latest([older, newer]) is newer
    assert latest([newer, older]) is newer
    assert is_later(newer, older)
    assert not is_later(older, newer)


def test_a_circle_of_pairs_has_a_winner() -> None:
    first, second = word("a", "1", 30, sequence="1"), word("a", "2", 10, sequence="2")
    other = word("b", "3", 20)
    assert is_later(second, first)
    assert is_later(other, second)
    assert is_later(first, other)
    assert {latest(each).stamp.id for each in permutations([first, second, other])} == {"3"}


any_word = st.builds(
    word,
    st.sampled_from("ab"),
    st.sampled_from("vwxyz"),
    st.integers(0, 2),
    recorded=st.none() | st.integers(0, 2),
    sequence=st.none() | st.sampled_from(["1", "01", "2", "10", "x", ""]),
)


@given(st.lists(any_word, min_size=1, max_size=6, unique_by=lambda each: (each.stamp.source, each.stamp.id)), st.randoms())
def test_the_latest_does_not_depend_on_the_order_given(words: Sequence[StampedFact], random: st.DataObject) -> None:
    shuffled = list(words)
    random.shuffle(shuffled)
    assert latest(shuffled) is latest(words)


@given(st.lists(any_word, min_size=2, max_size=6, unique_by=lambda each: (each.stamp.source, each.stamp.id)))
def test_the_latest_stays_when_a_word_that_its_own_source_has_overtaken_is_taken_away(words: Sequence[StampedFact]) -> None:
    winner = latest(words)
    for gone in words:
        same = [each for each in words if each.stamp.source == gone.stamp.source]
        if latest(same) is not gone:
            assert latest([each for each in words if each is not gone]) is winner
