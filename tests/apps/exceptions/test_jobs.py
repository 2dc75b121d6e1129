"""Acts on many cases in the background: each case once, whoever works the job and whenever a worker dies."""

import threading
import uuid
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from celery.exceptions import OperationalError as BrokerError
from django.db import OperationalError, connection, connections
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import NotFound, Unreadable
from apps.core.sql import fetch
from apps.eventlog.maintenance import MAINTENANCE_LOCK
from apps.exceptions import jobs, services, tasks
from apps.exceptions.filters import CaseFilter
from apps.exceptions.services import Wish
from apps.pipeline.rebuild import rebuild
from tests.apps.exceptions.worked import DAY, done, people, problems, seen, shipped
from tests.messages import NOW

TO_BOB = Wish("assign", to="bob")


@pytest.fixture(autouse=True)
def _in_chunks_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CHUNK", 2)


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that workers were rung for."""
    found: list[str] = []
    monkeypatch.setattr(tasks.job, "apply_async", lambda arguments, **_: found.append(arguments[0]))
    return found


def stories(count: int) -> list[str]:
    people("ada", "bob")
    return problems(*(f"SO-{place}" for place in range(count)))


def work(number: uuid.UUID, now: datetime = NOW) -> int:
    """Works the job to its end; in how many transactions."""
    chunks = 1
    while jobs.work(number, now=now):
        chunks += 1
    return chunks


def acts_of(numbers: list[str]) -> list[int]:
    """How many acts each of the cases has had."""
    rows = fetch("SELECT encode(\"case\", 'hex'), count(*) FROM exceptions_act GROUP BY 1")
    counts = dict(rows)
    return [counts.get(number, 0) for number in numbers]


@pytest.mark.django_db
def test_a_job_is_worked_chunk_by_chunk() -> None:
    numbers = stories(5)
    job = jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW)
    found = jobs.get(job)
    assert (found.state, found.total, found.done, found.who, found.wish) == ("queued", 5, 0, "ada", TO_BOB)
    assert jobs.work(job, now=NOW + DAY) is True
    found = jobs.get(job)
    assert (found.state, found.done, found.succeeded, found.started_at) == ("running", 2, 2, NOW + DAY)
    assert work(job) == 2
    found = jobs.get(job)
    assert (found.state, found.total, found.done, found.succeeded, found.failed) == ("done", 5, 5, 5, 0)
    assert (found.results, found.problem, found.finished_at) == ((), "", NOW)
    assert [seen(number).assignee for number in numbers] == ["bob"] * 5
    assert acts_of(numbers) == [1] * 5


@pytest.mark.django_db
def test_each_case_that_does_not_allow_it_is_told_with_its_reason() -> None:
    first, second, third = stories(3)
    done(second, Wish("claim"), who="bob")
    shipped("SO-2")
    job = jobs.start(Wish("claim"), ids=[first, second, third, "0" * 32, first], who="ada", now=NOW)
    work(job)
    found = jobs.get(job)
    assert (found.state, found.total, found.succeeded, found.failed) == ("done", 4, 1, 3)
    assert found.results == (
        {"id": second, "reason": "bob has this case. Ask them, or assign it to yourself."},
        {"id": third, "reason": "This case is resolved (verified); there is nothing to claim."},
        {"id": "0" * 32, "reason": f"No exception {'0' * 32} is known here, or you may not see it."},
    )


@pytest.mark.django_db
def test_no_more_results_are_kept_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "RESULTS_LIMIT", 3)
    numbers = stories(5)
    for number in numbers:
        done(number, Wish("claim"), who="bob")
    job = jobs.start(Wish("claim"), ids=numbers, who="ada", now=NOW)
    work(job)
    found = jobs.get(job)
    assert (found.failed, [result["id"] for result in found.results]) == (5, numbers[:3])


@pytest.mark.django_db
def test_a_filter_is_looked_up_when_the_job_is_taken_up() -> None:
    numbers = stories(3)
    done(numbers[0], TO_BOB)
    job = jobs.start(Wish("wait"), filters=CaseFilter(assignee="", code="LEG_PROBLEM"), who="ada", now=NOW)
    assert jobs.get(job).total == 2
    done(numbers[1], TO_BOB)  # after it was asked for, and before it is taken up
    work(job)
    found = jobs.get(job)
    assert (found.state, found.total, found.succeeded) == ("done", 1, 1)
    assert [seen(number).state for number in numbers] == ["acknowledged", "acknowledged", "waiting"]


@pytest.mark.django_db
def test_a_filter_that_finds_nothing_is_done() -> None:
    people("ada")
    job = jobs.start(Wish("claim"), filters=CaseFilter(), who="ada", now=NOW)
    assert work(job) == 1
    assert (jobs.get(job).state, jobs.get(job).total) == ("done", 0)


@pytest.mark.django_db
def test_a_partners_filter_stays_with_its_cases() -> None:
    numbers = stories(1) + problems("SO-9", partner="polaris")
    job = jobs.start(
        Wish("comment", text="soon"),
        ids=numbers,
        who="pia",
        now=NOW,
        visible_partner="polaris",
    )
    work(job)
    assert [seen(number).comment_count for number in numbers] == [0, 1]


@pytest.mark.django_db
def test_what_cannot_be_asked_for_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CASES_LIMIT", 2)
    numbers = stories(3)
    for how in ({"ids": numbers}, {"filters": CaseFilter()}):
        with pytest.raises(Unreadable, match="More than 2 exceptions are meant"):
            jobs.start(Wish("claim"), who="ada", now=NOW, **how)
    with pytest.raises(Unreadable, match="nobody who works exceptions"):
        jobs.start(Wish("assign", to="eve"), ids=numbers[:1], who="ada", now=NOW)
    with pytest.raises(Unreadable, match="`0x` is no exception's id"):
        jobs.start(Wish("claim"), ids=["0x"], who="ada", now=NOW)
    assert fetch("SELECT count(*) FROM exceptions_job") == [(0,)]


@pytest.mark.django_db
def test_a_filter_that_has_come_to_find_too_much_fails_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    stories(3)
    job = jobs.start(Wish("claim"), filters=CaseFilter(), who="ada", now=NOW)
    monkeypatch.setattr(jobs, "CASES_LIMIT", 2)
    work(job)
    found = jobs.get(job)
    assert (found.state, found.done) == ("failed", 0)
    assert found.problem == "More than 2 exceptions are meant, which is the most that one job takes: narrow it."


@pytest.mark.django_db
def test_a_job_whose_wish_no_longer_holds_fails_and_keeps_what_was_done() -> None:
    numbers = stories(4)
    job = jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW)
    jobs.work(job, now=NOW)
    User.objects.filter(username="bob").update(is_active=False)
    work(job)
    found = jobs.get(job)
    assert (found.state, found.done, found.succeeded) == ("failed", 2, 2)
    assert found.problem == "`to` needs the name of a user; `bob` came, and nobody who works exceptions is called so."


@pytest.mark.django_db
def test_one_case_that_we_fail_on_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = stories(4)
    real = services.write_handling

    def failing(ids: list[bytes]) -> None:
        real(ids)
        if bytes.fromhex(numbers[1]) in ids:
            raise ZeroDivisionError

    monkeypatch.setattr(services, "write_handling", failing)
    job = jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW)
    work(job)
    found = jobs.get(job)
    assert (found.state, found.succeeded, found.failed) == ("done", 3, 1)
    assert found.results == ({"id": numbers[1], "reason": "DistSync failed on this exception (ZeroDivisionError)."},)
    assert acts_of(numbers) == [1, 0, 1, 1]


def test_a_chunk_that_is_killed_is_worked_again_once(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed with its acts written and its progress not yet: both are undone together."""
    numbers = stories(5)
    job = jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW)
    assert jobs.work(job, now=NOW) is True
    real = jobs.run

    def killed(statement: str, parameters: Any) -> int:
        if statement is jobs._PROGRESS:
            with psycopg.connect(**connection.get_connection_params()) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        return real(statement, parameters)

    monkeypatch.setattr(jobs, "run", killed)
    with pytest.raises(OperationalError):
        jobs.work(job, now=NOW)
    connection.close()
    monkeypatch.setattr(jobs, "run", real)
    assert (jobs.get(job).done, acts_of(numbers)) == (2, [1, 1, 0, 0, 0])
    jobs.take_up(lambda: NOW)
    assert jobs.get(job).done == 2, "its lease still holds"
    after = NOW + jobs.LEASE
    jobs.take_up(lambda: after)
    found = jobs.get(job)
    assert (found.state, found.succeeded, found.failed) == ("done", 5, 0)
    assert acts_of(numbers) == [1] * 5
    assert all(table.is_equal for table in rebuild(is_dry_run=True, progress=lambda _done, _total: None))


