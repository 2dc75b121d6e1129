"""Holds the cases of the ground truth against those that the API lists: type by type, one by one, to the moment."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from apps.demo.checking import Difference
from apps.demo.truth.apart import SHARED
from apps.demo.truth.rows import Row

Get = Callable[[str], Any]  # a path of the API -> its JSON
Name = tuple[str, str, str, str, str]  # type, subject's scheme and value, order, and when it opened
Shape = dict[str, Any]

_ENDS: Final = {"resolved_verified": "verified", "resolved_obsolete": "obsolete"}
_ABSENT: Final = "(absent)"


@dataclass(frozen=True, slots=True)
class Tally:
    """The cases of one type: how many there should be, how many are shown, and how many of these are right in everything."""

    expected: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        """The share of what should be there that is there and right; 1 where nothing should be."""
        return self.right / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """The share of what is shown that should be there and is right; 1 where nothing is."""
        return self.right / self.found if self.found else 1.0


@dataclass(frozen=True, slots=True)
class Checked:
    """By type, and every difference there is."""

    tallies: dict[str, Tally]
    differences: list[Difference]


def listed(get: Get, page_size: int = 500) -> Iterator[Mapping[str, Any]]:
    """Every case that the API lists, the first opened first."""
    path: str | None = f"exceptions?{urlencode({'sort': 'age', 'page_size': page_size})}"
    while path:
        page = get(path)
        yield from page["results"]
        path = page["next"].partition("/api/v1/")[2] if page["next"] else None


def own(truth: Mapping[str, Any], shown: Iterable[Mapping[str, Any]], judged_at: datetime) -> Iterator[Mapping[str, Any]]:
    """Of the cases of a system that hears of more than this world, those of its orders and messages that had opened by then."""
    orders = truth["orders"]
    for row in shown:
        is_event = row["subject"]["scheme"] == "event"
        number = "-".join(row["subject"]["value"].split("-")[:2]) if is_event else row["order"]
        if number in orders and datetime.fromisoformat(row["opened_at"]) <= judged_at:
            yield row


def check_cases(truth: Mapping[str, Any], shown: Iterable[Mapping[str, Any]], *, is_alone: bool) -> Checked:
    """The truth's cases against those that are shown. `is_alone`: the system has heard of no other world, so that what worlds
    share is this one's too, and nobody else has sent what keeps a promise."""
    rows = [row for row in truth["expected_exceptions"] if is_alone or row["code"] not in SHARED]
    expected = {_name(row, row["opens_at"]): _expected(row) for row in rows if row["measured"]}
    found = {_name(row, row["opened_at"]): _shown(row) for row in shown}
    if not is_alone:  # what others send may have a promise measured that this world alone would not
        for row in rows:
            name = _name(row, row["opens_at"])
            if not row["measured"] and name in found:
                expected[name] = _expected(row)
    right = {name for name, shape in expected.items() if found.get(name) == shape}
    codes = sorted({name[0] for name in (*expected, *found)})
    wanted, told, agreed = (Counter(name[0] for name in names) for names in (expected, found, right))
    tallies = {code: Tally(wanted[code], told[code], agreed[code]) for code in codes}
    return Checked(tallies, [*_differences(expected, found)])


def _name(row: Mapping[str, Any], opened_at: datetime | str) -> Name:
    subject = row["subject"]
    return row["code"], subject["scheme"], subject["value"], row["order"] or "", _wire(opened_at) or ""


def _expected(row: Row) -> Shape:
    return {
        "team": row["team"],
        "due_at": _wire(row["due_at"]),
        "resolved_at": _wire(row["closes_at"]),
        "resolved_as": row["closed_as"],
        "late_word": row["late_word"],
    }


def _shown(row: Mapping[str, Any]) -> Shape:
    return {
        "team": row["team"],
        "due_at": row["due_at"],
        "resolved_at": row["resolved_at"],
        "resolved_as": _ENDS.get(row["state"]),
        "late_word": row["late_word"],
    }


def _wire(moment: datetime | str | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if isinstance(moment, datetime) else moment


def _differences(expected: Mapping[Name, Shape], found: Mapping[Name, Shape]) -> Iterator[Difference]:
    for name in sorted(expected.keys() | found.keys()):
        code, scheme, value, order, opened_at = name
        where = f"{code} of {scheme} {value}, opened {opened_at}"
        if name not in found:
            yield Difference(order, where, expected[name], _ABSENT)
        elif name not in expected:
            yield Difference(order, where, _ABSENT, found[name])
        else:
            for field, truth in expected[name].items():
                if truth != found[name][field]:
                    yield Difference(order, f"{where}: {field}", truth, found[name][field])
