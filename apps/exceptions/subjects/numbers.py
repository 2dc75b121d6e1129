"""The table of numbers that sources give their messages: statements, and rows to plain values and back.

A row is a shelf of numbers (`shelves`), read and written once a batch by whoever holds the lock of its block. Who does not get
the lock puts what it heard beside, as a row of its own, and asks for the block: whoever judges it puts the rows together. A
batch of messages without numbers says nothing here and costs nothing; numbers that come in their turn are written and have
nobody judged.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from apps.core.sql import fetch, run
from apps.exceptions.subjects import store
from apps.exceptions.subjects.names import Named, key_of
from apps.exceptions.subjects.sequences import Heard, beside, block_of
from apps.exceptions.subjects.shelves import SHELF, Numbers, merge, pack, shelf_of, unpack

_STANDING: Final = """
    SELECT key, shelf, part, CASE WHEN (key, shelf) IN (SELECT * FROM unnest(%b::bytea[], %b::bigint[])) THEN payload END
    FROM exceptions_number WHERE key = ANY(%b::bytea[])
"""
_PUT: Final = """
    INSERT INTO exceptions_number (key, shelf, part, payload)
    SELECT key, shelf, CASE WHEN is_beside THEN pg_current_xact_id()::text::bigint ELSE 0 END, payload
    FROM unnest(%b::bytea[], %b::bigint[], %b::boolean[], %b::bytea[]) AS new(key, shelf, is_beside, payload)
    ON CONFLICT (key, shelf, part) DO UPDATE SET payload = excluded.payload
"""
_READ: Final = "SELECT key, shelf, part, payload FROM exceptions_number WHERE key = ANY(%b::bytea[])"
_FORGET: Final = """
    DELETE FROM exceptions_number
    WHERE (key, shelf, part) IN (SELECT * FROM unnest(%b::bytea[], %b::bigint[], %b::bigint[]))
"""
Numbered = tuple[str, int, datetime]  # source, number, heard at


@dataclass(slots=True)
class _Standing:
    """What is there of some blocks, by key: which shelves, and the numbers on those that were looked at. `own`: those of them
    that are on their shelf's own row."""

    shelves: defaultdict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))
    numbers: defaultdict[bytes, Numbers] = field(default_factory=lambda: defaultdict(dict))
    own: dict[tuple[bytes, int], Numbers] = field(default_factory=dict)


def keep(told: Iterable[Numbered], *, is_rebuild: bool) -> None:
    """Keeps which numbers were heard when, and asks for the blocks in which that is a surprise. Waits for nobody: of a block
    that somebody else writes at the same time, whoever comes second asks."""
    blocks, heard = _by_block(told)
    if not heard:
        return
    locked = store.try_locks(blocks) if not is_rebuild else blocks.keys()
    store.add_subjects(blocks.values())
    standing = _standing(blocks, heard)
    news = {key: own for key, numbers in heard.items() if (own := _news(standing.numbers[key], numbers))}
    if not news:
        return
    _put(_rows(standing, news, beside=blocks.keys() - locked))
    if not is_rebuild:
        _take_in(standing, news)
        surprised = {key for key in news if key not in locked or _is_surprise(standing, blocks[key], news[key])}
        store.ask({key_of(beside(blocks[key], step)) for key in surprised for step in _sides(blocks[key])})


def read(blocks: Mapping[bytes, Named]) -> dict[bytes, list[Heard]]:
    """The numbers of each of these blocks and of its neighbours, by its key. The caller holds the locks of `blocks`: what was
    put beside a shelf of theirs is put on it."""
    needed = {key: [key_of(beside(named, step)) for step in _sides(named)] for key, named in blocks.items()}
    found: dict[bytes, Numbers] = {key: {} for keys in needed.values() for key in keys}
    parts: list[tuple[bytes, int, int]] = []
    for key, shelf, part, payload in fetch(_READ, [list(found)]) if found else ():
        found[key] = merge(found[key], unpack(shelf, payload))
        if part and key in blocks:
            parts.append((key, shelf, part))
    if parts:
        _put((key, shelf, False, found[key]) for key, shelf in {part[:2] for part in parts})
        run(_FORGET, _columns(sorted(parts)))
    return {key: [heard for each in keys for heard in found[each].values()] for key, keys in needed.items()}


