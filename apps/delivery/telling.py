"""The sweep that tells: what came about becomes notifications, each once, and those that are to leave become items of the next
deliveries. One worker at a time; a sweep that is repeated, or that another did already, tells nobody anything.

It looks back over HORIZON at most. What came about before that (a history that was loaded, a worker that was away for longer)
is there to be seen, and nobody is told of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from django.db import transaction

from apps.core.sql import fetch, run
from apps.delivery.folding import fold
from apps.delivery.preferences import PERSON, Preferences, preferences_of, schedules_of
from apps.delivery.recipients import Telling, people_for, tellings
from apps.delivery.schedule import Schedule, due_at
from apps.delivery.sources import Event, acts, events
from apps.eventlog.maintenance import MAINTENANCE_LOCK, rebuild_waits

HORIZON: Final = timedelta(minutes=60)
OVERLAP: Final = timedelta(seconds=5)  # what commits later than this after it was done waits for a turn that looks further back
KEPT: Final = timedelta(days=90)
EVENTS_KEPT: Final = timedelta(days=7)  # longer than any source can show the same again
LOCK: Final = MAINTENANCE_LOCK + 4  # who tells; the numbers before it are apps.pipeline's and apps.exceptions'
_TRY: Final = "SELECT pg_try_advisory_xact_lock(%s)"
_NOTE: Final = """
    INSERT INTO delivery_event (kind, subject, told_at)
    SELECT kind, subject, %s FROM unnest(%b::text[], %b::text[]) AS event(kind, subject)
    ON CONFLICT DO NOTHING RETURNING kind, subject
"""
_TELL: Final = """
    INSERT INTO delivery_notification
        (id, recipient, kind, at, told_at, title, text, path, partner, due_at, in_inbox)
    SELECT id, recipient, kind, at, %s, title, text, path, partner, due_at, in_inbox
    FROM unnest(%b::bytea[], %b::text[], %b::text[], %b::timestamptz[], %b::text[], %b::text[], %b::text[], %b::text[],
        %b::timestamptz[], %b::bool[]) AS told(id, recipient, kind, at, title, text, path, partner, due_at, in_inbox)
    ON CONFLICT DO NOTHING RETURNING id
"""
_ENQUEUE: Final = """
    INSERT INTO delivery_item (notification, channel, recipient, due_at)
    SELECT * FROM unnest(%b::bytea[], %b::text[], %b::text[], %b::timestamptz[]) ON CONFLICT DO NOTHING
"""
_FORGET: Final = (
    ("DELETE FROM delivery_event WHERE told_at < %s", EVENTS_KEPT),
    (
        "DELETE FROM delivery_item WHERE notification IN (SELECT id FROM delivery_notification WHERE told_at < %s)",
        KEPT,
    ),
    ("DELETE FROM delivery_notification WHERE told_at < %s", KEPT),
    ("DELETE FROM delivery_delivery WHERE created_at < %s AND state <> 'waiting'", KEPT),
)

Listener = Callable[[Sequence[str]], None]
_listeners: list[Listener] = []


def on_told(listener: Listener) -> None:
    """Registers who is told, after each commit, the names of the people whose inbox has changed."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell_listeners(usernames: Sequence[str]) -> None:
    """Tells everybody who registered; to be called after the commit."""
    for listener in _listeners:
        listener(usernames)


@dataclass(slots=True)
class Seen:
    """Up to when a worker has looked at acts, so that it need not look at them again; None: it has not looked yet."""

    acts_until: datetime | None = None


def sweep(*, now: datetime, look_back: timedelta = HORIZON, seen: Seen | None = None) -> int:
    """Tells of what came about in `look_back` before `now`; how many notifications it made. 0 also while another sweeps, or a
    rebuild is under way. `seen`: where it went on looking at acts, but for OVERLAP, and how far it has come by now."""
    since = now - min(look_back, HORIZON)
    acts_since = since
    if seen is not None and seen.acts_until is not None:
        acts_since = max(since, seen.acts_until - OVERLAP)
    with transaction.atomic():
        ((is_ours,),) = fetch(_TRY, (LOCK,))
        if not (is_ours and rebuild_waits()):
            return 0
        done, until = acts(since=acts_since, now=now)
        made = _tell([*done, *events(since=since, now=now)], now)
    if seen is not None:
        seen.acts_until = until
    return made


def _tell(events: Sequence[Event], now: datetime) -> int:
    found = fold(_new(events, now))
    if not found:
        return 0
    people = people_for(found)
    told = tellings(found, people)
    preferences = preferences_of({each.recipient for each in told})
    made = _write(told, preferences, now)
    _enqueue(made, preferences, schedules_of(preferences, people), now)
    names = sorted({each.recipient.removeprefix(PERSON) for each in made if _is_in_inbox(each, preferences)})
    if names:
        transaction.on_commit(lambda: tell_listeners(names))
    return len(made)


def forget(*, now: datetime) -> None:
    """Deletes what was told of long ago."""
    for statement, kept in _FORGET:
        run(statement, [now - kept])


def notification_id(event: Event, recipient: str) -> bytes:
    """16 bytes: the same whenever the same is told to the same recipient."""
    parts = (event.source, event.subject, recipient, event.at.isoformat())
    return blake2b(b"\0".join(part.encode() for part in parts), digest_size=16).digest()


def _new(found: Sequence[Event], now: datetime) -> list[Event]:
    """Those that nobody has told of, noted as told."""
    if not found:
        return []
    fresh = set(fetch(_NOTE, [now, [each.source for each in found], [each.subject for each in found]]))
    return [each for each in found if (each.source, each.subject) in fresh]


def _is_in_inbox(telling: Telling, preferences: dict[str, Preferences]) -> bool:
    return telling.recipient.startswith(PERSON) and telling.event.kind in preferences[telling.recipient].inbox


def _write(told: Sequence[Telling], preferences: dict[str, Preferences], now: datetime) -> list[Telling]:
    """Writes the notifications; those that were not there yet."""
    if not told:
        return []
    rows = [
        (
            notification_id(each.event, each.recipient),
            each.recipient,
            each.event.kind,
            each.event.at,
            each.event.title,
            each.event.text,
            each.event.path,
            each.event.partner,
            each.event.due_at,
            _is_in_inbox(each, preferences),
        )
        for each in told
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    made = {number for (number,) in fetch(_TELL, [now, *columns])}
    return [each for each, row in zip(told, rows, strict=True) if row[0] in made]


def _enqueue(
    told: Sequence[Telling], preferences: dict[str, Preferences], schedules: dict[str, Schedule], now: datetime
) -> None:
    rows = [
        (notification_id(each.event, each.recipient), channel, each.recipient, due_at(schedules[each.recipient], now))
        for each in told
        for channel in preferences[each.recipient].ways_of(each.event.kind)
    ]
    if rows:
        run(_ENQUEUE, [list(column) for column in zip(*rows, strict=True)])
