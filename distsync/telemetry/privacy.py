"""What may leave in a span: the attributes named here and no others, statements without their values, no messages of
errors. A library that learns to tell more tells it to nobody before somebody has looked and named it."""

import re
from collections.abc import Iterator
from typing import Final

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.semconv.attributes import db_attributes as db
from opentelemetry.semconv.attributes import error_attributes as error
from opentelemetry.semconv.attributes import http_attributes as http
from opentelemetry.semconv.attributes import network_attributes as network
from opentelemetry.semconv.attributes import server_attributes as server
from opentelemetry.semconv.attributes import url_attributes as url
from opentelemetry.trace import Status
from opentelemetry.util.types import AttributeValue

# Not here, on purpose: url.path and url.query (a search is a customer's name, a reset link is a key), client.address,
# user_agent.original, headers, celery's arguments, exception.message.
ATTRIBUTES: Final = frozenset(
    {
        http.HTTP_REQUEST_METHOD,
        http.HTTP_RESPONSE_STATUS_CODE,
        http.HTTP_ROUTE,
        url.URL_SCHEME,
        server.SERVER_ADDRESS,
        server.SERVER_PORT,
        network.NETWORK_PROTOCOL_VERSION,
        network.NETWORK_TRANSPORT,
        error.ERROR_TYPE,
        db.DB_SYSTEM_NAME,
        db.DB_NAMESPACE,
        db.DB_OPERATION_NAME,
        db.DB_QUERY_TEXT,
        "celery.action",
        "celery.state",
        "celery.task_name",
        "messaging.system",
        "messaging.operation.name",
        "messaging.operation.type",
        "messaging.destination.name",
        "messaging.batch.message_count",
        "messaging.message.id",
        "distsync.batch.traces",
    }
)
QUERY_LENGTH: Final = 2_000
_VALUE = re.compile(
    r"[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|(?<![\w$%.])(?<!%\()\d+(?:\.\d+)?\b", re.DOTALL
)
_SPACE = re.compile(r"\s+")


class PrivateBatches(BatchSpanProcessor):
    """OpenTelemetry's batching, of cleaned spans."""

    def on_end(self, span: ReadableSpan) -> None:
        if span.context.trace_flags.sampled:
            super().on_end(cleaned(span))


def cleaned(span: ReadableSpan) -> ReadableSpan:
    """A copy of `span` with what may leave. Of an error its type stays."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=dict(_attributes(span)),
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _attributes(span: ReadableSpan) -> Iterator[tuple[str, AttributeValue]]:
    for event in span.events:
        if error_type := _error_type(event):
            yield error.ERROR_TYPE, error_type
    for name, value in (span.attributes or {}).items():
        if name == db.DB_QUERY_TEXT:
            yield name, without_values(str(value))
        elif name in ATTRIBUTES:
            yield name, value


def _error_type(event: Event) -> str | None:
    value = (event.attributes or {}).get("exception.type")
    return str(value) if value else None


def without_values(statement: str) -> str:
    """An SQL statement with `?` for each value that is written into it, on one line, cut at QUERY_LENGTH characters.

    Ours carry placeholders, which stay as they are; nothing keeps a statement of tomorrow from being put together.
    """
    return _SPACE.sub(" ", _VALUE.sub("?", statement)).strip()[:QUERY_LENGTH]
