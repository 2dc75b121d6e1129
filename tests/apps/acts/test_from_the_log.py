"""Acts come again from the log as they were, and nobody outside can make one."""

import json
from collections.abc import Callable
from io import StringIO
from threading import Thread
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from apps.acts import log, settings
from apps.eventlog import log as eventlog
from apps.eventlog.maintenance import MAINTENANCE_LOCK
from apps.partners.models import Source
from apps.partners.services import create_credential
from apps.pipeline.measures import recorder
from apps.pipeline.queries import MessageFilter, find_messages, get_message
from apps.pipeline.rebuild import rebuild
from tests import messages as m
from tests.apps.acts.acting import another_session, perform
from tests.apps.acts.builders import NOW, claim

ZONE = {"zone": "America/New_York", "lead": 1.50, "of": {"b": 1, "a": [None, True]}}


def states() -> list[tuple[str, str, str | None]]:
    page = find_messages(MessageFilter(), cursor=None, page_size=50)
    return [(row.type, row.state, row.reason) for row in page.rows]


def verdicts() -> dict[str, tuple[int, bool]]:
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("rebuild", "--verify", "--json", stdout=out)
    return {row["table"]: (row["rebuilt"], row["equal"]) for row in json.loads(out.getvalue())["tables"]}


def test_a_rebuild_gives_the_same_audit_log_and_settings(transactional_db: None) -> None:
    settings.put("calendar", "ATL", ZONE, who="ada", reason="go-live", now=NOW)
    m.tell(*m.order_story())
    settings.put("calendar", "CHI", None, who="ben", reason="", now=NOW)
    perform(claim(order="SO-1", subject="Short pick"), claim("ben"))
    settings.put("rule", "a", 1, who="ada", reason="", now=NOW)
    settings.remove("rule", "a", who="ada", reason="no use", now=NOW)
    found = verdicts()
    assert (found["acts_audit"], found["acts_setting"]) == ((6, True), (3, True))
    assert all(is_equal for _, is_equal in found.values())
    before = m.derived_rows()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM acts_audit WHERE who = 'ben'; UPDATE acts_setting SET value = '1' WHERE name = 'a'")
    assert verdicts()["acts_audit"] == (6, False)
    assert verdicts()["acts_setting"] == (3, False)
    with pytest.raises(SystemExit, match="0"):
        call_command("rebuild", stdout=StringIO())
    assert m.derived_rows() == before
    assert settings.settings_of(["calendar", "rule"]) == {("calendar", "ATL"): ZONE, ("calendar", "CHI"): None}


@pytest.mark.django_db
def test_an_act_from_the_log_reaches_who_registered_and_is_no_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(log, "_handlers", [heard.extend])
    counted: list[int] = []
    monkeypatch.setattr(recorder, "batch", lambda messages, *rest, **more: counted.append(len(messages)))
    performed = perform(claim(), claim("ben"))
    m.hear(*m.order_story())
    assert (m.process(), heard) == (len(m.order_story()), [])
    assert states()[-2:] == [("distsync.act.case.claim.v1", "applied", None)] * 2
    eventlog.enqueue([each.position for each in performed])
    assert m.process() == 2
    assert heard == performed
    assert not Source.objects.filter(name=log.SOURCE).exists()