def _by_block(told: Iterable[Numbered]) -> tuple[dict[bytes, Named], dict[bytes, Numbers]]:
    """The blocks that these numbers are of, and the numbers, by the block's key."""
    blocks: dict[bytes, Named] = {}
    found: defaultdict[bytes, list[Heard]] = defaultdict(list)
    for source, number, heard_at in told:
        named = block_of(source, number)
        key = key_of(named)
        blocks[key] = named
        found[key].append(Heard(number, heard_at))
    return blocks, {key: merge({}, heard) for key, heard in found.items()}


def _standing(blocks: Mapping[bytes, Named], heard: Mapping[bytes, Numbers]) -> _Standing:
    """What is there of the blocks and their neighbours; the shelves of what was heard, and of the number before each, looked
    at."""
    near = {key_of(beside(named, step)) for named in blocks.values() for step in _sides(named)}
    looked_at = {(key, shelf_of(number)) for key, numbers in heard.items() for number in numbers}
    looked_at |= {(_key_before(blocks[key], number), shelf_of(number - 1)) for key, own in heard.items() for number in own}
    found = _Standing()
    for key, shelf, part, payload in fetch(_STANDING, [*_columns(sorted(looked_at)), sorted(near)]):
        found.shelves[key].add(shelf)
        if payload is not None:
            numbers = unpack(shelf, payload)
            found.numbers[key] = merge(found.numbers[key], numbers)
            if not part:
                found.own[key, shelf] = {each.number: each for each in numbers}
    return found


def _key_before(named: Named, number: int) -> bytes:
    """The key of the block that the number before this one is in."""
    return key_of(block_of(named.issuer, max(number - 1, 0)))


def _news(known: Numbers, heard: Numbers) -> Numbers:
    """Those of `heard` that are not known, or not to have been heard then."""
    merged = merge({number: known[number] for number in heard if number in known}, heard.values())
    return {number: each for number, each in merged.items() if known.get(number) != each}


def _rows(
    standing: _Standing, news: Mapping[bytes, Numbers], *, beside: Iterable[bytes]
) -> Iterator[tuple[bytes, int, bool, Numbers]]:
    """The rows to write, by block and shelf."""
    waiting = set(beside)
    for key, numbers in news.items():
        shelves: defaultdict[int, list[Heard]] = defaultdict(list)
        for number, heard in numbers.items():
            shelves[shelf_of(number)].append(heard)
        for shelf, heard_on_it in shelves.items():
            own = {} if key in waiting else standing.own.get((key, shelf), {})
            yield key, shelf, key in waiting, merge(own, heard_on_it)


def _put(rows: Iterable[tuple[bytes, int, bool, Numbers]]) -> None:
    """Writes shelves; of a block's numbers, those that are on the shelf."""
    packed = [
        (key, shelf, is_beside, pack(shelf, {number: each for number, each in own.items() if shelf_of(number) == shelf}))
        for key, shelf, is_beside, own in rows
    ]
    run(_PUT, _columns(sorted(packed)))


def _take_in(standing: _Standing, news: Mapping[bytes, Numbers]) -> None:
    for key, numbers in news.items():
        standing.numbers[key] |= numbers
        standing.shelves[key] |= {shelf_of(number) for number in numbers}


def _is_surprise(standing: _Standing, named: Named, news: Numbers) -> bool:
    """Whether what is new may have changed something. Numbers in a row, each heard no earlier than the one before, are no
    surprise where they follow on what is there and nothing is there that follows on them."""
    key = key_of(named)
    known, shelves = standing.numbers[key], standing.shelves[key]
    highest = max(*known, max(shelves) * SHELF)  # a shelf that was not looked at is above all that is new, or below it
    lowest = min(*known, min(shelves) * SHELF + SHELF - 1)
    is_before, is_after = (step in _sides(named) and key_of(beside(named, step)) in standing.shelves for step in (-1, 1))
    for first, last in _runs(news):
        before = standing.numbers[_key_before(named, first.number)].get(first.number - 1)
        follows = before is not None and before.heard_at <= first.heard_at
        if highest > last or is_after or (not follows and (lowest < first.number or is_before)):
            return True
    return False


def _runs(news: Numbers) -> list[tuple[Heard, int]]:
    """The numbers in a row that were heard in that order: the first, and the last one's number."""
    found: list[tuple[Heard, int]] = []
    before: Heard | None = None
    for number in sorted(news):
        heard = news[number]
        if found and before is not None and before.number == number - 1 and before.heard_at <= heard.heard_at:
            found[-1] = found[-1][0], number
        else:
            found.append((heard, number))
        before = heard
    return found


def _sides(named: Named) -> tuple[int, ...]:
    return (0, 1) if named.value.startswith("0-") else (-1, 0, 1)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
