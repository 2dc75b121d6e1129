"""Messages that could not be used: recorded with the reason, released when a replay succeeds."""

from collections.abc import Collection, Sequence

from apps.core.sql import fetch, run
from apps.eventlog.types import StoredMessage
from apps.translation.canonical import Refusal

RECORD = """
    INSERT INTO pipeline_quarantine (position, code, reason, source, type)
    SELECT * FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[])
    ON CONFLICT (position) DO UPDATE SET code = excluded.code, reason = excluded.reason
"""
RELEASE = "DELETE FROM pipeline_quarantine WHERE position = ANY(%b::bigint[]) RETURNING position"


def record(refused: Sequence[tuple[StoredMessage, Refusal]]) -> None:
    """Keeps each message's place with why it could not be used."""
    if not refused:
        return
    columns: list[list[int] | list[str]] = [
        [message.position for message, _ in refused],
        [refusal.code for _, refusal in refused],
        [refusal.reason for _, refusal in refused],
        [message.source for message, _ in refused],
        [message.type for message, _ in refused],
    ]
    run(RECORD, columns)


def release(positions: Collection[int]) -> set[int]:
    """Forgets that these messages could not be used: now they could. The places of those that had been quarantined."""
    if not positions:
        return set()
    released = fetch(RELEASE, [list(positions)])
    return {position for (position,) in released}
