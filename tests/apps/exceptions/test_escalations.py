"""A rule hands a case on once it has been open for too long: never one that is closed then, and one that is opened again by
its clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.acts.types import Act, StampedAct
from apps.exceptions.cases import GRACE, OPEN_STATES, Episode, as_known, open_from, state_at
from apps.exceptions.changes import set_ownership
from apps.exceptions.history import Span
from apps.exceptions.queries import Case, get_case
from apps.exceptions.services import Wish
from apps.exceptions.standing import VERIFIED, About
from apps.exceptions.story import story_of
from apps.sla.clocks import Subject
from tests.apps.exceptions.ruling import by, differing, escalations, settle
from tests.apps.exceptions.worked import done, people, problem
from tests.messages import NORTH, START, line, message, tell

HOUR = timedelta(hours=1)
OPENED = START + timedelta(minutes=20)
GOES_AT = OPENED + 10 * HOUR
RULE = {"team": "customer_service", "escalate_to": "finance", "escalate_seconds": 10 * 3_600}
RESOLVE = Wish("resolve", reason="accepted")


def case_at(number: str, moment: datetime) -> tuple[str, str]:
    case = get_case(number, now=moment)
    return case.team, case.state


def handed_on(case: Case, moment: datetime) -> list[datetime]:
    return [entry.at for entry in story_of(case, now=moment).entries if entry.kind == "escalated"]


@pytest.fixture
def number(transactional_db: None) -> str:
    people("ada")
    set_ownership([RULE], author=by())
    found = problem()
    settle()
    assert escalations() == {"LEG_PROBLEM SO-1-A": ("finance", GOES_AT.isoformat()[:16])}
    return found


def test_what_is_closed_in_time_stays_until_it_regresses(number: str) -> None:
    done(number, RESOLVE, now=GOES_AT - HOUR)
    back = GOES_AT - HOUR + GRACE
    assert case_at(number, GOES_AT + HOUR) == ("customer_service", "resolved_manual")
    assert case_at(number, back) == ("finance", "regressed")
    case = get_case(number, now=back)
    assert (handed_on(case, back - HOUR), handed_on(case, back)) == ([], [back])
    assert differing() == []


def test_what_is_opened_again_goes_at_once_where_its_time_is_past(number: str) -> None:
    done(number, RESOLVE, now=GOES_AT - HOUR)
    done(number, Wish("reopen"), now=GOES_AT + HOUR)
    assert case_at(number, GOES_AT) == ("customer_service", "acknowledged")
    assert case_at(number, GOES_AT + HOUR) == ("finance", "acknowledged")
    assert escalations() == {"LEG_PROBLEM SO-1-A": ("finance", (GOES_AT + HOUR).isoformat()[:16])}
    assert differing() == []


def test_what_is_opened_again_before_its_time_goes_by_its_clock(number: str) -> None:
    done(number, RESOLVE, now=GOES_AT - 2 * HOUR)
    done(number, Wish("reopen"), now=GOES_AT - HOUR)
    assert escalations() == {"LEG_PROBLEM SO-1-A": ("finance", GOES_AT.isoformat()[:16])}
    assert differing() == []


def test_what_was_handed_on_before_it_was_closed_stays_there(number: str) -> None:
    done(number, RESOLVE, now=GOES_AT + HOUR)
    assert case_at(number, GOES_AT + 2 * HOUR) == ("finance", "resolved_manual")
    assert differing() == []


def test_what_is_cleared_while_it_is_closed_never_goes(number: str) -> None:
    done(number, RESOLVE, now=GOES_AT - HOUR)
    left = {"leg": "SO-1-A", "shipment": "S", "lines": [line("1", "GLV", 40)]}
    tell(message("leg.shipped", NORTH, minute=20 * 60, **left))
    assert "LEG_PROBLEM SO-1-A" not in escalations()
    assert differing() == []


def hours(count: int) -> datetime:
    return START + count * HOUR


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=6))
def test_it_is_open_from_the_first_time_at_which_its_state_is(lengths: Sequence[int], wishes: Any) -> None:
    """Spans begin and end at even hours, and people act at odd ones."""
    moments = [2 * sum(lengths[:place]) for place in range(len(lengths) + 1)]
    spans = tuple(
        Span(hours(begin), None, None, hours(end), VERIFIED) if end is not None else Span(hours(begin))
        for begin, end in zip(moments[::2], [*moments[1::2], None], strict=False)
    )
    episode = Episode("LEG_PROBLEM", Subject("leg", "L"), 1, spans, About())
    acts: list[StampedAct] = []

    def state(moment: datetime) -> str:
        episode_then, handling = as_known(episode, acts, moment) or (episode, None)
        return state_at(episode_then.last, handling, moment) if handling else ""

    for place, (hour, is_reopening) in enumerate(sorted(wishes)):
        at = hours(2 * hour + 1)
        if is_reopening and state(at) == "resolved_manual":
            acts.append(StampedAct(Act(kind="case.reopen", who="ada"), place, at, str(place)))
        elif not is_reopening and state(at) in OPEN_STATES:
            acts.append(StampedAct(Act(kind="case.resolve", who="ada"), place, at, str(place)))
    end = 400
    open_at = [hour for hour in range(end) if state(hours(hour)) in OPEN_STATES]
    for hour in range(0, 250, 3):
        first = next((each for each in open_at if each >= hour), None)
        assert open_from(episode, acts, hours(hour)) == (None if first is None else hours(first)), hour
