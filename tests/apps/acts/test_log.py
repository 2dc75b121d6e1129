"""An act gets into the log in its transaction, settled, and comes out of it as it went in."""

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from apps.acts import log
from apps.acts.types import Act, StampedAct
from apps.core.errors import Unreadable
from apps.eventlog import log as eventlog
from apps.eventlog.content import decode, structured_digest
from tests.apps.acts.acting import another_session
from tests.apps.acts.builders import NOW, claim, put


def positions() -> list[int]:
    return [message.position for messages in eventlog.read_all() for message in messages]


@pytest.mark.django_db
def test_an_act_is_a_message_that_waits_for_nobody() -> None:
    act = Act(
        kind="case.assign",
        who="ada",
        key="00ff",
        case="c0de",
        order="/oms:SO-1",
        subject="Short pick on SO-1",
        to="ben",
        text="He knows the site.",
        until=NOW + timedelta(hours=2),
        version=3,
    )
    (stamped,) = log.perform([act], now=NOW)
    (message,) = eventlog.read([stamped.position])
    assert (message.source, message.id, message.type) == ("distsync:people", stamped.id, "distsync.act.case.assign.v1")
    assert (message.received_at, message.heard_at, message.time, message.door) == (NOW, NOW, NOW, "console")
    assert json.loads(message.body) == {
        "specversion": "1.0",
        "id": stamped.id,
        "source": "distsync:people",
        "type": "distsync.act.case.assign.v1",
        "time": "2026-03-02T08:00:00.123456Z",
        "datacontenttype": "application/json",
        "data": {
            "kind": "case.assign",
            "who": "ada",
            "key": "00ff",
            "case": "c0de",
            "order": "/oms:SO-1",
            "subject": "Short pick on SO-1",
            "to": "ben",
            "text": "He knows the site.",
            "until": "2026-03-02T10:00:00.123456Z",
            "version": 3,
        },
    }
    assert message.digest == structured_digest(decode(message.body))
    assert stamped == StampedAct(act, message.position, NOW, message.id)
    assert log.read([message]) == [stamped]
    assert eventlog.pending_count(9) == 0


@pytest.mark.django_db
def test_acts_come_back_as_the_log_has_them_in_the_order_given() -> None:
    performed = log.perform([claim("ben"), put("rule", "r", {"sites": ("ATL", "CHI"), "share": 0.5})], now=NOW)
    assert [each.act.who for each in performed] == ["ben", "ada"]
    assert performed[1].act.value == {"sites": ["ATL", "CHI"], "share": 0.5}
    assert log.read(eventlog.read([each.position for each in performed])) == performed
    assert log.perform([], now=NOW) == []


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_performed_and_a_failed_one_leaves_nothing() -> None:
    with pytest.raises(TransactionManagementError):
        log.perform([claim()], now=NOW)
    with transaction.atomic():
        log.perform([claim()], now=NOW)
        transaction.set_rollback(True)
    assert positions() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": "a\x00b"}, r"U\+0000"),
        ({"reason": "\ud800"}, "surrogate"),
        ({"value": {"zone": ["\x00"]}}, r"U\+0000"),
        ({"value": {"\x00": 1}}, r"U\+0000"),
        ({"kind": "Claim"}, "pattern|regex"),
        ({"who": ""}, "length"),
        ({"case": "c0d"}, "pattern|regex"),
        ({"name": "n" * 501}, "length"),
        ({"until": datetime(2026, 3, 2, 8, 0)}, "timezone"),  # noqa: DTZ001 - that it has none is what is tried
    ],
)
def test_an_act_that_cannot_be_kept_is_refused_with_all_beside_it(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        log.perform([claim(), msgspec.structs.replace(claim(), **changes)], now=NOW)
    assert positions() == []


@pytest.mark.django_db(transaction=True)
def test_an_act_is_performed_under_a_lock_that_others_wait_for() -> None:
    """Whoever holds an order's lock appends without waiting for those who wait for it, though they have appended too."""
    with psycopg.connect(**another_session()) as other, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(77)")
        other.execute("SELECT pg_advisory_xact_lock(78)")
        other.execute("INSERT INTO eventlog_pending (position, received_at, size_bytes) VALUES (999999, now(), 1)")
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        (stamped,) = log.perform([claim()], now=NOW)
        other.rollback()
    assert positions() == [stamped.position]


@pytest.mark.django_db
def test_who_registers_hears_each_act_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_handlers", [])
    heard: list[StampedAct] = []
    handler = heard.extend
    log.on_act(handler)
    log.on_act(handler)
    performed = log.perform([claim()], now=NOW)
    assert heard == []  # who performs writes the effect
    log.tell(performed)
    assert heard == performed
