"""Which searches find a page of a broad list of open cases: each by an index that holds its cases in their order, so that few
more of them are read than the page has. What they find, merged, is what the plain formulas of `sql` and `queries.SORTS` find: a
test holds them together.

What a list is narrowed and sorted by depends on now: the team and the severity of a case after a time, a site's next cut-off.
Each search takes the cases for which that is one column, or one value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, Final

from apps.exceptions.filters import ACTIVE, OPEN, CaseFilter
from apps.exceptions.sql import OF_TEAM

MOST_TIMES: Final = 8  # of cut-offs: with more of them, reading the whole list costs less
MOST_GAPS: Final = 50  # between the incidents that are left out: whoever leaves out more leaves cases of others in the list
NARROWING: Final = ("partner", "site", "region", "order", "incident", "least_worth", "ids", "late_word", "visible_partner")
STAYED: Final = "c.team = %(team)s AND (c.escalates_at IS NULL OR c.escalates_at > %(now)s)"
ESCALATED: Final = "c.escalates_to = %(team)s AND c.escalates_at <= %(now)s"
WITHIN: Final = ("severity", "money")  # sorts whose indexes hold the cases of no incident apart from those of one
IN_NO_INCIDENT: Final = "(c.incident IS NULL)::int = 1"  # as the indexes have it
IN_AN_INCIDENT: Final = "(c.incident IS NULL)::int = 0"


@dataclass(frozen=True, slots=True)
class Look:
    """One search: an SQL condition over `exceptions_case AS c`, and what the sort's first column is in all of it, as SQL; None:
    as the formula has it."""

    condition: str
    first: str | None = None


# At 4 there is nothing more severe; no type has a higher number.
SEVERITIES: Final = (
    Look("c.raises_at IS NULL", "-c.severity"),
    Look("c.raises_at <= %(now)s", "-least(c.severity + 1, 4)"),
    Look("c.raises_at > %(now)s", "-c.severity"),
)


def looks_for(
    sort: str, filters: CaseFilter, cut_offs: Mapping[str, datetime], hidden: Sequence[bytes]
) -> tuple[list[Look], dict[str, Any]]:
    """The searches, which see to the filters' team as well, and their parameters by name; none where there is no quicker way
    than the plain formulas. `hidden`: incidents (ids) whose cases are left out."""
    if not _is_broad(filters):
        return [], {}
    looks, parameters = _of_sort(sort, cut_offs)
    others: list[Look] = []
    if sort in WITHIN:
        inside = [Look(IN_AN_INCIDENT)]
        if 0 < len(hidden) < MOST_GAPS:
            # Incidents stand first in the order of cases too: theirs would be read one after the other, to be left out.
            gaps, ids = _between(sorted(set(hidden)))
            parameters |= ids
            inside, others = [], [Look(gaps if filters.team is None else f"{gaps} AND {OF_TEAM}")]
        looks = _both([Look(IN_NO_INCIDENT), *inside], looks)
    if filters.team is not None:
        parameters["team"] = filters.team
        looks = _both([Look(STAYED), Look(ESCALATED)], looks or [Look("true")])
    return [*looks, *others], parameters


def _is_broad(filters: CaseFilter) -> bool:
    """Whether the cases that pass are so many among all that are open that the next one in any order is never far."""
    is_open = filters.state in {OPEN, ACTIVE} and filters.assignee in {None, ""}
    return is_open and all(getattr(filters, name) is None for name in NARROWING)


def _of_sort(sort: str, cut_offs: Mapping[str, datetime]) -> tuple[list[Look], dict[str, Any]]:
    if sort == "severity":
        return list(SEVERITIES), {}
    if sort == "money":
        return [Look("true")], {}
    if sort == "cut_off" and len(set(cut_offs.values())) <= MOST_TIMES:
        return _by_cut_off(cut_offs)
    return [], {}


def _by_cut_off(cut_offs: Mapping[str, datetime]) -> tuple[list[Look], dict[str, Any]]:
    parameters: dict[str, Any] = {}
    looks = []
    for place, time in enumerate(sorted(set(cut_offs.values()))):
        parameters[f"cut_off_{place}"] = time
        parameters[f"sites_{place}"] = sorted(site for site, at in cut_offs.items() if at == time)
        looks.append(Look(f"c.site = ANY(%(sites_{place})s)", f"%(cut_off_{place})s::timestamptz"))
    others = "(c.site IS NULL OR c.site <> ALL(%(sites)s))" if cut_offs else "true"
    return [*looks, Look(others, "'infinity'::timestamptz")], parameters


def _both(first: Iterable[Look], second: Iterable[Look]) -> list[Look]:
    return [Look(f"{one.condition} AND {other.condition}", other.first) for one, other in product(first, second)]


def _between(ids: Sequence[bytes]) -> tuple[str, dict[str, Any]]:
    """The cases of all other incidents, as ranges of the index on them."""
    names = [f"hidden_{place}" for place in range(len(ids))]
    ranges = (_range(below, above) for below, above in zip([None, *names], [*names, None], strict=True))
    return f"({' OR '.join(ranges)})", dict(zip(names, ids, strict=True))


def _range(below: str | None, above: str | None) -> str:
    bounds = (f"c.incident > %({below})s" if below else "", f"c.incident < %({above})s" if above else "")
    return f"({' AND '.join(filter(None, bounds))})"
