"""What a change would do is told before it is made, exactly, and nothing is written."""

from datetime import timedelta

import pytest
from django.db import connection

from apps.exceptions import measured
from apps.exceptions.changes import set_ownership
from apps.exceptions.commitment_changes import set_commitment
from apps.exceptions.filters import CaseFilter
from apps.exceptions.ownership import rules_of
from apps.exceptions.previews import CommitmentTrial, try_commitment, try_ownership
from apps.exceptions.queries import find_cases
from apps.exceptions.services import Wish, act
from apps.sla.clocks import Subject
from apps.sla.commitments import Commitment, commitment_of
from tests import messages as m
from tests.apps.exceptions.ruling import by, settle, teams, within
from tests.apps.exceptions.test_changes import late_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> None:
    """Four releases that nobody took, of 40.00 each, and one that was shipped late; all at NorthStar, which acknowledges."""
    m.tell(
        *(each for number in range(1, 5) for each in late_story(f"SO-{number}", 10 * number)),
        *late_story("SO-5", 50),
        m.message("leg.acknowledged", m.NORTH, minute=90, leg="SO-5-A"),
        m.message("leg.shipped", m.NORTH, minute=100, leg="SO-5-A", shipment="S5", lines=[m.line("1", "GLV", 4)]),
    )
    measured.forget()


def commitment(minutes: int, name: str = "ours", **more: object) -> Commitment:
    return commitment_of({"name": name, **within("acknowledge", minutes, **more)})


def counts(trial: CommitmentTrial) -> dict[str, int]:
    names = ("orders", "clocks", "earlier", "later", "newly_missed", "no_longer_missed", "newly_measured", "no_longer_measured")
    return {name: value for name in names if (value := getattr(trial, name))}


def test_rules_tell_which_open_cases_would_move(told: None) -> None:
    rules = rules_of([{"team": "customer_service", "code": "ACK_OVERDUE", "least_value": 40}, {"team": "finance"}])
    trial = try_ownership(rules, now=m.NOW)
    open_codes = sorted(case.code for case in find_cases(CaseFilter(), now=m.NOW, page_size=100).rows)
    assert open_codes == ["ACK_OVERDUE"] * 4
    assert trial.open_count == 4
    assert trial.by_teams == [("partner_operations", "customer_service", 4)]
    assert [(move.order, move.code, move.partner, move.site, str(move.worth)) for move in trial.moves] == [
        (f"SO-{number}", "ACK_OVERDUE", "northstar", "ATL", "40.000000") for number in range(1, 5)
    ]
    assert teams()["ACK_OVERDUE SO-1-A"] == "partner_operations", "nothing was written"
    set_ownership([{"team": "customer_service", "code": "ACK_OVERDUE", "least_value": 40}, {"team": "finance"}], author=by())
    settle()
    moved = {case.id: case.team for case in find_cases(CaseFilter(), now=m.NOW, page_size=100).rows}
    assert moved == {move.id: move.team_to for move in trial.moves}
    assert try_ownership(rules, now=m.NOW) == type(trial)(4, ())


def test_a_case_that_a_person_gave_away_stays(told: None) -> None:
    cases = {case.order: case.id for case in find_cases(CaseFilter(), now=m.NOW, page_size=100).rows}
    from apps.accounts.models import User

    User.objects.create(username="ada", role="manager")
    act(cases["SO-1"], Wish("escalate", to="planning"), who="ada", now=m.NOW)
    act(cases["SO-2"], Wish("claim"), who="ada", now=m.NOW)
    trial = try_ownership(rules_of([{"team": "finance"}]), now=m.NOW)
    assert [(move.order, move.assignee) for move in trial.moves] == [("SO-2", "ada"), ("SO-3", ""), ("SO-4", "")]


