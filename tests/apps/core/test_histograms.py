"""Percentiles against exact ones, and the law of merging."""

import math

from hypothesis import given
from hypothesis import strategies as st

from apps.core.histograms import LARGEST_ERROR, LAST_BUCKET, Histogram, bucket_of, middle_of

DURATIONS = st.lists(st.floats(0.001, 900_000), min_size=1, max_size=200)


def histogram(durations: list[float]) -> Histogram:
    made = Histogram()
    for seconds in durations:
        made.add(seconds)
    return made


@given(DURATIONS, st.sampled_from([0.01, 0.5, 0.9, 0.95, 0.99, 1.0]))
def test_a_percentile_is_within_its_error_of_the_exact_one(durations: list[float], share: float) -> None:
    exact = sorted(durations)[max(1, math.ceil(share * len(durations))) - 1]
    told = histogram(durations).percentile(share)
    assert told is not None
    assert abs(told / exact - 1) <= LARGEST_ERROR + 1e-9


@given(DURATIONS, DURATIONS, DURATIONS)
def test_merging_is_counting_together_in_any_order_and_grouping(a: list[float], b: list[float], c: list[float]) -> None:
    together = histogram([*a, *b, *c])
    left, right = histogram(a), histogram(c)
    left.merge(histogram(b))
    left.merge(histogram(c))
    right.merge(histogram(b))
    right.merge(histogram(a))
    assert left == right == together
    assert len(together) == len(a) + len(b) + len(c)


def test_the_ends() -> None:
    assert [bucket_of(seconds) for seconds in (-5, 0, 0.001, 0.0011, 1.0, 1e9)] == [0, 0, 0, 1, 40, LAST_BUCKET]
    assert Histogram().percentile(0.5) is None
    assert histogram([0.0]).percentile(0.99) == 0.001
    assert round(middle_of(40), 3) == 0.939
    assert list(histogram([0.0, 0.0012, 0.0012])) == [1, 0, 2]


def test_times_count_as_so_many_durations() -> None:
    once, often = histogram([0.2] * 7), Histogram()
    often.add(0.2, 7)
    assert once == often
