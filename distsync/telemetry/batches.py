"""A batch of the pipeline as spans: one for the batch, and one in each recorded trace that it works for.

The doorbell rings once for many requests, and the sweep rings for nobody: so each message brings its trace along in the
pending table. A batch that works for one trace alone is a span of that trace, with its parts and statements beneath.
A batch that works for several is a trace of its own that links to each, and each gets a span that links back to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from time import time_ns
from types import TracebackType
from typing import Final, Self

import msgspec
from django.utils import timezone
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, Tracer

from apps.core.tracing import Received
from apps.eventlog.traces import traces
from distsync.telemetry.carriers import context_of
from distsync.telemetry.measures import Measures

TRACES_LIMIT: Final = 64  # of one batch; the attribute distsync.batch.traces tells how many there were
EVENT_LINKS_LIMIT: Final = 64  # of one span
NAME: Final = "process eventlog"
MESSAGING: Final = {
    "messaging.system": "distsync",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.destination.name": "eventlog",
}
LINK: Final = "distsync.link"  # of a link, what it leads to: append, batch, task, event


class _Extension(msgspec.Struct):
    traceparent: str | None = None


_decoder = msgspec.json.Decoder(_Extension)


class Share:
    """What a batch does for one recorded trace."""

    def __init__(self, context: Context, appended_in: SpanContext) -> None:
        self.context = context
        self.appended_in = appended_in
        self.messages: list[Received] = []

    def links(self) -> list[Link]:
        """To the business traces that the sources named in the events themselves: data of theirs, and no parent of ours."""
        named = dict.fromkeys(filter(None, map(traceparent_of, self.messages)))
        found = filter(None, map(context_of, list(named)[:EVENT_LINKS_LIMIT]))
        return [Link(context, {LINK: "event"}) for _, context in found]


class RecordedBatch:
    """`tracing.Batch` by OpenTelemetry, and the context manager that gives it."""

    def __init__(self, tracer: Tracer, measures: Measures, *, is_tracing: bool) -> None:
        self._tracer = tracer
        self._measures = measures
        self._is_tracing = is_tracing
        self._began_ns = 0
        self._written_ns = 0
        self._messages: Sequence[Received] = ()
        self._spans: list[Span] = []
        self._current = ExitStack()  # holds the whole's span as the current one

    def __enter__(self) -> Self:
        self._began_ns = time_ns()
        return self

    def claimed(self, messages: Sequence[Received]) -> None:
        self._messages = messages
        if not self._is_tracing:
            return
        shares, count = _shares(messages, traces([message.position for message in messages]))
        if not shares:
            return
        task = trace.get_current_span().get_span_context()
        links = [Link(task, {LINK: "task"})] if task.is_valid else []
        if count == 1:
            whole = self._start(len(messages), shares[0].context, [*links, *shares[0].links()])
        else:
            links += [Link(share.appended_in, {LINK: "append"}) for share in shares]
            whole = self._start(len(messages), Context(), links)
            back = Link(whole.get_span_context(), {LINK: "batch"})
            for share in shares:
                self._start(len(share.messages), share.context, [back, *share.links()])
        whole.set_attribute("distsync.batch.traces", count)
        self._current.enter_context(trace.use_span(whole, record_exception=False, set_status_on_exception=False))
        self._part("claim", self._began_ns, time_ns())

    def written(self) -> None:
        self._written_ns = time_ns()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trail: TracebackType | None) -> None:
        if not self._messages:
            return
        ended_ns = time_ns()
        failure = kind.__qualname__ if kind else None
        if self._spans and self._written_ns:
            self._part("commit", self._written_ns, ended_ns)
        self._current.close()
        for span in self._spans:
            if failure:
                span.set_attribute("error.type", failure)
                span.set_status(Status(StatusCode.ERROR))
            span.end(ended_ns)
        self._measures.batch(len(self._messages), (ended_ns - self._began_ns) / 1e9, failure)
        if not failure:
            self._measures.fresh((message.received_at for message in self._messages), timezone.now())

    def _start(self, count: int, context: Context, links: Sequence[Link]) -> Span:
        attributes: dict[str, str | int] = {**MESSAGING, "messaging.batch.message_count": count}
        span = self._tracer.start_span(NAME, context, SpanKind.CONSUMER, attributes, links, self._began_ns)
        self._spans.append(span)
        return span

    def _part(self, name: str, began_ns: int, ended_ns: int) -> None:
        self._tracer.start_span(name, start_time=began_ns).end(ended_ns)


def _shares(messages: Iterable[Received], kept: Mapping[int, str]) -> tuple[list[Share], int]:
    """The first TRACES_LIMIT recorded traces of `messages`, and how many there are in all."""
    shares: dict[str, Share] = {}
    for message in messages if kept else ():
        text = kept.get(message.position)
        if text is None:
            continue
        if text not in shares:
            if (found := context_of(text)) is None:
                continue
            shares[text] = Share(*found)
        shares[text].messages.append(message)
    return list(shares.values())[:TRACES_LIMIT], len(shares)


def traceparent_of(message: Received) -> str | None:
    """The event's own `traceparent`: of a header in binary mode, else of the event's JSON."""
    if message.attributes:
        return message.attributes.get("traceparent")
    try:
        return _decoder.decode(message.body).traceparent
    except msgspec.MsgspecError:
        return None
