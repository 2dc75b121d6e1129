"""The trace that is kept with pending work, and the append of the code before it, which runs beside this one."""

from collections.abc import Iterator
from contextlib import nullcontext

import psycopg
import pytest
from django.db import connection

from apps.core import tracing
from apps.eventlog import log
from apps.eventlog.append import _APPEND
from apps.eventlog.traces import traces
from tests.apps.eventlog.builders import NOW, Count, message

CARRIED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Recording:
    """A recorder in a trace of the test's."""

    def __init__(self, carried: str | None) -> None:
        self.carried = carried

    def carrier(self) -> str | None:
        return self.carried

    def cursor_type(self) -> type:
        return psycopg.Cursor

    phase = batch = nullcontext


@pytest.fixture
def recorder() -> Iterator[Recording]:
    standing, recording = tracing._recorder, Recording(CARRIED)
    tracing.install(recording)
    yield recording
    tracing.install(standing)


@pytest.mark.django_db
def test_append_keeps_the_trace_of_each_new_message(recorder: Recording) -> None:
    first = log.append([message("1"), message("2")], now=NOW)
    recorder.carried = None
    second = log.append([message("2"), message("3")], now=NOW)
    assert traces([*first.positions, *second.positions]) == dict.fromkeys(first.positions, CARRIED)


@pytest.mark.django_db
def test_nothing_is_kept_where_nobody_records() -> None:
    assert traces(log.append([message("1")], now=NOW).positions) == {}


@pytest.mark.django_db
def test_the_trace_goes_with_the_pending_row(recorder: Recording) -> None:
    positions = log.append([message("1")], now=NOW).positions
    log.settle(positions)
    assert traces(positions) == {}


@pytest.mark.django_db
def test_the_code_before_this_column_still_appends(count: Count) -> None:
    """It calls with one argument less."""
    before = _APPEND.replace(",\n    %b::text\n)", "\n)").replace("%b", "%s")
    assert before.count("%s") == 17
    one = [NOW], [None], [False], ["urn:oms"], ["1"], ["t"], [None], ["application/json"], ["{}"], [b"{}"], [b"\0" * 32]
    with connection.cursor() as cursor:
        cursor.execute(before, [NOW, ["0" * 32], [b"\0" * 32], [2], *one, ["c"], ["events"]])
        (taken, conflicts) = cursor.fetchone()
    assert (len(taken), conflicts, count("eventlog_pending"), traces(taken)) == (1, 0, 1, {})
