"""The law of `known`: what is told of a past moment is what was shown at that moment, whatever was heard since."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.core.errors import Conflict, NotFound
from apps.exceptions import measured
from apps.exceptions.cases import RESOLVED_STATES
from apps.exceptions.filters import ACTIVE, OPEN, CaseFilter
from apps.exceptions.known import (
    cases_as_known,
    count_cases_as_known,
    find_cases_as_known,
)
from apps.exceptions.queries import Case, cases_of_order, count_cases, find_cases
from apps.exceptions.services import Wish, act
from apps.orders.known import order_as_known
from apps.orders.queries import get_order
from tests import messages as m
from tests.apps.exceptions.knowing import EVERYTHING, late_leg, work
from tests.messages_late import at, eventful_story, heard, naming

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured at all is learned from what has been sent, up to today."""
    monkeypatch.setattr(measured, "pairs", lambda: EVERYTHING)


@pytest.fixture
def ada(db: None) -> str:
    return User.objects.create_user("ada", role="administrator").username


COUNTED = (OPEN, ACTIVE, "regressed", "snoozed", *RESOLVED_STATES)
WISHES = (
    Wish("claim"),
    Wish("comment", text="Rang them."),
    Wish("wait"),
    Wish("escalate", to="integration"),
    Wish("resolve", reason="accepted"),
    Wish("reopen"),
    Wish("take_out"),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_as_known_then_is_what_was_shown_then(ada: str, data: st.DataObject) -> None:
    """Word comes with any delay; the pipeline works, and people act, as time goes on. Later each of those moments is asked for
    again, once everything has been heard."""
    _empty()
    is_eventful = data.draw(st.booleans(), "eventful")
    story = eventful_story() if is_eventful else [naming(each, "SO-1") for each in late_leg()]
    lags = data.draw(st.lists(st.sampled_from([0, 0, 0, 5, 90, 400]), min_size=len(story), max_size=len(story)), "lags")
    told = [heard(each, _minute(each) + lag) for each, lag in zip(story, lags, strict=True)]
    told.sort(key=lambda each: each.heard_at)
    looks = sorted(data.draw(st.lists(st.integers(0, 3000), min_size=3, max_size=6, unique=True), "looks"))
    seen = []
    for minute in looks:
        now = at(minute)
        arrived = [each for each in told if each.heard_at <= now]
        told = told[len(arrived) :]
        work(*arrived, now=now)
        seen.append((now, _shown_now(now)))
        _act_somehow(ada, data, now)
    work(*told, now=m.NOW)
    for now, shown in seen:
        assert _shown_as_known(now) == shown, now


def _minute(message: Any) -> float:
    return (message.time - m.START) / timedelta(minutes=1)


def _act_somehow(who: str, data: st.DataObject, now: datetime) -> None:
    for case in find_cases(CaseFilter(state=None), now=now, sort="age").rows:
        if data.draw(st.booleans(), "acts"):
            wish = data.draw(st.sampled_from([*WISHES, Wish("snooze", until=now + timedelta(hours=3))]), "wish")
            with suppress(Conflict):
                act(case.id, wish, who=who, now=now + timedelta(microseconds=1))


def _shown_now(now: datetime) -> dict[str, Any]:
    try:
        state = get_order("SO-1").state
    except NotFound:
        return {"order": None}
    lists = {sort: find_cases(CaseFilter(state=None), now=now, sort=sort).rows for sort in ("age", "money", "severity")}
    counts = {state: count_cases(CaseFilter(state=state), now=now) for state in COUNTED}
    return {"order": state, "cases": cases_of_order("SO-1", now=now), **_told(lists), **counts}


def _shown_as_known(moment: datetime) -> dict[str, Any]:
    try:
        known = order_as_known("SO-1", moment)
    except NotFound:
        return {"order": None}
    lists = {sort: find_cases_as_known(CaseFilter(state=None), moment, sort=sort).rows for sort in ("age", "money", "severity")}
    counts = {state: count_cases_as_known(CaseFilter(state=state), moment) for state in COUNTED}
    return {"order": known.state, "cases": cases_as_known(known), **_told(lists), **counts}


def _told(lists: dict[str, Sequence[Case]]) -> dict[str, list[Case]]:
    """Worth and promise sort by what was last known of them, so that of those lists the rows are the same, not their order."""
    return {sort: list(rows) if sort == "age" else sorted(rows, key=lambda case: case.id) for sort, rows in lists.items()}


def _empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in (*m.DERIVED, "eventlog_message", "eventlog_key", "eventlog_pending"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
