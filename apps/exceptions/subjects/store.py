"""The tables of subjects that are no order: statements, and rows to plain values and back."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from apps.contracts.facts import StampedFact
from apps.contracts.packing import pack_stamped, unpack_stamped
from apps.core.sql import fetch, run
from apps.exceptions.standing import Evidence
from apps.exceptions.subjects.conditions import Refused
from apps.exceptions.subjects.names import Named, key_of
from apps.exceptions.subjects.signals import Signal, Spell

REFUSED: Final = "refused"
REPLAYED: Final = "replayed"
LOOKED_AT: Final = 100  # good words after a spell: the first heard of them ends it

_TRY_LOCKS: Final = (
    "SELECT key FROM unnest(%b::bytea[], %b::bigint[]) AS asked(key, lock) WHERE pg_try_advisory_xact_lock(lock)"
)
_ADD_SUBJECTS: Final = """
    INSERT INTO exceptions_subject (key, kind, value, issuer, sources, sites)
    SELECT key, kind, value, issuer, '{}', '{}' FROM unnest(%b::bytea[], %b::text[], %b::text[], %b::text[])
        AS new(key, kind, value, issuer)
    WHERE NOT EXISTS (SELECT FROM exceptions_subject AS there WHERE there.key = new.key)
    ORDER BY key ON CONFLICT DO NOTHING
"""
_SUBJECTS: Final = "SELECT key, kind, value, issuer, sources, sites FROM exceptions_subject WHERE key = ANY(%b::bytea[])"
_ADD_FACTS: Final = """
    INSERT INTO exceptions_subject_fact (key, position, name, heard_at, payload)
    SELECT * FROM unnest(%b::bytea[], %b::bigint[], %b::text[], %b::timestamptz[], %b::bytea[])
    ON CONFLICT (key, position) DO UPDATE SET name = excluded.name, heard_at = excluded.heard_at, payload = excluded.payload
"""
_FACTS: Final = "SELECT key, name, payload FROM exceptions_subject_fact WHERE key = ANY(%b::bytea[])"
_FORGET_REFUSALS: Final = "DELETE FROM exceptions_subject_fact WHERE key = ANY(%b::bytea[]) AND name = 'refused'"
_FORGET_SUBJECTS: Final = """
    DELETE FROM exceptions_subject AS subject WHERE key = ANY(%b::bytea[])
        AND NOT EXISTS (SELECT FROM exceptions_subject_fact AS fact WHERE fact.key = subject.key)
"""
_ADD_SIGNALS: Final = """
    INSERT INTO exceptions_signal
        (key, position, place, occurred_at, heard_at, is_bad, message, partner, text, depth, age_seconds)
    SELECT * FROM unnest(%b::bytea[], %b::bigint[], %b::text[], %b::timestamptz[], %b::timestamptz[], %b::boolean[],
        %b::text[], %b::text[], %b::text[], %b::bigint[], %b::bigint[])
    ON CONFLICT (key, position) DO NOTHING
"""
# A word changes nothing where the one before it says the same, and was heard no later.
_TURNS: Final = """
    SELECT DISTINCT word.key FROM unnest(%b::bytea[], %b::text[], %b::boolean[], %b::timestamptz[])
        AS word(key, place, is_bad, heard_at)
    LEFT JOIN LATERAL (
        SELECT is_bad, heard_at FROM exceptions_signal AS before
        WHERE before.key = word.key AND before.place < word.place ORDER BY before.place DESC LIMIT 1
    ) AS before ON true
    WHERE word.is_bad IS DISTINCT FROM coalesce(before.is_bad, false) OR before.heard_at > word.heard_at
"""
_REWEIGH: Final = """
    UPDATE exceptions_signal AS signal SET is_bad = NOT signal.is_bad
    FROM unnest(%b::bytea[], %b::bigint[], %b::bigint[]) AS threshold(key, depth, age_seconds)
    WHERE signal.key = threshold.key AND signal.is_bad
        IS DISTINCT FROM (signal.depth > threshold.depth OR coalesce(signal.age_seconds > threshold.age_seconds, false))