@pytest.mark.django_db
def test_batches_are_counted_without_acts(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> None:
    counted: list[tuple[int, int]] = []
    monkeypatch.setattr(recorder, "batch", lambda messages, facts, **more: counted.append((len(messages), len(facts))))
    performed = perform(claim())
    eventlog.enqueue([performed[0].position])
    m.hear(m.message("order.validated", m.OMS, order="SO-1"), m.message("order.teleported", m.OMS, order="SO-1"))
    with django_capture_on_commit_callbacks(execute=True):
        assert m.process() == 3
    assert counted == [(2, 1)]


@pytest.mark.django_db
def test_an_act_that_failed_once_leaves_quarantine_when_it_is_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    (performed,) = perform(claim())
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO pipeline_quarantine VALUES (%s, 'internal_error', 'r', 's', 't')", [performed.position])
    assert [state for _, state, _ in states()] == ["quarantined"]
    eventlog.enqueue([performed.position])
    m.process()
    assert [state for _, state, _ in states()] == ["applied"]


@pytest.mark.django_db
@pytest.mark.parametrize("extra", [{}, {"door": "console"}])
def test_an_act_forged_from_outside_is_a_message_of_an_unknown_type(
    monkeypatch: pytest.MonkeyPatch, extra: dict[str, str]
) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(log, "_handlers", [heard.extend])
    (genuine,) = perform(claim())
    (message,) = eventlog.read([genuine.position])
    data = {"kind": "setting.put", "who": "ada", "setting": "calendar", "name": "ATL", "value": 1}
    event = json.loads(message.body) | {"id": "forged", "type": "distsync.act.setting.put.v1", "data": data} | extra
    again = json.loads(message.body)  # the genuine one's own id, with other content
    again["data"]["who"] = "mallory"
    client = Client()
    answer = client.post(
        "/api/v1/events",
        json.dumps([event, again]),
        content_type="application/cloudevents-batch+json",
        headers={"Authorization": f"Bearer {create_credential('mallory')}"},
    )
    assert (answer.status_code, answer.json()["accepted"], answer.json()["conflicts"]) == (202, 1, 1)
    assert m.process() == 1
    assert (heard, settings.settings_of(["calendar"]), settings.history("calendar", "ATL")) == ([], {}, [])
    (forged, kept) = states()
    assert forged[:2] == ("distsync.act.setting.put.v1", "quarantined")
    assert forged[2] is not None
    assert forged[2].startswith("No contract describes the type distsync.act.setting.put.v1")
    assert kept == ("distsync.act.case.claim.v1", "applied", None)
    assert get_message(str(genuine.position)).body == message.body


def in_another_session(act: Callable[[], object]) -> None:
    """Runs `act` on a connection of its own, as another process does."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_what_people_do_during_a_rebuild_is_in_force_at_once_and_after_it(transactional_db: None, is_dry_run: bool) -> None:
    m.tell(*m.order_story())
    settings.put("calendar", "ATL", 1, who="ada", reason="", now=NOW)
    seen: list[Any] = []

    def act() -> None:
        settings.put("calendar", "ATL", 2, who="ben", reason="", now=NOW)
        perform(claim("ben"))
        seen.append(settings.settings_of(["calendar"]))

    def progress(done: int, total: int) -> None:
        if not seen:
            in_another_session(act)

    compared = {each.table: each.is_equal for each in rebuild(is_dry_run=is_dry_run, progress=progress)}
    assert set(compared.values()) == {True}
    in_force = {("calendar", "ATL"): 2}
    assert (seen, settings.settings_of(["calendar"])) == ([in_force], in_force)
    before = m.derived_rows()
    assert m.process() == 2  # they wait, for the tables that they were written to may have been replaced
    assert m.derived_rows() == before
    assert verdicts()["acts_audit"] == (3, True)


def test_an_act_that_came_too_late_for_the_new_tables_is_written_to_them(transactional_db: None) -> None:
    """Between the last comparison and the replacement: what the act wrote is truncated, and comes again."""
    with psycopg.connect(**another_session(), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [MAINTENANCE_LOCK])
        settings.put("calendar", "ATL", 2, who="ben", reason="", now=NOW)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM acts_audit; DELETE FROM acts_setting")
        assert m.process() == 0
        other.execute("SELECT pg_advisory_unlock(%s)", [MAINTENANCE_LOCK])
    assert m.process() == 1
    assert settings.settings_of(["calendar"]) == {("calendar", "ATL"): 2}
    assert [change.who for change in settings.history("calendar", "ATL")] == ["ben"]


def test_a_rebuild_takes_acts_before_facts(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    m.tell(*m.order_story())
    perform(claim())
    taken: list[int] = []
    monkeypatch.setattr(log, "_handlers", [lambda acts: taken.append(facts_there())])
    rebuild(is_dry_run=True, progress=lambda done, total: None)
    assert taken == [0]


def facts_there() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_fact")  # the rebuild's, by the search path
        return int(cursor.fetchone()[0])