@pytest.mark.django_db
def test_a_job_that_nobody_was_rung_for_is_taken_up_by_the_sweep() -> None:
    numbers = stories(3)
    job = jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW)
    jobs.take_up(lambda: NOW)
    assert jobs.get(job).state == "queued", "the task that was rung for has its time"
    late = NOW + jobs.FIRST_LEASE
    assert jobs.take_up(lambda: late) is False
    assert jobs.get(job).state == "done"


@pytest.mark.django_db
def test_the_sweep_leaves_a_long_job_after_a_turn_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SWEEP_SECONDS", -1.0)
    numbers = stories(5)
    job = jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW)
    late = NOW + jobs.FIRST_LEASE
    assert [(jobs.take_up(lambda: late), jobs.get(job).done) for _ in range(4)] == [
        (True, 2),
        (True, 4),
        (False, 5),
        (False, 5),
    ]


def test_workers_at_one_job_do_each_case_once(transactional_db: None) -> None:
    numbers = stories(12)
    job = jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW)
    start, failures = threading.Barrier(3), []

    def worker() -> None:
        try:
            start.wait()
            while jobs.get(job).state != "done":
                jobs.work(job, now=NOW)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (jobs.get(job).succeeded, acts_of(numbers)) == (12, [1] * 12)


def test_nothing_is_worked_while_a_rebuild_is_under_way(transactional_db: None) -> None:
    numbers = stories(1)
    job = jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW)
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [MAINTENANCE_LOCK])
        assert jobs.work(job, now=NOW) is False
        assert jobs.get(job).state == "queued"
    work(job)
    assert jobs.get(job).state == "done"


