"""A trace as one line of text beside pending work: W3C's `traceparent`, and after a space its `tracestate` if it has one."""

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()


def carried() -> str | None:
    """The current span's, when it is recorded and sampled."""
    span = trace.get_current_span()
    if not (span.is_recording() and span.get_span_context().trace_flags.sampled):
        return None
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return " ".join(carrier[name] for name in ("traceparent", "tracestate") if name in carrier)


def context_of(text: str) -> tuple[Context, SpanContext] | None:
    """The context to go on in; None for what is none."""
    traceparent, _, tracestate = text.partition(" ")
    context = _propagator.extract({"traceparent": traceparent, "tracestate": tracestate}, context=Context())
    found = trace.get_current_span(context).get_span_context()
    return (context, found) if found.is_valid else None
