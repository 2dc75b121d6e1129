"""Every kind of statement of ours on Django's connection: recorded once, working as before, without its parameters."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from django.db import connection, connections
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.instrumentation.utils import unwrap
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer

from apps.accounts.models import User
from apps.core import tracing
from apps.core.sql import fetch, run
from distsync.telemetry.instruments import use_stable_names
from distsync.telemetry.measures import Measures
from distsync.telemetry.privacy import cleaned
from distsync.telemetry.recorder import Recorder
from distsync.telemetry.sampling import Admission
from distsync.telemetry.statements import record_copies

SECRET = "Ines Secretperson"


@dataclass
class Recording:
    tracer: Tracer
    kept: InMemorySpanExporter

    def statements(self) -> list[str]:
        return [str(span.attributes["db.query.text"]) for span in self._spans() if "db.query.text" in (span.attributes or {})]

    def told(self) -> str:
        """Everything that would leave."""
        return json.dumps([span.to_json() for span in self._spans()])

    def _spans(self) -> list[ReadableSpan]:
        return [cleaned(span) for span in self.kept.get_finished_spans()]


@pytest.fixture
def recording(transactional_db: None) -> Iterator[Recording]:
    """The connection is made anew, since an instrumented one keeps its cursors."""
    use_stable_names()
    provider, kept = TracerProvider(shutdown_on_exit=False), InMemorySpanExporter()
    provider.sampler = Admission(provider.sampler)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("tests")
    connection.close()
    PsycopgInstrumentor().instrument(tracer_provider=provider, skip_dep_check=True)
    record_copies(tracer)
    tracing.install(Recorder(tracer, Measures(NoOpMeterProvider().get_meter("tests")), is_tracing=True))
    yield Recording(tracer, kept)
    tracing.install(tracing.NOBODY)
    PsycopgInstrumentor().uninstrument()
    unwrap(psycopg.Cursor, "copy")
    connection.close()


def test_each_statement_is_recorded_once(recording: Recording) -> None:
    with recording.tracer.start_as_current_span("request"):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE seen (name text, number bigint)")
            cursor.execute("INSERT INTO seen VALUES (%s, %s)", [SECRET, 1])
            cursor.executemany("INSERT INTO seen VALUES (%s, 2)", [[SECRET], [SECRET]])
            with cursor.copy("COPY seen (name, number) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["text", "int8"])
                copy.write_row((SECRET, 3))
        assert run("UPDATE seen SET number = 4 WHERE name = %s AND number = 3", [SECRET]) == 1
        assert fetch("SELECT number FROM seen WHERE name = %s ORDER BY number", [SECRET]) == [(1,), (2,), (2,), (4,)]
        assert fetch("SELECT %b::bytea, %b::int8[]", [b"\0\1", [5]]) == [(b"\0\1", [5])]
    assert [statement for statement in recording.statements() if not statement.startswith("SET ")] == [
        "CREATE TEMPORARY TABLE seen (name text, number bigint)",
        "INSERT INTO seen VALUES (%s, %s)",
        "INSERT INTO seen VALUES (%s, ?)",
        "COPY seen (name, number) FROM STDIN (FORMAT BINARY)",
        "UPDATE seen SET number = ? WHERE name = %s AND number = ?",
        "SELECT number FROM seen WHERE name = %s ORDER BY number",
        "SELECT %b::bytea, %b::int8[]",
    ]
    assert SECRET not in recording.told()


def test_the_orm_and_its_server_side_cursors_work(recording: Recording) -> None:
    """A server-side cursor is Django's own type, which no instrumentation sees: it works, and has no span."""
    with recording.tracer.start_as_current_span("request"):
        User.objects.create(username=SECRET)
        assert [user.username for user in User.objects.filter(username=SECRET).iterator(chunk_size=1)] == [SECRET]
        assert User.objects.filter(username__contains="Secret").count() == 1
    assert [statement.split()[0] for statement in recording.statements() if "accounts_user" in statement] == [
        "INSERT",
        "SELECT",
    ]
    assert SECRET not in recording.told()


def test_an_error_leaves_by_its_type_alone(recording: Recording) -> None:
    with recording.tracer.start_as_current_span("request"), pytest.raises(Exception, match=SECRET):
        fetch("SELECT cast(%s AS integer)", [SECRET])
    (failed,) = (span for span in recording.kept.get_finished_spans() if span.name == "SELECT")
    assert SECRET in failed.to_json()  # which is why it must be cleaned
    assert (cleaned(failed).attributes or {})["error.type"] == "psycopg.errors.InvalidTextRepresentation"
    assert SECRET not in recording.told()


def test_nothing_is_recorded_outside_of_a_span(recording: Recording) -> None:
    assert fetch("SELECT 1") == [(1,)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 2")
        with cursor.copy("COPY (SELECT 3) TO STDOUT") as copy:
            assert b"".join(copy) == b"3\n"
    assert recording.statements() == []


@pytest.mark.parametrize("options", [{"pool": {"min_size": 1, "max_size": 2}}, {"server_side_binding": True}])
def test_with_a_pool_and_with_server_side_binding(recording: Recording, options: dict[str, object]) -> None:
    settings = {**connection.settings_dict}
    settings["OPTIONS"] = {**settings["OPTIONS"], **options}
    settings["CONN_MAX_AGE"] = 0 if "pool" in options else None
    other = connections["default"].__class__(settings, "default")
    try:
        with recording.tracer.start_as_current_span("request"), other.cursor() as cursor:
            cursor.execute("SELECT %s::text", [SECRET])
            assert cursor.fetchall() == [(SECRET,)]
        assert "SELECT %s::text" in recording.statements()
        assert SECRET not in recording.told()
    finally:
        other.close()
        other.close_pool()
