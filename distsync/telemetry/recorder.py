"""`apps.core.tracing`'s recorder by OpenTelemetry: what the rooms' hooks do while telemetry is on."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import psycopg
from opentelemetry import trace
from opentelemetry.trace import Tracer

from apps.core.tracing import Batch, Unrecorded
from distsync.telemetry.batches import RecordedBatch
from distsync.telemetry.carriers import carried
from distsync.telemetry.measures import Measures
from distsync.telemetry.statements import recording_cursor


class Recorder:
    """One process's."""

    def __init__(self, tracer: Tracer, measures: Measures, *, is_tracing: bool) -> None:
        self._tracer = tracer
        self._measures = measures
        self._is_tracing = is_tracing
        self._cursor_type: type[psycopg.Cursor[Any]] = recording_cursor(tracer) if is_tracing else psycopg.Cursor

    def carrier(self) -> str | None:
        return carried()

    def phase(self, name: str) -> AbstractContextManager[object]:
        """Only within what is recorded: a part of nothing begins no trace."""
        return self._tracer.start_as_current_span(name) if trace.get_current_span().is_recording() else nullcontext()

    def batch(self, *, is_rebuild: bool) -> AbstractContextManager[Batch]:
        if is_rebuild:
            return nullcontext(Unrecorded())  # the messages had their effect long ago
        return RecordedBatch(self._tracer, self._measures, is_tracing=self._is_tracing)

    def cursor_type(self) -> type[psycopg.Cursor[Any]]:
        return self._cursor_type
