"""Acts that the queue needs beside the eight: nobody's, awake, back to its own team; and who was first, for each of many."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.core.errors import Conflict, Unreadable
from apps.exceptions.filters import RESOLVED, CaseFilter
from apps.exceptions.queries import Case, cases_of_order, count_cases, find_cases, get_cases, open_cases_of, worth_of
from apps.exceptions.services import Wish, act, act_on_many
from tests.late_orders import unacknowledged
from tests.messages import ERP, MIDDLEWARE, NORTH, NOW, SOUTH, line, message, order_story, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases() -> list[Case]:
    User.objects.create_user("ada", role="partner_operations")
    User.objects.create_user("bob", role="finance")
    User.objects.create_user("north", role="partner", partner="northstar")
    tell(*order_story(), *unacknowledged("SO-8"), *unacknowledged("SO-9", minute=1))
    return [*cases_of_order("SO-8", now=NOW), *cases_of_order("SO-9", now=NOW)]


def do(case: Case, wish: Wish, who: str = "ada") -> Case:
    return act(case.id, wish, who=who, now=NOW)


def test_a_case_is_given_to_nobody(cases: list[Case]) -> None:
    assert do(cases[0], Wish("assign", to="bob")).assignee == "bob"
    assert do(cases[0], Wish("assign")).assignee == ""


@pytest.mark.parametrize("name", ["north", "nobody-of-that-name"])
def test_a_case_is_given_to_whoever_may_work_it_alone(cases: list[Case], name: str) -> None:
    with pytest.raises(Unreadable, match="nobody who works exceptions is called so"):
        do(cases[0], Wish("assign", to=name))


def test_waking_ends_a_snooze_and_then_the_wait(cases: list[Case]) -> None:
    do(cases[0], Wish("claim"))
    assert do(cases[0], Wish("wait")).state == "waiting"
    assert do(cases[0], Wish("snooze", until=NOW + timedelta(hours=1))).state == "snoozed"
    assert do(cases[0], Wish("wake")).state == "waiting"
    assert do(cases[0], Wish("wake")).state == "in_progress"
    with pytest.raises(Conflict, match="neither sleeps nor waits"):
        do(cases[0], Wish("wake"))


def test_giving_back_leads_to_the_team_of_the_rules(cases: list[Case]) -> None:
    assert do(cases[0], Wish("escalate", to="finance")).team == "finance"
    given_back = do(cases[0], Wish("give_back"))
    assert (given_back.team, given_back.assignee) == ("partner_operations", "")


def test_of_many_only_those_are_changed_that_stand_as_they_were_seen(cases: list[Case]) -> None:
    first, second = cases
    do(first, Wish("claim"), who="bob")
    seen = {first.id: first.version, second.id: second.version}
    outcomes = act_on_many([*seen], Wish("wait"), who="ada", now=NOW, versions=seen)
    assert [outcome.case.state if outcome.case else "" for outcome in outcomes] == ["", "waiting"]
    assert outcomes[0].problem is not None
    assert outcomes[0].problem.detail == "bob was first: look at the case again, then decide."


def test_what_is_resolved_however_it_was(cases: list[Case]) -> None:
    do(cases[0], Wish("resolve", reason="accepted"))
    tell(message("leg.acknowledged", NORTH, minute=300, leg="SO-9-L"))
    of_type = CaseFilter(code="ACK_OVERDUE", state=RESOLVED)
    found = find_cases(of_type, now=NOW, sort="resolved", page_size=1)
    assert [(case.order, case.state) for case in found.rows] == [("SO-8", "resolved_manual")]
    rest = find_cases(of_type, now=NOW, sort="resolved", page_size=1, cursor=found.next)
    assert [(case.order, case.state) for case in rest.rows] == [("SO-9", "resolved_verified")]
    assert rest.next is None
    assert count_cases(of_type, now=NOW) == 2
    assert count_cases(of_type, now=NOW + timedelta(hours=24)) == 1, "what is still true comes back"


def test_late_words_and_ids_narrow_a_list(cases: list[Case]) -> None:
    tell(message("leg.acknowledged", NORTH, minute=300, leg="SO-9-L"))
    late_work = CaseFilter(code="ACK_OVERDUE", state=RESOLVED, late_word=False)
    assert [case.order for case in find_cases(late_work, now=NOW).rows] == ["SO-9"]
    assert count_cases(CaseFilter(code="ACK_OVERDUE", state=RESOLVED, late_word=True), now=NOW) == 0
    assert [case.order for case in find_cases(CaseFilter(ids=(cases[0].id,)), now=NOW).rows] == ["SO-8"]
    assert find_cases(CaseFilter(ids=("nonsense",)), now=NOW).rows == []


def test_several_by_id(cases: list[Case]) -> None:
    found = get_cases([cases[1].id, "ab" * 16, "x"], now=NOW)
    assert {number: case.order for number, case in found.items()} == {cases[1].id: "SO-9"}
    assert get_cases([cases[0].id], now=NOW, visible_partner="polaris") == {}
    assert get_cases([], now=NOW) == {}


def test_what_they_are_worth_by_currency(cases: list[Case]) -> None:
    assert worth_of(CaseFilter(code="ACK_OVERDUE"), now=NOW) == {"USD": 40}
    assert worth_of(CaseFilter(code="ORDER_INVALID"), now=NOW) == {}


def test_the_owner_of_an_order_is_that_of_its_gravest_case(cases: list[Case]) -> None:
    goods = [line("1", "GLV", 5)]
    tell(
        message("leg.released", MIDDLEWARE, minute=11, order="SO-9", leg="SO-9-M", partner="polaris", site="CHI", lines=goods),
        message("leg.shipped", SOUTH, minute=60, leg="SO-9-M", shipment="S-9", lines=goods, final=True),
        message("shipment.posted", ERP, minute=61, shipment="S-9", posting="P-9"),
        message("invoice.issued", ERP, minute=62, invoice="I-9", shipments=["S-9"], amount=10),
        message("shipment.failed", SOUTH, minute=65, shipment="S-9", reason="dock closed"),
    )
    assert sorted((case.code, case.team) for case in cases_of_order("SO-9", now=NOW)) == [
        ("ACK_OVERDUE", "partner_operations"),
        ("DELIVERY_FAILED", "customer_service"),
    ]
    found = open_cases_of(["SO-9"], now=NOW)["SO-9"]
    assert (found.count, int(found.severity), found.team) == (2, 3, "partner_operations")
