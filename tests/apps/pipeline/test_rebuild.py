"""The log is the truth: everything derived comes again from it, row for row; and a difference is found."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from apps.pipeline.rebuild import DERIVED
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
