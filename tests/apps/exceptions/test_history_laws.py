"""The history of exceptions under random stories: a function of the set of facts, that nothing heard later rewrites."""

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from apps.contracts.facts import StampedFact
from tests.apps.exceptions.judging import Judged
from tests.apps.exceptions.stories import POLICIES, smooth_stories

policies = st.sampled_from(POLICIES)


@settings(max_examples=300, deadline=None)
@given(smooth_stories(), policies)
def test_the_fast_way_tells_of_a_plain_story_what_the_slow_way_tells(facts: list[StampedFact], policy) -> None:
    story = Judged(facts, policy)
    event("plain" if story.is_plain else "not plain")
    if story.is_plain:
        event("cases" if story.replayed else "no cases")
        assert story.straight == story.replayed
