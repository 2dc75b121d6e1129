"""CSV files as rows, and rows joined by key into records. Memory stays bounded: what must be looked up lies on disk."""

import csv
import sqlite3
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import msgspec

from apps.translation.mapping_lines import DAMAGED, InputFile, Line, Refused, shown
from apps.translation.mapping_rules import FileRule, MappingError

Cells = dict[str, str | None]
_decoder = msgspec.json.Decoder(Cells)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: its cells by column, an empty one being nothing."""

    file: str
    line: int
    cells: Cells


class CsvReader:
    """The rows of one CSV file under its rule. A line that is no row comes out as `Refused`, and reading goes on."""

    def __init__(self, source: InputFile, rule: FileRule, nothing: frozenset[str]) -> None:
        self._source = source
        self._rule = rule
        self._nothing = nothing
        self._lines = source.lines()
        self._again: deque[Line] = deque()
        self._taken: list[Line] = []
        self._reader = self._new_reader()
        self.columns = self._header()

    def __iter__(self) -> Iterator[Row | Refused]:
        while (item := self._next()) is not None:
            if isinstance(item, Refused):
                yield item
            elif any(cell for cell in item):
                yield self._row(item)

    def _new_reader(self) -> "Iterator[list[str]]":
        return csv.reader(self._feed(), strict=True, delimiter=self._rule.delimiter)

    def _feed(self) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else next(self._lines, None)
            if line is None:
                return
            self._taken.append(line)
            yield line.raw.decode(self._rule.encoding, errors="surrogateescape")

    def _next(self) -> "list[str] | Refused | None":
        """The next row's cells, or why its lines are none. A quote that never closes costs its own line only."""
        self._taken.clear()
        try:
            cells = next(self._reader)
        except StopIteration:
            return None
        except csv.Error as error:
            if not self._taken:
                return None
            first, *swallowed = self._taken
            self._again.extendleft(reversed(swallowed))
            self._reader = self._new_reader()
            return self._refused(_csv_sentence(error), [first])
        except DAMAGED as error:
            self._reader = self._new_reader()
            return self._refused(f"the file ends in the middle or is damaged ({error}): send it again whole", self._taken)
        if (reason := self._unusable()) is not None:
            return self._refused(reason, self._taken)
        return cells

    def _unusable(self) -> str | None:
        for line in self._taken:
            if line.is_cut:
                return "the line is longer than 8 MiB"
            if b"\0" in line.raw:
                return "the line holds the character U+0000, which text may not"
            try:
                line.raw.decode(self._rule.encoding)
            except UnicodeDecodeError as error:
                bad = line.raw[error.start]
                return (
                    f"byte {error.start + 1} of the line (0x{bad:02x}) is not {self._rule.encoding}: "
                    "save the file in that encoding, or name its own in the mapping (`encoding`)"
                )
        return None

    def _refused(self, reason: str, lines: list[Line]) -> Refused:
        number = lines[0].number if lines else self._source.lines_read + 1
        return Refused(self._source.name, number, reason, shown(b"".join(line.raw for line in lines)))

    def _header(self) -> list[str]:
        head = self._next()
        while head == []:
            head = self._next()
        name = self._source.name
        if head is None:
            raise MappingError(f"{name}: the file is empty: expected a line that names its columns")
        if isinstance(head, Refused):
            raise MappingError(f"{name}, line {head.line}: expected a line that names the columns: {head.reason}")
        columns = [column.removeprefix("\ufeff").strip() for column in head]
        twice = sorted({column for column in columns if columns.count(column) > 1})
        if twice:
            raise MappingError(f"{name}, line 1: column {twice[0]!r} is named twice: each column needs a name of its own")
        return columns

    def _row(self, cells: list[str]) -> Row | Refused:
        if len(cells) != len(self.columns):
            reason = f"the row has {len(cells)} cells and the header names {len(self.columns)} columns"
            return self._refused(reason, self._taken)
        stripped = (cell.strip() for cell in cells)
        values: Cells = {
            column: None if cell in self._nothing else cell for column, cell in zip(self.columns, stripped, strict=True)
        }
        return Row(self._source.name, self._taken[0].number, values)


def _csv_sentence(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quote opens here and never closes"
    if "field larger than field limit" in text:
        return "a cell is longer than 131,072 characters (or a quote opens here and never closes)"
    if "expected after" in text:
        return "a quoted cell goes on after its closing quote: a quote inside a cell is written twice"
    return f"not readable as CSV: {text}"


class RowStore:
    """Rows of any number of files by key, in a scratch database on disk that ends with it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="distsync-ingest-")
        self._database = sqlite3.connect(f"{self._folder.name}/rows.sqlite")
        self._database.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
            "CREATE TABLE row_of_file (name TEXT, key TEXT, file TEXT, line INT, cells BLOB, used INT DEFAULT 0);"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        self._folder.cleanup()

    def add(self, name: str, key: str, row: Row) -> None:
        self._database.execute(
            "INSERT INTO row_of_file (name, key, file, line, cells) VALUES (?, ?, ?, ?, ?)",
            (name, key, row.file, row.line, msgspec.json.encode(row.cells)),
        )

    def close_for_adding(self) -> None:
        self._database.execute("CREATE INDEX by_key ON row_of_file (name, key)")

    def take(self, name: str, key: str) -> list[Row]:
        """The rows of `key` in the files' order; they count as used from now on."""
        found = self._database.execute(
            "SELECT rowid, file, line, cells FROM row_of_file WHERE name = ? AND key = ? ORDER BY rowid", (name, key)
        ).fetchall()
        if found:
            self._database.execute("UPDATE row_of_file SET used = 1 WHERE name = ? AND key = ? AND used = 0", (name, key))
        return [Row(file, line, _decoder.decode(cells)) for _, file, line, cells in found]

    def keys(self, name: str) -> Iterator[str]:
        """Each key of `name` once, in order of first appearance."""
        query = "SELECT key FROM row_of_file WHERE name = ? GROUP BY key ORDER BY min(rowid)"
        yield from (key for (key,) in self._database.execute(query, (name,)))

    def unused(self) -> Iterator[tuple[str, str, Row]]:
        """Rows that no record took: name of the file's rule, key, row."""
        query = "SELECT name, key, file, line, cells FROM row_of_file WHERE used = 0 ORDER BY rowid"
        for name, key, file, line, cells in self._database.execute(query):
            yield name, key, Row(file, line, _decoder.decode(cells))