def test_workers_are_rung_for_after_the_commit(transactional_db: None, rung: list[str]) -> None:
    numbers = stories(3)
    job = jobs.start(TO_BOB, ids=numbers, who="ada", now=timezone.now())
    assert rung == [str(job)]
    tasks.job(str(job))
    assert (jobs.get(job).state, rung) == ("done", [str(job)])


@pytest.mark.django_db
def test_a_task_that_was_long_at_it_rings_for_the_next(monkeypatch: pytest.MonkeyPatch, rung: list[str]) -> None:
    monkeypatch.setattr(jobs, "TURN_SECONDS", -1.0)
    job = jobs.start(TO_BOB, ids=stories(3), who="ada", now=NOW)
    jobs.work_for_a_turn(job, lambda: NOW)
    assert (jobs.get(job).done, rung) == (2, [str(job)])
    jobs.take_up(lambda: NOW + jobs.FIRST_LEASE)  # should the ring be lost
    assert jobs.get(job).state == "done"


def test_a_broker_that_is_away_loses_no_job(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: Any, **_named: Any) -> None:
        raise BrokerError("away")

    monkeypatch.setattr(tasks.job, "apply_async", away)
    job = jobs.start(TO_BOB, ids=stories(1), who="ada", now=NOW)
    jobs.take_up(lambda: NOW + timedelta(minutes=1))
    assert jobs.get(job).state == "done"


@pytest.mark.django_db
def test_what_was_done_a_month_ago_is_forgotten() -> None:
    numbers = stories(1)
    old = jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW)
    work(old)
    waiting = jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW)
    jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW + jobs.KEPT)
    assert jobs.get(old).state == "done"
    jobs.start(TO_BOB, ids=numbers, who="ada", now=NOW + jobs.KEPT + DAY)
    with pytest.raises(NotFound):
        jobs.get(old)
    assert jobs.get(waiting).state == "queued"
