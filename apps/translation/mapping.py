"""Files of a partner, under a mapping, as CloudEvents: plan which file is what, read records, tell their events.

Pure but for reading the files: nothing here knows the log. A record is one row of the first kind of file (or the rows
of one key, where it is grouped) with the rows of the other files that carry its key.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from apps.translation.mapping_expressions import Evaluator, Expression
from apps.translation.mapping_functions import CellError, MappingFunctions
from apps.translation.mapping_lines import InputFile, Refused
from apps.translation.mapping_rules import EventRule, FileRule, MappingError, MappingRules
from apps.translation.mapping_tables import Cells, CsvReader, Row, RowStore

_encode = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode


@dataclass(frozen=True, slots=True)
class MappedEvent:
    """One structured CloudEvent (JSON) and the row that it comes from."""

    file: str
    line: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Skipped:
    """What a row holds and no event can say, with the reason."""

    file: str
    line: int
    reason: str
    raw: str


Outcome = MappedEvent | Skipped | Refused


@dataclass(frozen=True, slots=True)
class Record:
    row: Row
    values: dict[str, Any]


def plan(rules: MappingRules, paths: Sequence[Path]) -> dict[str, list[Path]]:
    """Which file is of which kind, by its name, else by its columns. Raises MappingError where that does not come out."""
    planned: dict[str, list[Path]] = {rule.name: [] for rule in rules.files}
    for path in paths:
        planned[_kind_of(rules, path).name].append(path)
    for rule in rules.files:
        if not planned[rule.name]:
            raise MappingError(f"{rules.file}: no file for `{rule.name}` was given: {_expected(rule)}.")
    return planned


def _kind_of(rules: MappingRules, path: Path) -> FileRule:
    named = [rule for rule in rules.files if any(fnmatchcase(path.name, pattern) for pattern in rule.match)]
    for rule in named or rules.files:
        with InputFile(path) as source:
            columns = CsvReader(source, rule, rules.nothing).columns
        missing = [column for column in rule.columns if column not in columns]
        if not missing:
            return rule
        if named:
            raise MappingError(
                f"{path.name}, line 1: column {missing[0]!r} is missing, which {rules.file} names for `{rule.name}`; "
                f"the file has {', '.join(columns)}."
            )
    expected = "; or ".join(_expected(rule) for rule in rules.files)
    raise MappingError(f"{path.name}: {rules.file} does not know this kind of file: {expected}.")


def _expected(rule: FileRule) -> str:
    named = f"a name like {' or '.join(rule.match)}, and " if rule.match else ""
    return f"expected {named}the columns {', '.join(rule.columns)}"


class Mapper:
    """Tells the events of files under one mapping. `consumed()` counts bytes of the files read so far."""

    def __init__(self, rules: MappingRules) -> None:
        self._rules = rules
        self._evaluator = Evaluator(MappingFunctions(rules.zone, rules.tables))
        self._constants = {"zone": rules.zone.key, "currency": rules.currency}
        self._done_bytes = 0
        self._open: InputFile | None = None

    def consumed(self) -> int:
        return self._done_bytes + (self._open.consumed() if self._open else 0)

    def outcomes(self, planned: dict[str, list[Path]]) -> Iterator[Outcome]:
        with ExitStack() as stack:
            store = stack.enter_context(RowStore())
            for record in self._records(planned, store):
                if isinstance(record, Record):
                    yield from self._tell(record)
                else:
                    yield record
            for name, key, row in store.unused():
                yield Skipped(
                    row.file,
                    row.line,
                    f"no row of `{self._rules.root.name}` has the key {key!r} of this row of `{name}`",
                    _raw(row.cells),
                )

    def _records(self, planned: dict[str, list[Path]], store: RowStore) -> Iterator[Record | Refused]:
        root = self._rules.root
        kept = [rule for rule in self._rules.files if rule.joins or rule.grouped]
        for rule in kept:
            for row in self._rows(planned[rule.name], rule):
                if isinstance(row, Refused):
                    yield row
                elif (key := row.cells[rule.key or ""]) is None:
                    yield Refused(row.file, row.line, f"the row has nothing in its key column `{rule.key}`", _raw(row.cells))
                else:
                    store.add(rule.name, key, row)
        store.close_for_adding()
        if root.grouped:
            for key in store.keys(root.name):
                rows = store.take(root.name, key)
                yield self._record(rows[0], [row.cells for row in rows], key, store)
            return
        for row in self._rows(planned[root.name], root):
            yield (
                row
                if isinstance(row, Refused)
                else self._record(row, row.cells, row.cells[root.key] if root.key else None, store)
            )

    def _rows(self, paths: list[Path], rule: FileRule) -> Iterator[Row | Refused]:
        for path in paths:
            with InputFile(path) as self._open:
                yield from CsvReader(self._open, rule, self._rules.nothing)
                self._done_bytes += self._open.size
            self._open = None

    def _record(self, row: Row, own: object, key: str | None, store: RowStore) -> Record:
        values: dict[str, Any] = {**self._constants, self._rules.root.name: own}
        for rule in self._rules.files[1:]:
            values[rule.name] = [] if key is None else [joined.cells for joined in store.take(rule.name, key)]
        return Record(row, values)

    def _tell(self, record: Record) -> Iterator[Outcome]:
        row, told = record.row, False
        for rule in self._rules.events:
            try:
                elements = self._elements(rule, record.values)
            except CellError as error:
                elements = None
                yield Refused(row.file, row.line, f"{rule.type}: {error}", _raw(row.cells))
            if elements is None:
                continue
            if not elements and rule.otherwise is not None:
                yield Skipped(row.file, row.line, f"{rule.type}: {rule.otherwise}", _raw(row.cells))
            for element in elements:
                told = True
                try:
                    yield MappedEvent(row.file, row.line, self._event(rule, element))
                except CellError as error:
                    yield Refused(row.file, row.line, f"{rule.type}: {error}", _raw(row.cells))
        if not told:
            yield Skipped(row.file, row.line, "the row tells no event of this mapping", _raw(row.cells))

    def _elements(self, rule: EventRule, values: dict[str, Any]) -> list[dict[str, Any]] | None:
        """What the rule is evaluated on, once for each event that it tells; None where its condition does not hold."""
        if rule.when is not None and not self._evaluator.holds(rule.when, values):
            return None
        if rule.for_each is None:
            return [values]
        found = self._evaluator.value(rule.for_each, values)
        if found is not None and not isinstance(found, list):
            raise CellError(f"`for_each`: expected a list, came {found!r}")
        return [{**values, "each": element} for element in found or []]

    def _event(self, rule: EventRule, values: dict[str, Any]) -> bytes:
        data = self._data(rule.data, values)
        for name in rule.required:
            if name not in data:
                raise CellError(f"there is nothing for `{name}`, and this event needs it")
        event: dict[str, Any] = {
            "specversion": "1.0",
            "type": rule.type,
            "source": self._evaluator.filled(rule.source, values),
            "datacontenttype": "application/json",
            "data": data,
        }
        if rule.time is not None:
            event["time"] = self._known(rule.time, "time", values)
        if rule.subject is not None:
            event["subject"] = self._evaluator.filled(rule.subject, values)
        for name, expression in rule.extensions.items():
            if (value := self._evaluator.value(expression, values)) is not None:
                event[name] = str(value)
        event["id"] = self._evaluator.filled(rule.id, values) if rule.id else content_id(event)
        return _encode(event)

    def _known(self, expression: Expression, name: str, values: dict[str, Any]) -> Any:
        value = self._evaluator.value(expression, values)
        if value is None:
            raise CellError(f"`{name}: {expression.text}` gives nothing; say in `when` that the event needs it")
        return value

    def _data(self, fields: dict[str, object], values: dict[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for name, rule in fields.items():
            value = self._field(rule, values)
            if value is not None and value != {}:
                data[name] = value
        return data

    def _field(self, rule: object, values: dict[str, Any]) -> Any:
        if isinstance(rule, Expression):
            return _without_nothing(self._evaluator.value(rule, values))
        return self._data(rule, values) if isinstance(rule, dict) else rule


def content_id(event: dict[str, Any]) -> str:
    """An id that is the same for the same content: SHA-256 of the event, the first 32 digits."""
    return hashlib.sha256(_encode(event)).hexdigest()[:32]


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nothing(part) for name, part in value.items() if part is not None}
    return [_without_nothing(part) for part in value] if isinstance(value, list) else value


def _raw(cells: Cells) -> str:
    return msgspec.json.encode(cells).decode()
