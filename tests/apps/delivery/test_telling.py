"""Who is told of what, and that nobody is told twice, or of what is long past."""

import threading
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, connections

from apps.accounts.models import User
from apps.core.sql import run
from apps.delivery import sources, telling
from apps.delivery.folding import FOLDED_FROM
from apps.delivery.models import ItemRow, NotificationRow, PreferenceRow
from apps.delivery.sources import PATIENCE
from apps.exceptions import jobs
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


MANY = [f"SO-{number}" for number in range(FOLDED_FROM)]


def rows_of(recipient: str) -> list[tuple[str, str, str]]:
    return list(NotificationRow.objects.filter(recipient=recipient).order_by("title").values_list("title", "text", "path"))


def test_many_cases_assigned_by_one_are_told_of_together(people: None) -> None:
    PreferenceRow.objects.create(
        recipient="person:bob",
        inbox_kinds=["assigned"],
        email="bob@example.org",
        email_kinds=["assigned"],
        digest="at_once",
        digest_minute=480,
    )
    *numbers, alone = problems(*MANY, "SO-10")
    for number in numbers:
        done(number, Wish("assign", to="bob", text="yours"))
    done(alone, Wish("assign", to="bob", text="this one first"))
    assert sweep() == 2
    assert rows_of("person:bob") == [
        ("10 cases were assigned to you", "By ada: yours", "/exceptions/?tab=mine&code=LEG_PROBLEM&partner=northstar"),
        ("Assigned to you: Problem at the 3PL: leg SO-10-A", "By ada: this one first", f"/exceptions/{alone}/"),
    ]
    assert ItemRow.objects.count() == 2, "one e-mail tells of all of them"
    assert sweep() == 0


def test_fewer_than_that_are_told_of_one_by_one(people: None) -> None:
    for number in problems(*MANY[1:]):
        done(number, Wish("assign", to="bob"))
    assert sweep() == FOLDED_FROM - 1


def test_many_cases_escalated_to_a_team_are_told_of_together(people: None) -> None:
    for number in problems(*MANY):
        done(number, Wish("escalate", to="finance"), who="ada")
    sweep()
    row = (
        "10 cases were escalated to Finance",
        "By ada",
        "/exceptions/?tab=all&team=finance&code=LEG_PROBLEM&partner=northstar",
    )
    assert {recipient: rows_of(recipient) for recipient in told()} == {"team:finance": [row], "person:bob": [row]}


def test_many_cases_that_the_rules_escalate_are_told_of_together(people: None) -> None:
    problems(*MANY)
    run("UPDATE exceptions_case SET escalates_at = %s, escalates_to = 'finance' WHERE code = 'LEG_PROBLEM'", [NOW])
    sweep()
    path = "/exceptions/?tab=all&team=finance&code=LEG_PROBLEM&partner=northstar"
    assert rows_of("person:ada") == [("10 cases were escalated to Finance", "By the rules: not closed in time", path)]


def test_a_partners_user_is_told_of_how_many_of_its_own(people: None) -> None:
    of_north, of_polaris = problems(*MANY), problems(*(f"PO-{number}" for number in range(FOLDED_FROM)), partner="polaris")
    for number in [*of_north, *of_polaris]:
        done(number, Wish("comment", text="@nora look"))
    sweep()
    path = "/exceptions/?tab=all&code=LEG_PROBLEM&partner=northstar"
    assert rows_of("person:nora") == [("ada mentioned you on 10 cases", "@nora look", path)]
    (row,) = NotificationRow.objects.filter(recipient="person:nora")
    assert row.partner == "northstar"


def test_the_acts_of_a_job_wait_until_it_is_done(people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CHUNK", 8)
    monkeypatch.setattr(jobs, "_ring", lambda _: None)
    *numbers, alone = problems(*MANY, "SO-10")
    job = jobs.start(Wish("assign", to="bob"), ids=numbers, who="ada", now=NOW)
    assert jobs.work(job, now=NOW)
    done(alone, Wish("assign", to="bob"), who="cy")
    seen = telling.Seen()
    later = NOW + 2 * telling.OVERLAP
    assert telling.sweep(now=later, seen=seen) == 1, "another's act does not wait"
    assert seen.acts_until == NOW, "which is when the job was asked for"
    assert not jobs.work(job, now=NOW)
    assert telling.sweep(now=later, seen=seen) == 1
    assert "10 cases were assigned to you" in told()["person:bob"]
    assert seen.acts_until == later


def test_a_job_that_takes_too_long_is_not_waited_for(people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CHUNK", 8)
    monkeypatch.setattr(jobs, "_ring", lambda _: None)
    job = jobs.start(Wish("assign", to="bob"), ids=problems(*MANY), who="ada", now=NOW)
    assert jobs.work(job, now=NOW)
    assert sweep(NOW + PATIENCE - MINUTE) == 0
    assert sweep(NOW + PATIENCE) == 8


def test_a_worker_looks_at_acts_once_but_for_those_that_may_commit_late(people: None) -> None:
    first, second, third = problems("SO-1", "SO-2", "SO-3")
    seen = telling.Seen()
    assert telling.sweep(now=NOW, seen=seen) == 0
    assert seen.acts_until == NOW
    done(first, Wish("assign", to="bob"), now=NOW - telling.OVERLAP)
    done(second, Wish("assign", to="bob"), now=NOW - telling.OVERLAP - timedelta(seconds=1))
    assert telling.sweep(now=NOW, seen=seen) == 1, "the second came too late for a turn that goes on where the last one ended"
    assert telling.sweep(now=NOW, seen=telling.Seen()) == 1, "a turn that looks further back finds it"
    done(third, Wish("assign", to="bob"), now=NOW + MINUTE)
    assert telling.sweep(now=NOW + MINUTE, seen=seen) == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_did_not_get_to_look_has_not_looked(people: None) -> None:
    seen = telling.Seen()
    with psycopg.connect(**_parameters()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [telling.LOCK])
        assert telling.sweep(now=NOW, seen=seen) == 0
    assert seen.acts_until is None


def _parameters() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}


def test_more_acts_than_a_sweep_takes_are_not_taken_for_seen(people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ACTS_LIMIT", 2)
    for place, number in enumerate(problems("SO-1", "SO-2", "SO-3")):
        done(number, Wish("assign", to="bob"), now=NOW + place * MINUTE)
    seen = telling.Seen()
    assert telling.sweep(now=NOW + 5 * MINUTE, seen=seen) == 2
    assert seen.acts_until == NOW + MINUTE
    assert telling.sweep(now=NOW + 5 * MINUTE, seen=seen) == 1
