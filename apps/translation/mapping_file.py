"""A mapping file: YAML read into typed rules, every mistake named with its line and what was expected.

docs/ingest.md describes the language for authors. `mapping: 1` is its version.
"""

import codecs
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from apps.translation.mapping_events import EventReader
from apps.translation.mapping_expressions import Shape
from apps.translation.mapping_rules import RESERVED, VERSION, FileRule, MappingError, MappingRules
from apps.translation.mapping_yaml import YamlReader, came

SHIPPED = Path(__file__).resolve().parent / "mappings"
FILE_LIMIT_BYTES = 1024 * 1024
_TOP = ("mapping", "name", "description", "zone", "currency", "source", "nothing", "files", "tables", "events")
_FILE = ("match", "columns", "key", "join", "group", "delimiter", "encoding")


def find_mapping(name: str) -> Path:
    """The path of a mapping: a file, else one that ships with the product by its name. Raises MappingError."""
    path = Path(name)
    for candidate in (path, SHIPPED / name, SHIPPED / f"{name}.yaml"):
        if candidate.is_file():
            return candidate
    shipped = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.yaml")))
    raise MappingError(f"{name}: there is no such mapping file, and none of that name ships with DistSync ({shipped}).")


def read_mapping(path: Path) -> MappingRules:
    """The rules of a mapping file. Raises MappingError with the file, the line and what was expected."""
    if path.stat().st_size > FILE_LIMIT_BYTES:
        raise MappingError(f"{path.name}: a mapping is at most 1 MiB long.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise MappingError(
            f"{path.name}, line {line}: expected UTF-8 text, came the byte 0x{error.object[error.start]:02x}."
        ) from error
    node = YamlReader(path.name).compose(text)
    if node is None:
        raise MappingError(
            f"{path.name}: the file is empty: expected `mapping: {VERSION}`, `zone`, `source`, `files`, `events`."
        )
    return _MappingReader(YamlReader(path.name)).mapping(node)


class _MappingReader:
    def __init__(self, yaml_reader: YamlReader) -> None:
        self._yaml = yaml_reader

    def mapping(self, node: yaml.Node) -> MappingRules:
        top = self._yaml.fields(node, "the mapping", _TOP, ("mapping", "zone", "source", "files", "events"))
        version = self._yaml.text(top["mapping"], "`mapping`")
        if version != str(VERSION):
            raise self._yaml.wrong(top["mapping"], f"`mapping`: expected version {VERSION} of the language, came {version!r}")
        files = self._files(top["files"])
        zone = self._zone(top["zone"])
        currency = self._yaml.text(top["currency"], "`currency`") if "currency" in top else None
        nothing = self._yaml.texts(top["nothing"], "`nothing`") if "nothing" in top else ()
        return MappingRules(
            file=self._yaml.file,
            name=self._yaml.text(top["name"], "`name`") if "name" in top else self._yaml.file.split(".")[0],
            zone=zone,
            currency=currency,
            nothing=frozenset({"", *nothing}),
            files=files,
            tables=self._tables(top["tables"]) if "tables" in top else {},
            events=EventReader(self._yaml, top["source"], record_shape(files)).rules(top["events"]),
        )

    def _zone(self, node: yaml.Node) -> ZoneInfo:
        name = self._yaml.text(node, "`zone`")
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise self._yaml.wrong(node, f"`zone`: expected a time zone such as America/Chicago, came {name!r}") from error

    def _tables(self, node: yaml.Node) -> dict[str, dict[str, str]]:
        tables = self._yaml.fields(node, "`tables`", None)
        return {name: self._table(table, f"`tables.{name}`") for name, table in tables.items()}

    def _table(self, node: yaml.Node, where: str) -> dict[str, str]:
        return {code: self._yaml.text(value, where) for code, value in self._yaml.fields(node, where, None).items()}

    def _files(self, node: yaml.Node) -> tuple[FileRule, ...]:
        kinds = self._yaml.fields(node, "`files`", None)
        if not kinds:
            raise self._yaml.wrong(node, "`files`: expected at least one kind of file")
        rules = tuple(self._file(name, value, next(iter(kinds))) for name, value in kinds.items())
        root = rules[0]
        if root.key is None and (len(rules) > 1 or root.grouped):
            raise self._yaml.wrong(kinds[root.name], f"`files.{root.name}`: `key` is missing: rows are joined or grouped by it")
        return rules

    def _file(self, name: str, node: yaml.Node, root: str) -> FileRule:
        where = f"`files.{name}`"
        if name in RESERVED or not name.isidentifier():
            raise self._yaml.wrong(node, f"{where}: expected a plain name, none of {', '.join(RESERVED)}: expressions use it")
        found = self._yaml.fields(node, where, _FILE, ("columns",) if name == root else ("columns", "key", "join"))
        if "join" in found and (name == root or self._yaml.text(found["join"], where) != root):
            raise self._yaml.wrong(found["join"], f"{where}, `join`: every later kind of file joins the first one, `{root}`")
        columns = self._yaml.texts(found["columns"], f"{where}, `columns`")
        key = self._yaml.text(found["key"], f"{where}, `key`") if "key" in found else None
        if key is not None and key not in columns:
            raise self._yaml.wrong(found["key"], f"{where}, `key`: expected one of its columns, came {key!r}")
        return FileRule(
            name=name,
            match=self._yaml.texts(found["match"], f"{where}, `match`") if "match" in found else (),
            columns=columns,
            key=key,
            joins=name != root,
            grouped="group" in found and self._yaml.truth(found["group"], f"{where}, `group`"),
            delimiter=self._delimiter(found["delimiter"], where) if "delimiter" in found else ",",
            encoding=self._encoding(found["encoding"], where) if "encoding" in found else "utf-8",
        )

    def _delimiter(self, node: yaml.Node, where: str) -> str:
        mark = {"\\t": "\t", "tab": "\t"}.get(str(node.value), node.value)
        if not isinstance(mark, str) or len(mark) != 1 or mark in '"\r\n':
            raise self._yaml.wrong(node, f"{where}, `delimiter`: expected one character or `tab`, came {came(node)}")
        return mark

    def _encoding(self, node: yaml.Node, where: str) -> str:
        name = self._yaml.text(node, f"{where}, `encoding`")
        try:
            codec = codecs.lookup(name)
            is_read_by_line = "a\n".encode(name) == b"a\n"
        except (LookupError, UnicodeError) as error:
            raise self._yaml.wrong(
                node, f"{where}, `encoding`: expected utf-8, latin-1, cp1252 or the like, came {name!r}"
            ) from error
        if not is_read_by_line:
            raise self._yaml.wrong(node, f"{where}, `encoding`: {name} is not read here: convert the file to UTF-8 first")
        return codec.name


def record_shape(files: tuple[FileRule, ...]) -> dict[str, Shape]:
    """What an expression may name: the record's own row (rows, where grouped), the joined rows, zone and currency."""
    shape: dict[str, Shape] = {"zone": None, "currency": None}
    for rule in files:
        columns: dict[str, Shape] = dict.fromkeys(rule.columns)
        shape[rule.name] = [columns] if rule.joins or rule.grouped else columns
    return shape
