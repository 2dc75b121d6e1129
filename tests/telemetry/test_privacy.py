"""What may leave in a span, and which spans are begun at all."""

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode, TraceFlags, Tracer

from distsync.telemetry.privacy import cleaned, without_values
from distsync.telemetry.sampling import Admission


def tracer(sampler: Sampler = ALWAYS_ON) -> tuple[Tracer, InMemorySpanExporter]:
    """A tracer and what it has recorded."""
    provider, kept = TracerProvider(sampler=Admission(sampler), shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    return provider.get_tracer("tests"), kept


@pytest.fixture
def failed() -> ReadableSpan:
    """A request that told too much and failed with a customer's name in the error."""
    made, kept = tracer()
    told = {
        "http.route": "orders/<identifier:identifier>",
        "http.request.method": "GET",
        "url.path": "/orders/SO-1",
        "url.query": "search=Ines",
        "client.address": "203.0.113.7",
        "user_agent.original": "Ines's browser",
        "http.request.header.authorization": ["Bearer token"],
        "enduser.id": "ines",
        "db.query.text": "SELECT 1 FROM orders_order WHERE name = 'Ines O''Neil'\n  AND key = %s",
    }
    with pytest.raises(ValueError, match="Ines"), made.start_as_current_span("GET", attributes=told):
        raise ValueError("Ines exists already")
    return kept.get_finished_spans()[0]


def test_only_what_is_named_leaves(failed: ReadableSpan) -> None:
    left = cleaned(failed)
    assert dict(left.attributes or {}) == {
        "http.route": "orders/<identifier:identifier>",
        "http.request.method": "GET",
        "db.query.text": "SELECT ? FROM orders_order WHERE name = ? AND key = %s",
        "error.type": "ValueError",
    }
    assert (left.status.status_code, left.status.description, left.events) == (StatusCode.ERROR, None, ())
    assert (left.name, left.context, left.parent, left.start_time, left.end_time) == (
        failed.name,
        failed.context,
        failed.parent,
        failed.start_time,
        failed.end_time,
    )


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        (
            "SELECT a, b2 FROM t1 WHERE c = %s AND d = ANY(%b::int8[])",
            "SELECT a, b2 FROM t1 WHERE c = %s AND d = ANY(%b::int8[])",
        ),
        ("SELECT $1::text", "SELECT $1::text"),
        ("x = 'it''s'  AND y = 12.5 LIMIT 50", "x = ? AND y = ? LIMIT ?"),
        ("SELECT $$Ines$$, $tag$ it's $tag$", "SELECT ?, ?"),
        ("x = E'a\\'b', z", "x = ?, z"),
        ("id IN (1, 2, -3)", "id IN (?, ?, -?)"),
    ],
)
def test_statements_lose_their_values(statement: str, left: str) -> None:
    assert without_values(statement) == left


def test_long_statements_are_cut() -> None:
    assert len(without_values("SELECT " + "%s, " * 5_000)) == 2_000


@pytest.mark.parametrize(
    ("kind", "name", "is_begun"),
    [
        (SpanKind.SERVER, "POST api/v1/events", True),
        (SpanKind.CONSUMER, "run/eventlog.seal", True),
        (SpanKind.CONSUMER, "run/pipeline.drain", False),
        (SpanKind.CLIENT, "SELECT", False),
        (SpanKind.PRODUCER, "apply_async/pipeline.drain", False),
    ],
)
def test_what_begins_a_trace(kind: SpanKind, name: str, is_begun: bool) -> None:
    made, kept = tracer()
    with made.start_as_current_span(name, Context(), kind):
        made.start_span("beneath", kind=SpanKind.CLIENT).end()
    assert [span.name for span in kept.get_finished_spans()] == (["beneath", name] if is_begun else [])


@pytest.mark.parametrize(("flags", "is_begun"), [(TraceFlags.SAMPLED, True), (TraceFlags.DEFAULT, False)])
def test_the_choice_of_those_it_works_for_holds(flags: int, is_begun: bool) -> None:
    """Work on several requests is recorded when one of them is, however rarely a new trace would be."""
    made, kept = tracer(ParentBased(ALWAYS_OFF))
    linked = SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(flags))
    with made.start_as_current_span("process eventlog", Context(), SpanKind.CONSUMER, links=[Link(linked)]):
        pass
    assert bool(kept.get_finished_spans()) is is_begun


def test_the_operator_s_sampler_decides_for_the_rest() -> None:
    made, kept = tracer(ParentBased(ALWAYS_OFF))
    made.start_span("GET", Context(), SpanKind.SERVER).end()
    sampled = trace.set_span_in_context(trace.NonRecordingSpan(SpanContext(1, 2, True, TraceFlags(TraceFlags.SAMPLED))))
    made.start_span("POST", sampled, SpanKind.SERVER).end()
    assert [span.name for span in kept.get_finished_spans()] == ["POST"]