def test_an_escalation_that_is_past_counts_as_where_the_case_would_be(told: None) -> None:
    rule = {"team": "partner_operations", "escalate_to": "finance"}
    hour, century = 3_600, 30 * 86_400
    assert try_ownership(rules_of([rule | {"escalate_seconds": hour}]), now=m.NOW).by_teams == [
        ("partner_operations", "finance", 4)
    ]
    assert try_ownership(rules_of([rule | {"escalate_seconds": century}]), now=m.NOW).moves == ()


def test_what_is_not_measured_is_not_counted(told: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sla_clock SET is_said = false")
    measured.forget()
    assert try_ownership(rules_of([{"team": "finance"}]), now=m.NOW).open_count == 0


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (60, {}),
        (30, {"earlier": 5, "newly_missed": 1}),  # SO-5 was acknowledged after 40 minutes
        (40, {"earlier": 5}),
        (90, {"later": 5}),
        (43_200, {"later": 5, "no_longer_missed": 4}),  # due on 1 April after 08:00, which is now
    ],
)
def test_a_commitment_tells_how_clocks_would_have_stood(told: None, minutes: int, expected: dict[str, int]) -> None:
    assert counts(try_commitment(commitment(minutes), now=m.NOW)) == {"orders": 5, "clocks": 5} | expected


def test_a_difference_names_the_clock(told: None) -> None:
    trial = try_commitment(commitment(30, match={"partner": "northstar"}), now=m.NOW)
    first, last = trial.differences[0], trial.differences[-1]
    assert (first.handle, first.subject) == ("SO-1", Subject("leg", "SO-1-A", m.MIDDLEWARE))
    assert (first.due_before, first.due_after) == tuple(m.START + timedelta(minutes=minute) for minute in (70, 40))
    assert (first.is_missed_before, first.is_missed_after, first.shift) == (True, True, timedelta(minutes=-30))
    assert (last.handle, last.is_missed_before, last.is_missed_after) == ("SO-5", False, True)


def test_a_commitment_for_others_changes_nothing(told: None) -> None:
    assert counts(try_commitment(commitment(30, match={"partner": "polaris"}), now=m.NOW)) == {"orders": 5, "clocks": 5}


def test_what_would_not_be_measured_and_what_would_be(told: None) -> None:
    off = commitment_of({"name": "off", "measure": "acknowledge", "is_measured": False})
    assert counts(try_commitment(off, now=m.NOW)) == {
        "orders": 5,
        "clocks": 5,
        "no_longer_missed": 4,
        "no_longer_measured": 5,
    }
    set_commitment("off", {"measure": "acknowledge", "is_measured": False, "effective_from": None}, author=by())
    settle()
    assert counts(try_commitment(commitment(60, "off"), now=m.NOW)) == {
        "orders": 5,
        "clocks": 5,
        "newly_missed": 4,
        "newly_measured": 5,
    }


def test_a_new_one_is_tried_where_it_would_be_placed(told: None) -> None:
    set_commitment("tight", within("acknowledge", 60, effective_from=None, match={"site": "ATL"}), author=by())
    settle()
    assert counts(try_commitment(commitment(30), now=m.NOW)) == {"orders": 5, "clocks": 5}, "the tighter one goes before it"
    closer = commitment(30, match={"site": "ATL", "partner": "northstar"})
    assert counts(try_commitment(closer, now=m.NOW)) == {"orders": 5, "clocks": 5, "earlier": 5, "newly_missed": 1}
    changed = commitment(30, "tight", match={"site": "ATL"})
    assert counts(try_commitment(changed, now=m.NOW)) == {"orders": 5, "clocks": 5, "earlier": 5, "newly_missed": 1}


def test_orders_with_such_a_clock_are_looked_at_first(told: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.exceptions.previews.ORDERS_LIMIT", 3)
    m.tell(*(m.message("order.placed", m.OMS, minute=500, order=f"NEW-{number}", lines=[]) for number in range(4)))
    trial = try_commitment(commitment(30), now=m.NOW)
    assert (trial.orders, [each.handle for each in trial.differences]) == (3, ["SO-3", "SO-4", "SO-5"])
