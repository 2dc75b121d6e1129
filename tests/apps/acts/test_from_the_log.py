"""Acts come again from the log as they were, and nobody outside can make one."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from apps.acts import log, settings
from apps.eventlog import log as eventlog
from apps.partners.models import Source
from apps.partners.services import create_credential
from apps.pipeline.measures import recorder
from apps.pipeline.queries import MessageFilter, find_messages, get_message
from tests import messages as m
from tests.apps.acts.acting import perform
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
