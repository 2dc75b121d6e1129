"""Histograms of durations that merge without loss: the sum of two is the histogram of both, bucket by bucket.

Bucket 0 holds up to 1 ms; each further one reaches 2 ** 0.25 times as far (19 %), the last holds all beyond 12 days. A
percentile is the geometric middle of its bucket, so it is at most 9.1 % off (2 ** 0.125 - 1), whatever was merged.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final

FIRST_SECONDS: Final = 0.001
BUCKETS_PER_DOUBLING: Final = 4
LAST_BUCKET: Final = 120
LARGEST_ERROR: Final = 2 ** (0.5 / BUCKETS_PER_DOUBLING) - 1


def bucket_of(seconds: float) -> int:
    """The bucket that a duration falls into; a negative one (clocks differ) counts as none at all."""
    if seconds <= FIRST_SECONDS:
        return 0
    return min(LAST_BUCKET, math.ceil(BUCKETS_PER_DOUBLING * math.log2(seconds / FIRST_SECONDS)))


def middle_of(bucket: int) -> float:
    """The seconds that stand for a bucket: the geometric middle of its bounds; for the first its upper bound."""
    return FIRST_SECONDS * 2 ** ((bucket - 0.5) / BUCKETS_PER_DOUBLING) if bucket else FIRST_SECONDS


class Histogram:
    """Counts by bucket, without empty ones at the end: what the database keeps as bigint[]."""

    __slots__ = ("counts",)

    def __init__(self, counts: Iterable[int] = ()) -> None:
        self.counts = list(counts)

    def add(self, seconds: float, times: int = 1) -> None:
        bucket = bucket_of(seconds)
        missing = bucket + 1 - len(self.counts)
        if missing > 0:
            self.counts.extend([0] * missing)
        self.counts[bucket] += times

    def merge(self, other: "Histogram") -> None:
        self.counts = [mine + theirs for mine, theirs in zip_longest(self.counts, other.counts, fillvalue=0)]

    def __len__(self) -> int:
        """How many durations were counted."""
        return sum(self.counts)

    def __iter__(self) -> Iterator[int]:
        return iter(self.counts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.counts == other.counts

    __hash__ = None  # type: ignore[assignment]  # it changes

    def percentile(self, share: float) -> float | None:
        """Seconds that `share` (0 to 1) of the durations do not exceed, by nearest rank; None when none was counted."""
        total = len(self)
        if not total:
            return None
        rank = max(1, math.ceil(share * total))
        reached = 0
        for bucket, count in enumerate(self.counts):
            reached += count
            if reached >= rank:
                return middle_of(bucket)
        return None
