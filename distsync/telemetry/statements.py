"""Spans of the statements that OpenTelemetry's psycopg instrumentation does not see: those on plain cursors (it wraps the
connection's own cursor type) and COPY, in which a batch writes its rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from opentelemetry import trace
from opentelemetry.instrumentation.utils import unwrap
from opentelemetry.semconv.attributes import db_attributes as db
from opentelemetry.semconv.attributes import server_attributes as server
from opentelemetry.trace import SpanKind, Tracer
from psycopg.abc import Query
from psycopg.sql import Composable
from wrapt import wrap_function_wrapper

Copying = Callable[..., Any]


def recording_cursor(tracer: Tracer) -> type[psycopg.Cursor[Any]]:
    """Psycopg's plain cursor that records what it executes."""

    class RecordingCursor(psycopg.Cursor[Any]):
        def execute(self, query: Query, params: Any = None, **options: Any) -> Self:
            with statement(tracer, self.connection, query):
                return super().execute(query, params, **options)  # type: ignore[arg-type]

    return RecordingCursor


def record_copies(tracer: Tracer) -> None:
    """From now on every COPY of this process is recorded, whatever the type of its cursor."""

    @contextmanager
    def copying(copy: Copying, cursor: psycopg.Cursor[Any], args: tuple[Any, ...], options: dict[str, Any]) -> Iterator[Any]:
        with statement(tracer, cursor.connection, args[0]), copy(*args, **options) as opened:
            yield opened

    unwrap(psycopg.Cursor, "copy")  # what another process, that forked this one, had wrapped
    wrap_function_wrapper(psycopg.Cursor, "copy", copying)


@contextmanager
def statement(tracer: Tracer, connection: psycopg.Connection[Any], query: Query) -> Iterator[None]:
    """A client span of one statement, beneath the current span; nothing where that is not recorded."""
    if not trace.get_current_span().is_recording():
        yield
        return
    text = _text(query, connection)
    operation = text.split(None, 1)[0].upper()
    attributes = {
        db.DB_SYSTEM_NAME: "postgresql",
        db.DB_NAMESPACE: connection.info.dbname,
        db.DB_OPERATION_NAME: operation,
        db.DB_QUERY_TEXT: text,
        server.SERVER_ADDRESS: connection.info.host,
    }
    with tracer.start_as_current_span(operation, kind=SpanKind.CLIENT, attributes=attributes):
        yield


def _text(query: Query, connection: psycopg.Connection[Any]) -> str:
    if isinstance(query, str):
        return query
    if isinstance(query, bytes):
        return query.decode(errors="replace")
    return query.as_string(connection) if isinstance(query, Composable) else str(query)
