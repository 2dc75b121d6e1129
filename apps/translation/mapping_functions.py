"""The functions that a mapping's expressions may call besides JMESPath's own. docs/ingest.md lists them for authors.

Every function passes nothing (null) through: what a row does not say stays unsaid. What a row says wrongly raises
`CellError`, and the event is rejected with that sentence.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jmespath import functions

_NUMBER = {
    ".": re.compile(r"[+-]?([0-9]{1,18}|[0-9]{1,3}(,[0-9]{3}){1,5})(\.[0-9]{1,6}0*)?"),
    ",": re.compile(r"[+-]?([0-9]{1,18}|[0-9]{1,3}(\.[0-9]{3}){1,5})(,[0-9]{1,6}0*)?"),
}
_PLAIN_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_ANY: Any = {"types": []}
_TEXT: Any = {"types": ["string"]}
_LIST: Any = {"types": ["array", "null"]}
_MORE: Any = {"types": [], "variadic": True}


class CellError(ValueError):
    """A cell that is not what the mapping takes it for; the message is for a person."""


class MappingFunctions(functions.Functions):
    """JMESPath's functions and ours, with the mapping's own zone and code tables."""

    def __init__(self, zone: ZoneInfo, tables: Mapping[str, Mapping[str, str]]) -> None:
        self._zone = zone
        self._tables = tables

    @functions.signature(_MORE)
    def _func_time(self, text: Any, *options: Any) -> str | None:
        zone_name, pattern = [*options, None, None][:2]
        moment = _moment(text, "time", pattern)
        return None if moment is None else _written(_in_zone(moment, self._zone_named(zone_name)))

    @functions.signature(_MORE)
    def _func_date(self, text: Any, *options: Any) -> str | None:
        moment = _moment(text, "date", options[0] if options else None)
        return None if moment is None else moment.date().isoformat()

    @functions.signature(_MORE)
    def _func_number(self, text: Any, *options: Any) -> int | Decimal | None:
        mark = options[0] if options else "."
        if mark not in {".", ","}:
            raise CellError(f"number(): the decimal mark is `.` or `,`, not {mark!r}")
        return _number(text, mark)

    @functions.signature(_LIST)
    def _func_total(self, values: list[Any] | None) -> int | Decimal | None:
        known = [number for number in (_number(value, ".") for value in values or []) if number is not None]
        return sum(known) if known else None

    @functions.signature(_LIST)
    def _func_latest(self, times: list[Any] | None) -> str | None:
        known = self._times(times, "latest")
        return _written(max(known).astimezone(self._zone)) if known else None

    @functions.signature(_LIST)
    def _func_earliest(self, times: list[Any] | None) -> str | None:
        known = self._times(times, "earliest")
        return _written(min(known).astimezone(self._zone)) if known else None

    @functions.signature(_LIST, _TEXT)
    def _func_group(self, rows: list[Any] | None, column: str) -> list[dict[str, Any]]:
        groups: dict[Any, list[Any]] = {}
        for row in rows or []:
            key = row.get(column) if isinstance(row, dict) else None
            if key is None:
                raise CellError(f"group(): a row has nothing in `{column}`")
            groups.setdefault(key, []).append(row)
        return [{"key": key, "rows": members} for key, members in groups.items()]

    @functions.signature(_MORE)
    def _func_concat(self, *parts: Any) -> str | None:
        return None if any(part is None for part in parts) else "".join(_text(part) for part in parts)

    @functions.signature(_MORE)
    def _func_first_known(self, *values: Any) -> Any:
        return next((value for value in values if value is not None and value != ""), None)

    @functions.signature(_ANY, _TEXT)
    def _func_split(self, text: Any, mark: str) -> list[str] | None:
        if text is None:
            return None
        return [part.strip() for part in _text(text).split(mark) if part.strip()]

    @functions.signature(_ANY)
    def _func_upper(self, text: Any) -> str | None:
        return None if text is None else _text(text).upper()

    @functions.signature(_ANY)
    def _func_lower(self, text: Any) -> str | None:
        return None if text is None else _text(text).lower()

    @functions.signature(_TEXT, _ANY)
    def _func_lookup(self, table: str, code: Any) -> str | None:
        if table not in self._tables:
            raise CellError(f"lookup(): there is no table `{table}`; the mapping has {', '.join(self._tables) or 'none'}")
        if code is None:
            return None
        found = self._tables[table].get(_text(code))
        if found is None:
            raise CellError(f"lookup(): table `{table}` has no entry {_text(code)!r}: add it to the mapping")
        return found

    def _zone_named(self, name: Any) -> ZoneInfo:
        if name is None:
            return self._zone
        try:
            return ZoneInfo(_text(name))
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise CellError(f"{name!r} is no time zone: expected a name such as America/Chicago") from error

    def _times(self, times: list[Any] | None, function: str) -> list[datetime]:
        moments = (_moment(time, function, None) for time in times or [])
        return [_in_zone(moment, self._zone).astimezone(UTC) for moment in moments if moment is not None]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | Decimal):
        return str(value)
    raise CellError(f"expected text, came {value!r}")


def _number(value: Any, mark: str) -> int | Decimal | None:
    if value is None:
        return None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    text = _text(value).strip()
    if not _NUMBER[mark].fullmatch(text):
        example = "1234.5 or 1,234.5" if mark == "." else "1234,5 or 1.234,5"
        raise CellError(f"number(): expected digits such as {example} (18 before and 6 after the point), came {text!r}")
    plain = text.replace(",", "") if mark == "." else text.replace(".", "").replace(",", ".")
    exact = Decimal(plain)
    return int(exact) if exact == exact.to_integral_value() else exact.normalize()


def _moment(text: Any, function: str, pattern: Any) -> datetime | None:
    """A time as written: aware where the text has an offset, else naive. `pattern` is strptime's."""
    if text is None:
        return None
    written = _text(text).strip()
    try:
        if pattern is not None:
            return datetime.strptime(written, _text(pattern))  # noqa: DTZ007 - the zone is the caller's business
        if plain := _PLAIN_DAY.fullmatch(written):
            year, month, day = map(int, plain.groups())
            return datetime(year, month, day)  # noqa: DTZ001
        return datetime.fromisoformat(written)
    except (ValueError, OverflowError) as error:
        expected = f"a time like {pattern}" if pattern is not None else "a time like 2017-10-02 10:56:33"
        raise CellError(f"{function}(): expected {expected}, came {written!r}") from error


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """A local time that a zone has twice is the first of the two (fold=0); one that it skips is moved on by the gap."""
    try:
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone, fold=0)
        return aware.astimezone(UTC).astimezone(zone)
    except OverflowError as error:
        raise CellError(f"expected a time of this era, came {moment.isoformat()!r}") from error


def _written(moment: datetime) -> str:
    """RFC 3339, whose offsets have no seconds as those before time zones had: such a time is written in UTC."""
    offset = moment.utcoffset()
    is_whole = offset is not None and offset % timedelta(minutes=1) == timedelta(0)
    return (moment if is_whole else moment.astimezone(UTC)).isoformat()