"""
_SPELLS: Final = """
    WITH bad AS (
        SELECT word.*, (
            SELECT good.place FROM exceptions_signal AS good
            WHERE good.key = word.key AND NOT good.is_bad AND good.place < word.place ORDER BY good.place DESC LIMIT 1
        ) AS after
        FROM exceptions_signal AS word WHERE word.key = ANY(%b::bytea[]) AND word.is_bad
    ), spell AS (
        SELECT DISTINCT ON (key, after) key, heard_at, occurred_at, message, partner, text,
            max(place) OVER (PARTITION BY key, after) AS last
        FROM bad ORDER BY key, after, heard_at, place
    )
    SELECT spell.key, spell.heard_at, spell.occurred_at, spell.message, spell.partner, spell.text,
        good.heard_at, good.occurred_at, good.message
    FROM spell LEFT JOIN LATERAL (
        SELECT * FROM (
            SELECT heard_at, occurred_at, message, place FROM exceptions_signal AS word
            WHERE word.key = spell.key AND NOT word.is_bad AND word.place > spell.last ORDER BY word.place LIMIT %s
        ) AS next ORDER BY heard_at, place LIMIT 1
    ) AS good ON true
"""
_ASK: Final = """
    INSERT INTO exceptions_ask (key, mark)
    SELECT key, pg_current_xact_id()::text::bigint FROM unnest(%b::bytea[]) AS key ON CONFLICT DO NOTHING
