"""Which exceptions belong to no order: messages that cannot be used, circuits that stand open, queues that grow, partners that
fall silent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from apps.demo.truth.courses import VERIFIED, Interval, cases
from apps.demo.truth.hearing import Note
from apps.demo.truth.rows import Row, row_of
from apps.demo.world.ambient import ambient_words
from apps.demo.world.network import WAREHOUSES, Warehouse
from apps.demo.world.programme import Programme
from apps.demo.world.things import Kind, Reach, Word

SILENT_AFTER_MINUTES: Final = 4 * 60  # of the partner's opening hours
DEEP: Final = 1_000
OLD_SECONDS: Final = 900
SHARED: Final = frozenset({"PARTNER_SILENT", "CIRCUIT_OPEN", "QUEUE_BACKLOG"})  # of what several worlds may speak of
_QUARTER: Final = timedelta(minutes=15)
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HEARD: Final = (Kind.FIRST, Kind.NEW_ID)  # an id that comes again brings nothing new


def ambient_notes(programme: Programme, until: datetime) -> list[Note]:
    """Every message about no order that was heard by `until`."""
    days = (until - programme.plan.began_at) // _DAY + 2
    first = datetime.combine(programme.plan.began_at.astimezone(UTC).date(), datetime.min.time(), UTC)
    words = [word for day in range(days) for word in ambient_words(programme, first + day * _DAY)]
    return [Note(word, telling) for word in words for telling in word.tellings if telling.told_at <= until]


def unusable(word: Word, note: Note, judged_at: datetime) -> Row:
    """The case of a message that cannot be used: nobody knows its type, or its content breaks the contract."""
    assert word.reach is Reach.UNREADABLE
    code = "DEAD_LETTER" if word.type else "CONTRACT_VIOLATION"
    return row_of(code, ("event", note.telling.id), [Interval(note.telling.told_at, None)], judged_at)


def signalled(notes: Iterable[Note], judged_at: datetime) -> Iterator[Row]:
    """CIRCUIT_OPEN and QUEUE_BACKLOG: while the latest word on a circuit or a queue is a bad one."""
    circuits: defaultdict[str, list[Note]] = defaultdict(list)
    queues: defaultdict[str, list[Note]] = defaultdict(list)
    for note in sorted(notes, key=lambda each: each.recency):
        if note.word.name == "circuit.changed":
            circuits[note.word.data["partner"]].append(note)
        elif note.word.name == "queue.measured":
            queues[note.word.data["queue"]].append(note)
    for partner, words in sorted(circuits.items()):
        for case in cases(_spells([(note, note.word.data["state"] == "open") for note in words])):
            yield row_of("CIRCUIT_OPEN", ("partner", partner), case, judged_at)
    for queue, words in sorted(queues.items()):
        for case in cases(_spells([(note, _is_backlog(note.word)) for note in words])):
            yield row_of("QUEUE_BACKLOG", ("queue", queue), case, judged_at)


def _is_backlog(word: Word) -> bool:
    return bool(word.data["depth"] > DEEP or word.data["oldest_age_seconds"] > OLD_SECONDS)


def _spells(words: Sequence[tuple[Note, bool]]) -> list[Interval]:
    """Bad words in a row; the next good one ends them."""
    found: list[Interval] = []
    for note, is_bad in words:
        at, is_open = note.telling.told_at, bool(found) and found[-1].closed_at is None
        if is_bad and not is_open:
            found.append(Interval(at, None))
        elif is_open and not is_bad:
            found[-1].closed_at, found[-1].closed_as = at, VERIFIED
    return found


def silences(heard: Iterable[tuple[str, Kind, datetime]], judged_at: datetime) -> Iterator[Row]:
    """PARTNER_SILENT: nothing from the 3PL for too long. `heard`: each message's source, kind and when it was heard."""
    moments: defaultdict[str, list[datetime]] = defaultdict(list)
    for source, kind, at in heard:
        if kind in _HEARD:
            moments[source].append(at)
    for warehouse in WAREHOUSES:
        for case in cases([*_silences(warehouse, sorted(moments[warehouse.source]), judged_at)]):
            yield row_of("PARTNER_SILENT", ("partner", warehouse.partner), case, judged_at)


def _silences(warehouse: Warehouse, moments: Sequence[datetime], judged_at: datetime) -> Iterator[Interval]:
    """A word counts for the whole quarter of an hour in which it is heard."""
    for place, last in enumerate(moments):
        quarter_ends = last - (last - _EPOCH) % _QUARTER + _QUARTER
        due_at = warehouse.hours.after(quarter_ends, SILENT_AFTER_MINUTES)
        following = moments[place + 1] if place + 1 < len(moments) else None
        if following is None:
            if due_at <= judged_at:
                yield Interval(due_at, due_at)
        elif following > due_at:
            yield Interval(due_at, due_at, following, VERIFIED)
