"""Thresholds as people set them, and what each mistake is told."""

import pytest

from apps.core.errors import Unreadable
from apps.exceptions.subjects.thresholds import QueueThreshold, threshold_of, thresholds_of


def test_defaults() -> None:
    found = thresholds_of({})
    assert (found.of_queue("any"), found.of_silence("any"), found.transfer_seconds) == (
        QueueThreshold(1_000, 900),
        4 * 3_600,
        5 * 86_400,
    )


def test_what_is_set_for_all_and_for_one() -> None:
    found = thresholds_of(
        {
            ("threshold", "queue"): {"depth": 10},
            ("threshold", "queue:in:1"): {"depth": 20, "oldest_age_seconds": 30},
            ("threshold", "silence"): {"seconds": 600},
            ("threshold", "silence:polaris"): {"seconds": 60},
            ("threshold", "transfer"): {"seconds": 7_200},
            ("calendar", "site:A"): {},
            ("threshold", "silence:gone"): None,
        }
    )
    assert [found.of_queue("other"), found.of_queue("in:1")] == [QueueThreshold(10, 900), QueueThreshold(20, 30)]
    assert [found.of_silence("northstar"), found.of_silence("polaris"), found.of_silence("gone")] == [600, 60, 600]
    assert (found.transfer_seconds, found.flaws) == (7_200, ())


def test_what_cannot_be_read_is_left_out_and_named() -> None:
    found = thresholds_of({("threshold", "transfer"): {"seconds": 1}, ("threshold", "silence"): {"seconds": 600}})
    assert (found.transfer_seconds, found.silence_seconds) == (432_000, 600)
    assert [flaw.partition(" cannot be read")[0] for flaw in found.flaws] == ["threshold transfer: A threshold of time"]


@pytest.mark.parametrize("name", ["", "queues", "queue:", "silence:", "transfer:x", "depth"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(Unreadable, match="There is no threshold"):
        threshold_of(name, {"seconds": 600})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("queue", {"depth": -1}),
        ("queue", {"depth": "10"}),
        ("queue", {"deep": 10}),
        ("silence", {"seconds": 59}),
        ("silence", {}),
        ("transfer", 600),
    ],
)
def test_a_value_that_is_none(name: str, value: object) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        threshold_of(name, value)
