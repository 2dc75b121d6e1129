"""The history of exceptions under random stories: a function of the set of facts, that nothing heard later rewrites."""

from collections.abc import Sequence
from random import Random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from apps.contracts.facts import StampedFact
from apps.exceptions.history import Course, History, history_of
from apps.orders.state import ConflictState
from apps.sla.policy import Policy
from tests.apps.exceptions.judging import LONG_AFTER, Judged, at, name_of
from tests.apps.exceptions.stories import POLICIES, smooth_stories
from tests.apps.orders.stories import wild_stories
from tests.builders import placed, released

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


heard_ats = st.none() | st.integers(0, 48).map(at)
disputes = st.lists(
    st.builds(ConflictState, st.just("leg"), st.sampled_from(["L-8", "L-9"]), st.none(), st.just(("SO-1", "SO-9")), heard_ats),
    max_size=2,
    unique_by=lambda each: each.value,
).map(tuple)


@settings(max_examples=150, deadline=None)
@given(stories, policies, st.data())
def test_what_is_remembered_of_batch_after_batch_changes_nothing(
    facts: list[StampedFact], policy: Policy, data: st.DataObject
) -> None:
    """Facts come in any order and in any batches, and each batch begins with the steps that the one before has kept. Conflicts
    come and go with the batches: one that a later word takes back was never there."""
    order = data.draw(st.permutations(facts))
    kept = History([], []).steps
    start = 0
    while start < len(order):
        start += data.draw(st.integers(1, 6))
        story = Judged(order[:start], policy, data.draw(disputes))
        history = history_of(story.state, story.facts, policy, story.fold_at, until=LONG_AFTER, kept=kept)
        event("steps" if history.steps else "plain")
        assert sorted(history.courses, key=name_of) == sorted(story.courses, key=name_of)
        kept = history.steps


def test_a_conflict_that_was_never_heard_of_whole_leaves_no_case_behind() -> None:
    """Two orders claimed the leg as long as a word was missing that says whose it is."""
    facts = [placed(lines=[("1", "GLV", 1)], at=at()), released("L-1", [("1", "GLV", 1)], at(1))]
    before = Judged(facts, conflicts=(ConflictState("leg", "L-9", None, ("SO-1", "SO-9")),))
    kept = history_of(before.state, facts, before.policy, before.fold_at, until=LONG_AFTER).steps
    after = Judged([*facts, placed(lines=[("1", "GLV", 1)], at=at(2))])
    history = history_of(after.state, after.facts, after.policy, after.fold_at, until=LONG_AFTER, kept=kept)
    assert sorted(history.courses, key=name_of) == after.replayed


def told(facts: Sequence[StampedFact], policy: Policy) -> list[Course]:
    return sorted(Judged(facts, policy).courses, key=name_of)
