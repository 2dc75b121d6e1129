"""Taking back what one has just done: the case is where it was, and the log keeps both."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.acts.models import AuditRow
from apps.acts.types import Act, StampedAct
from apps.exceptions.cases import Episode, Handling, handle
from apps.exceptions.history import Span
from apps.exceptions.queries import Case, cases_of_order, get_case
from apps.exceptions.services import Wish, act
from apps.exceptions.standing import About
from apps.exceptions.undoing import undo, way_back
from apps.sla.clocks import Subject
from tests.late_orders import unacknowledged
from tests.messages import NOW, order_story, tell

AT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
EPISODE = Episode("ACK_OVERDUE", Subject("leg", "L-1"), 1, (Span(AT - timedelta(days=1)),), About())
LATER = AT + timedelta(days=2)
KINDS = (
    Wish("claim"),
    Wish("assign", to="bob"),
    Wish("assign"),
    Wish("snooze", until=LATER),
    Wish("snooze", until=LATER + timedelta(hours=1)),
    Wish("wait"),
    Wish("wake"),
    Wish("escalate", to="finance"),
    Wish("escalate", to="planning"),
    Wish("escalate", to="bob"),
    Wish("give_back"),
    Wish("take_out"),
    Wish("put_back"),
)


def stamped(wishes: list[Wish]) -> list[StampedAct]:
    return [
        StampedAct(Act(kind=f"case.{w.act}", who="ada", to=w.to, until=w.until, reason=w.reason), place, AT, f"a{place}")
        for place, w in enumerate(wishes, 1)
    ]


def place(handling: Handling) -> tuple[object, ...]:
    """What undoing brings back: all but that somebody has looked at it."""
    return (
        handling.team,
        handling.assignee,
        handling.snoozed_until,
        handling.worked == "waiting",
        handling.resolved_at is not None,
        handling.is_apart,
    )


@given(st.lists(st.sampled_from(KINDS), max_size=4), st.sampled_from((*KINDS, Wish("resolve", reason="accepted"))))
def test_the_way_back_leads_to_where_the_case_was(before: list[Wish], last: Wish) -> None:
    was, became = handle(EPISODE, stamped(before)), handle(EPISODE, stamped([*before, last]))
    back = way_back(was, became, "ada", AT)
    assert place(handle(EPISODE, stamped([*before, last, *back]))) == place(was)


def test_nothing_is_done_where_nothing_changed() -> None:
    assert way_back(handle(EPISODE, []), handle(EPISODE, stamped([Wish("assign")])), "ada", AT) == []


@pytest.fixture
def case(db: None) -> Case:
    for name in ("ada", "bob"):
        User.objects.create_user(name, role="partner_operations")
    tell(*order_story(), *unacknowledged("SO-9"))
    (found,) = cases_of_order("SO-9", now=NOW)
    return found


def do(case: Case, wish: Wish, who: str = "ada", now: datetime = NOW) -> Case:
    return act(case.id, wish, who=who, now=now)


@pytest.mark.parametrize(
    ("first", "wish", "kinds"),
    [
        (None, Wish("claim"), ["case.assign"]),
        (Wish("assign", to="bob"), Wish("assign", to="ada"), ["case.assign"]),
        (None, Wish("snooze", until=NOW + timedelta(hours=4)), ["case.wake"]),
        (None, Wish("wait"), ["case.wake"]),
        (Wish("claim"), Wish("escalate", to="finance"), ["case.give_back", "case.claim"]),
        (None, Wish("resolve", reason="accepted"), ["case.reopen"]),
    ],
)
def test_an_act_is_taken_back(case: Case, first: Wish | None, wish: Wish, kinds: list[str]) -> None:
    before = do(case, first) if first else case
    after = do(case, wish)
    (outcome,) = undo({case.id: after.version}, who="ada", now=NOW)
    assert outcome.case is not None
    assert (outcome.case.team, outcome.case.assignee, outcome.case.snoozed_until) == (before.team, before.assignee, None)
    assert outcome.case.state == ("acknowledged" if before.state == "new" else before.state)
    assert (
        list(AuditRow.objects.filter(position__gt=after.version).order_by("position").values_list("kind", flat=True)) == kinds
    )


@pytest.mark.parametrize(
    ("who", "later", "acts", "why"),
    [
        ("bob", 0, [Wish("claim")], "ada has acted on this case since; it stays as it is."),
        ("ada", 61, [Wish("claim")], "That was too long ago to be undone; do what you want instead."),
        ("ada", 0, [Wish("comment", text="hm")], "A comment stays: write another that puts it right."),
    ],
)
def test_what_is_not_taken_back(case: Case, who: str, later: int, acts: list[Wish], why: str) -> None:
    for wish in acts:
        after = do(case, wish)
    (outcome,) = undo({case.id: after.version}, who=who, now=NOW + timedelta(seconds=later))
    assert outcome.problem is not None
    assert outcome.problem.detail == why
    assert get_case(case.id, now=NOW).version == after.version


def test_what_somebody_did_since_stays(case: Case) -> None:
    mine = do(case, Wish("claim"))
    do(case, Wish("comment", text="I look at it too"), who="bob")
    (outcome,) = undo({case.id: mine.version}, who="ada", now=NOW)
    assert outcome.problem is not None
    assert outcome.problem.detail == "bob has acted on this case since; it stays as it is."


def test_a_case_that_is_none(case: Case) -> None:
    after = do(case, Wish("claim"))
    outcomes = undo({"ab" * 16: 1, case.id: after.version}, who="ada", now=NOW)
    assert [(outcome.id, outcome.case is not None) for outcome in outcomes] == [("ab" * 16, False), (case.id, True)]
