"""The log is the truth: everything derived comes again from it, row for row; and a difference is found."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from apps.acts.settings import put
from apps.exceptions.filters import CaseFilter
from apps.exceptions.queries import find_cases
from apps.exceptions.sweep import ask_for_all
from apps.partners.models import Source
from apps.pipeline import timers
from apps.pipeline.rebuild import DERIVED
from apps.pipeline.replay import Choice, replay
from apps.translation import canonical
from tests import messages as m


def verify() -> tuple[int, dict[str, bool]]:
    out = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("rebuild", "--verify", "--json", stdout=out)
    tables = json.loads(out.getvalue())["tables"]
    return int(str(stopped.value.code)), {row["table"]: row["equal"] for row in tables}


def test_rebuilding_gives_the_same_rows(transactional_db: None) -> None:
    conflict = [m.message("leg.planned", m.MIDDLEWARE, order=o, leg="L1", site="A", partner="p", lines=[]) for o in ("A", "B")]
    strange = [m.message("order.teleported", m.OMS, order="X"), m.message("leg.acknowledged", m.NORTH, leg="L9")]
    for each in [*reversed(m.order_story()), *conflict, *strange]:
        m.tell(each)
    assert verify() == (0, dict.fromkeys(DERIVED, True))


def test_what_belongs_to_no_order_comes_again_too(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    Source.objects.create(name=m.NORTH, partner="northstar")
    strange = [m.message("order.teleported", m.OMS, order="X"), m.message("leg.acknowledged", m.NORTH)]
    told = [
        *m.order_story(),
        *strange,
        m.message("circuit.changed", m.MIDDLEWARE, minute=5, partner="northstar", state="open"),
        m.message("circuit.changed", m.MIDDLEWARE, minute=50, partner="northstar", state="closed"),
        m.message("queue.measured", m.MIDDLEWARE, minute=6, queue="in", depth=500),
        m.message("queue.measured", m.MIDDLEWARE, minute=7, queue="in", depth=20),
        m.message("transfer.shipped", m.NORTH, minute=8, transfer="T", from_site="ATL", to_site="CHI", lines=[]),
        m.message("message.dead_lettered", m.MIDDLEWARE, minute=9, message="M", flow="f", partner="northstar"),
    ]
    for each in reversed(told):
        m.tell(each)
    timers.settle(now=m.NOW)
    monkeypatch.setitem(canonical._READERS, "distsync.order.teleported.v1", canonical._READERS["distsync.order.validated.v1"])
    assert replay(Choice(), who="ada", now=m.NOW) == 2
    m.process()
    put("threshold", "queue", {"depth": 100}, who="ada", reason="small", now=m.NOW)
    ask_for_all()
    assert verify() == (0, dict.fromkeys(DERIVED, True))
    found = find_cases(CaseFilter(state=None, order=""), now=m.NOW, sort="age").rows
    assert sorted((case.code, case.subject.value, case.state) for case in found) == [
        ("CIRCUIT_OPEN", "northstar", "resolved_verified"),
        ("CONTRACT_VIOLATION", strange[1].id, "new"),
        ("DEAD_LETTER", "M", "new"),
        ("DEAD_LETTER", strange[0].id, "resolved_verified"),
        ("PARTNER_SILENT", "northstar", "regressed"),
        ("QUEUE_BACKLOG", "in", "resolved_verified"),
        ("TRANSFER_UNRECEIVED", "T", "new"),
    ]


def test_a_row_that_the_log_does_not_make_is_found_and_mended(transactional_db: None) -> None:
    m.tell(*m.order_story())
    before = m.derived_rows()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET status = 'delivered'")
    assert verify() == (1, {table: table != "orders_order" for table in DERIVED})
    with pytest.raises(SystemExit, match="0"):
        call_command("rebuild", stdout=StringIO())
    assert m.derived_rows() == before


def test_what_waits_is_left_to_the_workers(transactional_db: None) -> None:
    m.tell(*m.order_story("SO-1"))
    m.hear(*m.order_story("SO-2"))
    assert verify()[0] == 0
    assert m.process() == len(m.order_story("SO-2"))
