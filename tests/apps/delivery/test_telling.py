"""Who is told of what, and that nobody is told twice, or of what is long past."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from apps.accounts.models import User
from apps.delivery import telling
from apps.delivery.models import ItemRow, NotificationRow, PreferenceRow
from apps.exceptions.services import Wish
from apps.pipeline.rebuild import rebuild
from tests.apps.exceptions.worked import done, problem, problems
from tests.messages import MIDDLEWARE, NORTH, NOW, OMS, START, line, message, tell

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def people() -> None:
    for name, team in (("ada", "finance"), ("bob", "finance"), ("cy", "partner_operations"), ("dot", "")):
        User.objects.create(username=name, role="customer_service", team=team)
    User.objects.create(username="nora", role="partner", partner="northstar")
    User.objects.create(username="paul", role="partner", partner="polaris")


def told() -> dict[str, list[str]]:
    """The titles that each recipient was told, in order."""
    found: dict[str, list[str]] = {}
    for row in NotificationRow.objects.order_by("recipient", "at", "title"):
        found.setdefault(row.recipient, []).append(row.title)
    return found


def sweep(now: datetime = NOW) -> int:
    return telling.sweep(now=now)


def test_whoever_is_given_a_case_is_told_and_whoever_gave_it_is_not(people: None) -> None:
    number = problem()
    done(number, Wish("assign", to="bob"))
    done(number, Wish("assign", to="ada"))
    assert sweep() == 1
    (row,) = NotificationRow.objects.all()
    assert (row.recipient, row.kind, row.title, row.text) == (
        "person:bob",
        "assigned",
        "Assigned to you: Problem at the 3PL: leg SO-1-A",
        "By ada",
    )
    assert (row.at, row.path, row.in_inbox, row.read_at) == (NOW, f"/exceptions/{number}/", True, None)


def test_whoever_is_called_is_told_if_the_case_is_theirs_to_see(people: None) -> None:
    done(problem(), Wish("comment", text="@bob @nora @paul @nobody and @ada, look. bob@example.org"), who="ada")
    sweep()
    title = "ada mentioned you: Problem at the 3PL: leg SO-1-A"
    assert told() == {"person:bob": [title], "person:nora": [title]}
    assert {row.text for row in NotificationRow.objects.all()} == {"@bob @nora @paul @nobody and @ada, look. bob@example.org"}


def test_an_escalation_goes_to_the_team_and_its_people_or_to_the_person(people: None) -> None:
    first, second = problems("SO-1", "SO-2")
    done(first, Wish("escalate", to="finance"), who="ada")
    done(second, Wish("escalate", to="dot"), who="ada")
    sweep()
    assert told() == {
        "person:bob": ["Escalated to Finance: Problem at the 3PL: leg SO-1-A"],
        "person:dot": ["Escalated to you: Problem at the 3PL: leg SO-2-A"],
        "team:finance": ["Escalated to Finance: Problem at the 3PL: leg SO-1-A"],
    }


def test_what_the_rules_escalate_is_told_once_when_its_time_comes(people: None) -> None:
    number = problem()
    at = NOW + 10 * MINUTE
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exceptions_case SET escalates_at = %s, escalates_to = 'finance' WHERE id = %s", [at, bytes.fromhex(number)]
        )
    assert sweep(at - MINUTE) == 0
    assert sweep(at) == 3
    assert sweep(at + MINUTE) == 0
    assert told()["person:ada"] == ["Escalated to Finance: Problem at the 3PL: leg SO-1-A"]


def test_a_sweep_that_is_repeated_tells_nobody_twice(people: None) -> None:
    done(problem(), Wish("assign", to="bob"))
    assert [sweep(), sweep(), sweep(NOW + MINUTE)] == [1, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_tells_nobody_again(people: None) -> None:
    done(problem(), Wish("assign", to="bob"))
    assert sweep() == 1
    before = set(NotificationRow.objects.values_list("id", flat=True))
    rebuild(is_dry_run=False, progress=lambda _done, _total: None)
    assert sweep() == 0
    assert set(NotificationRow.objects.values_list("id", flat=True)) == before


def test_nobody_is_told_of_what_is_long_past(people: None) -> None:
    done(problem(), Wish("assign", to="bob"), now=NOW)
    assert sweep(NOW + telling.HORIZON + MINUTE) == 0
    assert sweep(NOW + telling.HORIZON) == 1


def outage(*, minute: int = 0) -> None:
    """Three releases that NorthStar does not acknowledge within its hour."""
    told_ = [
        message("order.placed", OMS, order="SO-0", lines=[line("1", "GLV", 4)]),
        message("leg.released", MIDDLEWARE, order="SO-0", leg="SO-0/1", partner="northstar", site="ATL", lines=[]),
        message("leg.acknowledged", NORTH, minute=5, leg="SO-0/1"),
    ]
    for number in (1, 2, 3):
        order = f"SO-{number}"
        told_ += [
            message("order.placed", OMS, minute=minute, order=order, lines=[line("1", "GLV", 4)]),
            message(
                "leg.released",
                MIDDLEWARE,
                minute=minute + number,
                order=order,
                leg=f"{order}/1",
                partner="northstar",
                site="ATL",
                lines=[line("1", "GLV", 4)],
            ),
        ]
    tell(*told_)


def test_three_cases_with_one_cause_are_a_new_incident_once(people: None) -> None:
    outage()
    third = START + timedelta(minutes=63)  # an hour after the third release
    assert sweep(third) == 3  # the team, its person and the partner's
    assert set(told()) == {"team:partner_operations", "person:cy", "person:nora"}
    (row,) = NotificationRow.objects.filter(recipient="person:nora")
    assert (row.title, row.at, row.partner) == ("New incident: Not acknowledged, northstar, ATL", third, "northstar")
    assert row.path.startswith("/exceptions/?tab=all&incident=")
    assert sweep(third + MINUTE) == 0


def test_a_history_of_incidents_tells_nobody(people: None) -> None:
    outage()
    assert sweep(NOW) == 0


def test_a_promise_near_its_end_is_told_to_those_who_want_it(people: None) -> None:
    PreferenceRow.objects.create(recipient="person:cy", inbox_kinds=["breach"], digest="at_once", digest_minute=480)
    outage()
    with connection.cursor() as cursor:  # as it was before the hour was over
        cursor.execute("UPDATE sla_clock SET fires_at = due_at WHERE stopped_heard_at IS NULL AND measure = 'acknowledge'")
    at = START + timedelta(minutes=46)  # 15 minutes before the first is due; the third is released a minute from now
    telling.sweep(now=at, look_back=timedelta(seconds=30))
    rows = NotificationRow.objects.filter(recipient="person:cy")
    assert [(row.title, row.text, row.due_at, row.in_inbox) for row in rows] == [
        (
            "About to be missed: Acknowledgement: leg SO-1/1",
            "Order SO-1, northstar, ATL",
            START + timedelta(minutes=61),
            True,
        )
    ]
    assert not NotificationRow.objects.get(recipient="person:nora").in_inbox, "not unless they ask for it"


def test_what_nobody_wants_leaves_by_no_channel(people: None) -> None:
    PreferenceRow.objects.create(
        recipient="person:bob", email="bob@example.org", email_kinds=["mentioned"], digest="at_once", digest_minute=480
    )
    number = problem()
    done(number, Wish("assign", to="bob"))
    done(number, Wish("comment", text="@bob"))
    assert sweep() == 2
    assert list(NotificationRow.objects.values_list("in_inbox", flat=True)) == [False, False], "bob chose no kind for the inbox"
    (item,) = ItemRow.objects.all()
    assert (item.channel, item.recipient, item.due_at, item.delivery) == ("email", "person:bob", NOW, None)


def test_those_whose_inbox_changed_are_hinted(people: None, django_capture_on_commit_callbacks: Any) -> None:
    heard: list[list[str]] = []
    telling.on_told(lambda names: heard.append(list(names)))
    try:
        done(problem(), Wish("escalate", to="finance"), who="cy")
        with django_capture_on_commit_callbacks(execute=True):
            sweep()
    finally:
        telling._listeners.pop()
    assert heard == [["ada", "bob"]]


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_sweep_at_once_tell_once() -> None:
    for name in ("ada", "bob"):
        User.objects.create(username=name, role="customer_service")
    for number in problems("SO-1", "SO-2", "SO-3"):
        done(number, Wish("assign", to="bob"))
    together, counts = threading.Barrier(2), []

    def work() -> None:
        try:
            together.wait(10)
            counts.append(sum(sweep() for _ in range(5)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(counts) == 3
    assert NotificationRow.objects.count() == 3


def test_what_was_told_long_ago_is_forgotten(people: None) -> None:
    done(problem(), Wish("assign", to="bob"))
    sweep()
    telling.forget(now=NOW + telling.KEPT)
    assert NotificationRow.objects.count() == 1
    telling.forget(now=NOW + telling.KEPT + MINUTE)
    assert NotificationRow.objects.count() == 0