"""
_ASK_ALL: Final = "INSERT INTO exceptions_ask (key, mark) SELECT key, 0 FROM exceptions_subject ON CONFLICT DO NOTHING"
_TAKE_ASKED: Final = """
    DELETE FROM exceptions_ask
    WHERE (key, mark) IN (SELECT key, mark FROM exceptions_ask ORDER BY key, mark LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING key
"""
_DUE: Final = "SELECT key FROM exceptions_subject WHERE fires_at <= %s ORDER BY fires_at LIMIT %s"
_SCHEDULE: Final = """
    UPDATE exceptions_subject AS subject SET fires_at = new.fires_at, heard_until = new.heard_until
    FROM unnest(%b::bytea[], %b::timestamptz[], %b::timestamptz[]) AS new(key, fires_at, heard_until)
    WHERE subject.key = new.key
        AND (subject.fires_at, subject.heard_until) IS DISTINCT FROM (new.fires_at, new.heard_until)
"""
pack_refused: Final = msgspec.msgpack.Encoder().encode
_unpack_refused: Final = msgspec.msgpack.Decoder(Refused).decode


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject with its key. Of a partner that can fall silent, its sources and sites."""

    key: bytes
    named: Named
    sources: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@dataclass(slots=True)
class Kept:
    """What is kept of one subject's facts."""

    facts: list[StampedFact] = field(default_factory=list)
    refused: Refused | None = None
    replays: list[Refused] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NewFact:
    """A row for the table of facts."""

    named: Named
    position: int
    name: str
    heard_at: datetime
    payload: bytes = b""


def lock_number(key: bytes) -> int:
    """The advisory lock of a key: as orders have theirs."""
    return int.from_bytes(key[:8], "big", signed=True)


def try_locks(keys: Collection[bytes]) -> set[bytes]:
    """Takes the locks of these subjects that nobody holds, until the transaction ends; whose they are. Never waits."""
    ordered = sorted(keys)
    return {key for (key,) in fetch(_TRY_LOCKS, [ordered, [lock_number(key) for key in ordered]])} if ordered else set()


def add_subjects(named: Iterable[Named]) -> None:
    rows = sorted((key_of(each), *each) for each in set(named))
    if rows:
        run(_ADD_SUBJECTS, _columns(rows))


def read_subjects(keys: Collection[bytes]) -> list[Subject]:
    """Those of `keys` that are a subject's."""
    return [
        Subject(key, Named(kind, value, issuer), tuple(sources), tuple(sites))
        for key, kind, value, issuer, sources, sites in fetch(_SUBJECTS, [list(keys)])
    ]


def of_fact(named: Named, stamped: StampedFact) -> NewFact:
    return NewFact(named, stamped.stamp.position, stamped.name, stamped.stamp.heard_at, pack_stamped(stamped))


def add_facts(facts: Sequence[NewFact]) -> None:
    if facts:
        rows = sorted((key_of(fact.named), fact.position, fact.name, fact.heard_at, fact.payload) for fact in facts)
        run(_ADD_FACTS, _columns(rows))


def forget_refusals(named: Iterable[Named]) -> None:
    """These messages could be used: that they could not is no longer so. Who was never replayed is no subject any more."""
    keys = sorted({key_of(each) for each in named})
    if keys:
        run(_FORGET_REFUSALS, [keys])
        run(_FORGET_SUBJECTS, [keys])


def read_facts(keys: Collection[bytes]) -> dict[bytes, Kept]:
    found: defaultdict[bytes, Kept] = defaultdict(Kept)
    for key, name, payload in fetch(_FACTS, [list(keys)]) if keys else ():
        if name == REFUSED:
            found[key].refused = _unpack_refused(payload)
        elif name == REPLAYED:
            found[key].replays.append(_unpack_refused(payload))
        else:
            found[key].facts.append(unpack_stamped(name, payload))
    return found


def add_signals(signals: Sequence[Signal]) -> None:
    if not signals:
        return
    rows = [
        (
            key_of(signal.named),
            signal.position,
            signal.place,
            signal.occurred_at,
            signal.heard_at,
            signal.is_bad,
            signal.message,
            signal.partner,
            signal.text,
            signal.depth,
            signal.age_seconds,
        )
        for signal in signals
    ]
    run(_ADD_SIGNALS, _columns(rows))


def turns(signals: Sequence[Signal]) -> set[bytes]:
    """The keys of those subjects about which these words, which are in the table, may have changed something."""
    if not signals:
        return set()
    rows = [(key_of(signal.named), signal.place, signal.is_bad, signal.heard_at) for signal in signals]
    return {key for (key,) in fetch(_TURNS, _columns(rows))}


def reweigh(thresholds: Sequence[tuple[bytes, int, int]]) -> None:
    """Has the measures of these queues say what they say by (key, depth, seconds)."""
    if thresholds:
        run(_REWEIGH, _columns(thresholds))


def read_spells(subjects: Sequence[Subject]) -> dict[bytes, list[Spell]]:
    """The spells of each of these subjects, by key. Of the good words after a spell, the first LOOKED_AT are looked at."""
    issuers = {subject.key: subject.named.issuer for subject in subjects}
    found: defaultdict[bytes, list[Spell]] = defaultdict(list)
    for key, heard_at, at, message, partner, text, good_heard, good_at, good in fetch(_SPELLS, [list(issuers), LOOKED_AT]):
        issuer = issuers[key]
        cleared_by = None if good_heard is None else Evidence(good_at, good_heard, issuer, good)
        found[key].append(Spell(Evidence(at, heard_at, issuer, message), partner, text, cleared_by))
    return found


def ask(keys: Collection[bytes]) -> None:
    """Asks for these subjects to be judged, by the sweep. Waits for nobody."""
    if keys:
        run(_ASK, [sorted(keys)])


def ask_for_all() -> int:
    """Asks for every subject; how many."""
    return run(_ASK_ALL)


def take_asked(limit: int) -> list[bytes]:
    """Takes up to `limit` wishes; their keys, as often as they were asked for."""
    return [key for (key,) in fetch(_TAKE_ASKED, (limit,))]


def due(now: datetime, limit: int) -> set[bytes]:
    """Subjects in which time alone has changed something, the first due first."""
    return {key for (key,) in fetch(_DUE, (now, limit))}


def schedule(rows: Sequence[tuple[bytes, datetime | None, datetime | None]]) -> None:
    """Writes when subjects fire, and until when they had been heard."""
    if rows:
        run(_SCHEDULE, _columns(sorted(rows, key=lambda row: row[0])))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
