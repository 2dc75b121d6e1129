"""The traces that pending messages were appended in: the pipeline goes on with them, across whatever waited in between."""

from collections.abc import Collection

from apps.core.sql import fetch

_TRACES = "SELECT position, trace FROM eventlog_pending WHERE position = ANY(%s) AND trace IS NOT NULL"


def traces(positions: Collection[int]) -> dict[int, str]:
    """Of these messages those that are pending and were appended in a recorded trace, with what `tracing.carrier` gave."""
    return dict(fetch(_TRACES, (list(positions),)))
