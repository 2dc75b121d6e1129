"""What a mapping says, as typed rules: the kinds of files that it reads and the events that a record tells."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from apps.core.errors import DistSyncError
from apps.translation.mapping_expressions import Expression, Template

VERSION = 1
RESERVED = ("each", "zone", "currency")


class MappingError(DistSyncError):
    """A mapping that cannot be used, or a file that does not fit it."""

    problem, title, status = "urn:distsync:problem:mapping", "Mapping not usable", 400


@dataclass(frozen=True, slots=True)
class FileRule:
    """One kind of file. The first one of a mapping is the record's own; the others are joined to it by their keys."""

    name: str
    match: tuple[str, ...]
    columns: tuple[str, ...]
    key: str | None = None
    joins: bool = False
    grouped: bool = False
    delimiter: str = ","
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class EventRule:
    """One event that a record may tell. `type` is the full CloudEvents type; `line` is its place in the mapping.

    `data` holds, by field: an expression, a constant (number, true, false), or a map of further fields. `required`
    are the fields without which the event would mean nothing.
    """

    type: str
    line: int
    source: Template
    data: dict[str, object]
    required: tuple[str, ...] = ()
    time: Expression | None = None
    when: Expression | None = None
    for_each: Expression | None = None
    otherwise: str | None = None
    id: Template | None = None
    subject: Template | None = None
    extensions: dict[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MappingRules:
    file: str
    name: str
    zone: ZoneInfo
    currency: str | None
    nothing: frozenset[str]
    files: tuple[FileRule, ...]
    tables: dict[str, dict[str, str]]
    events: tuple[EventRule, ...]

    @property
    def root(self) -> FileRule:
        return self.files[0]
