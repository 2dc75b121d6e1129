"""When each source was heard, by the quarter of an hour, and what that says of a partner's silence.

A row is the earliest of what it stands for, so that rows merge in any order. Most batches write none: a source is new to a
quarter once. What a batch writes changes a partner's cases only where the partner had been silent, or where older hearings
come after newer ones: then the partner is asked to be judged, by the sweep.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from apps.core.sql import fetch, run
from apps.exceptions.subjects import store
from apps.exceptions.subjects.conditions import SLOT, Gap

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEWS: Final = """
    SELECT source, slot, first_heard_at FROM unnest(%b::text[], %b::timestamptz[], %b::timestamptz[])
        AS told(source, slot, first_heard_at)
    WHERE NOT EXISTS (
        SELECT FROM exceptions_hearing AS there
        WHERE there.source = told.source AND there.slot = told.slot AND there.first_heard_at <= told.first_heard_at
    )
"""
_ADD: Final = """
    INSERT INTO exceptions_hearing AS there (source, slot, first_heard_at)
    SELECT * FROM unnest(%b::text[], %b::timestamptz[], %b::timestamptz[])
    ON CONFLICT (source, slot) DO UPDATE SET first_heard_at = least(there.first_heard_at, excluded.first_heard_at)
"""
_LISTENING: Final = "SELECT key FROM exceptions_subject WHERE kind = 'silence' AND sources && %b::text[]"
# Alive as expected: heard after what was last looked at, and before it would have been too long.
_SURPRISED: Final = """
    SELECT DISTINCT subject.key
    FROM exceptions_subject AS subject
    JOIN unnest(%b::text[], %b::timestamptz[], %b::timestamptz[]) AS told(source, slot, first_heard_at)
        ON told.source = ANY(subject.sources)
    WHERE subject.kind = 'silence' AND NOT coalesce(
        told.slot >= subject.heard_until AND told.first_heard_at <= subject.fires_at, false)
"""
_GAPS: Final = """
    SELECT slot, next_heard_at, next_source FROM (
        SELECT slot, lead(slot) OVER by_slot AS next_slot, lead(first_heard_at) OVER by_slot AS next_heard_at,
            lead(source) OVER by_slot AS next_source
        FROM (
            SELECT DISTINCT ON (slot) slot, first_heard_at, source FROM exceptions_hearing
            WHERE source = ANY(%b::text[]) ORDER BY slot, first_heard_at, source
        ) AS heard
        WINDOW by_slot AS (ORDER BY slot)
    ) AS told
    WHERE next_slot IS NULL OR next_slot - slot > %s
"""
_NAME_LIMIT: Final = 500  # characters
Hearing = tuple[str, datetime, datetime]  # source, slot, first heard at


def slot_of(moment: datetime) -> datetime:
    """The start of the quarter of an hour."""
    return moment - (moment - _EPOCH) % SLOT


def merged(told: Iterable[tuple[str, datetime]]) -> list[Hearing]:
    """Who was heard when, by source and quarter of an hour. A source whose name no index holds is no partner's either."""
    first: dict[tuple[str, datetime], datetime] = {}
    for source, heard_at in told:
        if len(source) > _NAME_LIMIT:
            continue
        place = (source, slot_of(heard_at))
        first[place] = min(heard_at, first.get(place, heard_at))
    return [(source, slot, heard_at) for (source, slot), heard_at in sorted(first.items())]


def hear(told: Sequence[Hearing]) -> None:
    """Keeps hearings, and asks for the partners of whom they tell something new."""
    news = fetch(_NEWS, _columns(told)) if told else []
    if not news:
        return
    news.sort()
    sources = sorted({source for source, _, _ in news})
    listening = {key for (key,) in fetch(_LISTENING, [sources])}
    locked = store.try_locks(listening)  # whoever judges one meanwhile waits for this transaction, or it is asked for
    run(_ADD, _columns(news))
    surprised = {key for (key,) in fetch(_SURPRISED, _columns(news))}
    store.ask(surprised | (listening - locked))


def gaps(sources: Collection[str], longer_than: timedelta) -> list[Gap]:
    """Where these sources together were heard, and then not for more than so long; the last hearing is always among them."""
    rows = fetch(_GAPS, [list(sources), longer_than]) if sources else []
    return [Gap(slot, heard_at, source or "") for slot, heard_at, source in rows]


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
