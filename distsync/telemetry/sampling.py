"""Which spans are begun: the operator's sampler decides where a trace enters this process, and no statement that belongs to
nothing is one."""

from collections.abc import Sequence
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span
from opentelemetry.util.types import Attributes

# A drain rung for by nothing traced is work for nobody in particular. Its batches are traced where their messages are.
UNASKED: Final = frozenset({"run/pipeline.drain"})
NEVER_FIRST: Final = frozenset({SpanKind.CLIENT, SpanKind.PRODUCER})


class Admission(Sampler):
    """Wraps the operator's sampler, and asks it for first spans and for those whose parent is elsewhere. What lies beneath a
    span of this process goes with it.

    A statement, a command to the broker or a ring that no request, task or batch asked for begins no trace: the sweep and
    the live pages look at the database every few seconds, and each look would be one. A span without a parent whose links
    lead to a recorded trace is recorded: it is the work on several requests at once, and they were chosen already.
    """

    def __init__(self, chosen: Sampler) -> None:
        self._chosen = chosen

    def should_sample(  # noqa: PLR0913, PLR0917 - the sampler's interface
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = get_current_span(parent_context).get_span_context()
        if parent.is_valid and not parent.is_remote:
            if parent.trace_flags.sampled:
                return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes, parent.trace_state)
            return SamplingResult(Decision.DROP)
        if not parent.is_valid:
            if kind in NEVER_FIRST or name in UNASKED:
                return SamplingResult(Decision.DROP)
            if any(link.context.trace_flags.sampled for link in links or ()):
                return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes)
        return self._chosen.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        return f"Admission{{{self._chosen.get_description()}}}"
