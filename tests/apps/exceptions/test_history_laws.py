"""The history of exceptions under random stories: a function of the set of facts, that nothing heard later rewrites."""

from collections.abc import Sequence
from random import Random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from apps.contracts.facts import StampedFact
from apps.exceptions.history import Course, History, history_of
from apps.sla.policy import Policy
from tests.apps.exceptions.judging import LONG_AFTER, Judged, name_of
from tests.apps.exceptions.stories import POLICIES, smooth_stories
from tests.apps.orders.stories import wild_stories

policies = st.sampled_from(POLICIES)
stories = smooth_stories() | wild_stories


@settings(max_examples=300, deadline=None)
@given(smooth_stories(), policies)
def test_the_fast_way_tells_of_a_plain_story_what_the_slow_way_tells(facts: list[StampedFact], policy: Policy) -> None:
    story = Judged(facts, policy)
    event("plain" if story.is_plain else "not plain")
    if story.is_plain:
        event("cases" if story.replayed else "no cases")
        assert story.straight == story.replayed


@settings(max_examples=150, deadline=None)
@given(stories, policies, st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_the_facts_gives_the_same_history(
    facts: list[StampedFact], policy: Policy, dice: Random
) -> None:
    again = [*facts, *dice.sample(facts, len(facts) // 2)]
    dice.shuffle(again)
    assert told(again, policy) == told(facts, policy)


@settings(max_examples=150, deadline=None)
@given(stories, policies, st.data())
def test_what_is_remembered_of_batch_after_batch_changes_nothing(
    facts: list[StampedFact], policy: Policy, data: st.DataObject
) -> None:
    """Facts come in any order and in any batches, and each batch begins with the steps that the one before has kept."""
    order = data.draw(st.permutations(facts))
    kept = History([], []).steps
    start = 0
    while start < len(order):
        start += data.draw(st.integers(1, 6))
        story = Judged(order[:start], policy)
        history = history_of(story.state, story.facts, policy, story.fold_at, until=LONG_AFTER, kept=kept)
        event("steps" if history.steps else "plain")
        assert sorted(history.courses, key=name_of) == told(order[:start], policy)
        kept = history.steps


def told(facts: Sequence[StampedFact], policy: Policy) -> list[Course]:
    return sorted(Judged(facts, policy).courses, key=name_of)
