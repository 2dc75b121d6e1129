"""The table of numbers that sources give their messages: statements, and rows to plain values and back.

A row is the earliest of what it stands for, so that rows merge in any order. A batch of messages without numbers says nothing
here and costs nothing; numbers that come in their turn are written and have nobody judged.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from apps.core.sql import fetch, run
from apps.exceptions.subjects import store
from apps.exceptions.subjects.names import Named, key_of
from apps.exceptions.subjects.sequences import Heard, beside, block_of

_NEWS: Final = """
    SELECT key, number, heard_at, again_at
    FROM unnest(%b::bytea[], %b::bigint[], %b::timestamptz[], %b::timestamptz[]) AS told(key, number, heard_at, again_at)
    WHERE NOT EXISTS (
        SELECT FROM exceptions_number AS there WHERE there.key = told.key AND there.number = told.number
            AND (there.heard_at = told.heard_at OR (there.heard_at < told.heard_at AND there.again_at <= told.heard_at))
            AND (told.again_at IS NULL OR there.again_at <= told.again_at)
    )
"""
_ADD: Final = """
    INSERT INTO exceptions_number AS there (key, number, heard_at, again_at)
    SELECT * FROM unnest(%b::bytea[], %b::bigint[], %b::timestamptz[], %b::timestamptz[])
    ON CONFLICT (key, number) DO UPDATE SET
        heard_at = least(there.heard_at, excluded.heard_at),
        again_at = least(
            nullif(greatest(there.heard_at, excluded.heard_at), least(there.heard_at, excluded.heard_at)),
            there.again_at, excluded.again_at
        )
"""
# Numbers in a row, each heard no earlier than the one before, are no surprise where they follow on what is there and nothing
# is there that follows on them.
_SURPRISES: Final = """
    SELECT DISTINCT run.key
    FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bigint[], %b::bigint[], %b::timestamptz[])
        AS run(key, before, after, beside, first, last, heard_at)
    WHERE EXISTS (SELECT FROM exceptions_number AS n WHERE n.key = run.key AND n.number > run.last)
        OR EXISTS (SELECT FROM exceptions_number AS n WHERE n.key = run.after)
        OR (
            NOT EXISTS (
                SELECT FROM exceptions_number AS n
                WHERE n.key = run.beside AND n.number = run.first - 1 AND n.heard_at <= run.heard_at
            )
            AND (
                EXISTS (SELECT FROM exceptions_number AS n WHERE n.key = run.key AND n.number < run.first)
                OR EXISTS (SELECT FROM exceptions_number AS n WHERE n.key = run.before)
            )
        )
"""
_READ: Final = "SELECT key, number, heard_at, again_at FROM exceptions_number WHERE key = ANY(%b::bytea[])"
Numbered = tuple[str, int, datetime]  # source, number, heard at
Told = dict[tuple[Named, int], list[datetime]]


def keep(told: Iterable[Numbered], *, is_rebuild: bool) -> None:
    """Keeps which numbers were heard when, and asks for the blocks in which that is a surprise. Waits for nobody: of a block
    that somebody else writes at the same time, whoever comes second asks."""
    merged = _merged(told)
    if not merged:
        return
    blocks = {key_of(named): named for named, _ in merged}
    locked = store.try_locks(blocks) if not is_rebuild else set()
    store.add_subjects(blocks.values())
    rows = sorted(
        (key_of(named), number, heard[0], heard[1] if heard[1:] else None) for (named, number), heard in merged.items()
    )
    news = sorted((bytes(row[0]), *row[1:]) for row in fetch(_NEWS, _columns(rows)))
    if not news:
        return
    run(_ADD, _columns(news))
    if not is_rebuild:
        surprised = _surprised(news, blocks) | (blocks.keys() - locked)
        store.ask({key_of(beside(blocks[key], step)) for key in surprised for step in _sides(blocks[key])})


def read(blocks: Mapping[bytes, Named]) -> dict[bytes, list[Heard]]:
    """The numbers of each of these blocks and of its neighbours, by its key."""
    needed = {key: [key_of(beside(named, step)) for step in _sides(named)] for key, named in blocks.items()}
    found: dict[bytes, list[Heard]] = {key: [] for keys in needed.values() for key in keys}
    for key, number, heard_at, again_at in fetch(_READ, [list(found)]) if found else ():
        found[bytes(key)].append(Heard(number, heard_at, again_at))
    return {key: [heard for each in keys for heard in found[each]] for key, keys in needed.items()}


def _merged(told: Iterable[Numbered]) -> Told:
    """When each number was heard first, and then by another message."""
    found: dict[tuple[Named, int], set[datetime]] = {}
    for source, number, heard_at in told:
        found.setdefault((block_of(source, number), number), set()).add(heard_at)
    return {place: sorted(heard)[:2] for place, heard in found.items()}


def _surprised(news: Sequence[tuple[Any, ...]], blocks: Mapping[bytes, Named]) -> set[bytes]:
    runs = []
    for (key, first, heard_at), last in _runs(news):
        named = blocks[key]
        before, after = (key_of(beside(named, step)) if step in _sides(named) else b"" for step in (-1, 1))
        runs.append((key, before, after, key_of(block_of(named.issuer, max(first - 1, 0))), first, last, heard_at))
    return {bytes(key) for (key,) in fetch(_SURPRISES, _columns(runs))}


def _runs(news: Sequence[tuple[Any, ...]]) -> list[tuple[tuple[bytes, int, datetime], int]]:
    """The numbers in a row that were heard in that order: the first's row, and the last number."""
    found: list[tuple[tuple[bytes, int, datetime], int]] = []
    before: tuple[bytes, int, datetime] | None = None
    for key, number, heard_at, _ in news:
        if found and before is not None and before[:2] == (key, number - 1) and before[2] <= heard_at:
            found[-1] = found[-1][0], number
        else:
            found.append(((key, number, heard_at), number))
        before = key, number, heard_at
    return found


def _sides(named: Named) -> tuple[int, ...]:
    return (0, 1) if named.value.startswith("0-") else (-1, 0, 1)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
