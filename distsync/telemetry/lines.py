"""The trace that a log line belongs to."""

from typing import Any

from opentelemetry import trace


def add_trace(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A structlog processor: `trace_id` and `span_id` of the current span, as hex, where there is one."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
        event["span_id"] = format(context.span_id, "016x")
    return event
