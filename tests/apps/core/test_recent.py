"""Answers that are kept for seconds: large ones alone, renewed beside, never older than they may be."""

import threading

import pytest

from apps.core import recent
from apps.core.recent import Recent


class Question:
    """Counts how often it was asked, and gives that."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_broken = False

    def __call__(self) -> int:
        self.asked += 1
        if self.is_broken:
            raise RuntimeError("no answer")
        return self.asked


class Clock:
    """Seconds that pass when somebody says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def shift(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(recent, "monotonic", clock)
    return clock


def settled() -> None:
    for thread in threading.enumerate():
        if thread.name == "recent":
            thread.join(5)


def test_a_small_answer_is_asked_anew_each_time() -> None:
    kept, question = Recent[int](lambda _: False), Question()
    assert [kept.get("a", question) for _ in range(3)] == [1, 2, 3]


def test_a_large_one_is_given_again_and_renewed_beside(clock: Clock) -> None:
    kept, question = Recent[int](lambda _: True), Question()
    assert [kept.get("a", question), kept.get("a", question), kept.get("b", question)] == [1, 1, 2]
    clock.shift(recent.FRESH_SECONDS)
    assert kept.get("a", question) == 1, "at once, though it is older"
    settled()
    assert (kept.get("a", question), question.asked) == (3, 3)


@pytest.mark.parametrize(("took", "fresh"), [(0.01, 3.0), (0.1, 5.0), (10.0, 15.0)])
def test_what_takes_longer_is_asked_less_often(clock: Clock, took: float, fresh: float) -> None:
    kept, question = Recent[int](lambda _: True), Question()

    def ask() -> int:
        clock.shift(took)
        return question()

    kept.get("a", ask)
    clock.shift(fresh - took - 0.001)
    assert (kept.get("a", ask), question.asked) == (1, 1)
    clock.shift(0.001 + 1e-9)
    assert kept.get("a", ask) == 1
    settled()
    assert question.asked == 2


def test_none_is_older_than_it_may_be(clock: Clock) -> None:
    kept, question = Recent[int](lambda _: True), Question()
    kept.get("a", question)
    clock.shift(recent.KEPT_SECONDS)
    assert kept.get("a", question) == 2


def test_whoever_changed_it_is_told_of_now() -> None:
    kept, question = Recent[int](lambda _: True), Question()
    kept.get("a", question)
    assert kept.renew("a", question) == 2
    assert kept.get("a", question) == 2


def test_a_slow_answer_does_not_replace_a_later_one(clock: Clock) -> None:
    kept = Recent[int](lambda _: True)

    def slow() -> int:
        clock.shift(1)
        kept.renew("a", lambda: 2)
        return 1

    assert kept.renew("a", slow) == 1
    assert kept.get("a", lambda: 3) == 2


def test_an_answer_that_fails_beside_leaves_the_last_one_and_is_tried_again(clock: Clock) -> None:
    kept, question = Recent[int](lambda _: True), Question()
    kept.get("a", question)
    question.is_broken = True
    for _ in range(2):
        clock.shift(recent.FRESH_SECONDS)
        assert kept.get("a", question) == 1
        settled()
    assert question.asked == 3
    kept.forget()
    with pytest.raises(RuntimeError, match="no answer"):
        kept.get("a", question)


def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "KEYS", 2)
    kept, question = Recent[int](lambda _: True), Question()
    for key in "abc":
        kept.get(key, question)
    assert (kept.get("c", question), kept.get("b", question), kept.get("a", question)) == (3, 2, 4)
