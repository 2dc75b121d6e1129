"""Every address has its committed number of SQL statements, whatever the amount of data. See docs/recipes/page.md."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, get_resolver

from apps.live.hub import hub
from tests.queries.asked import Asked
from tests.queries.table import TABLE
from tests.queries.world import World

SMALL, LARGE = 3, 60
# What stands in for a parameter where the table has no request of its route yet.
SAMPLES = {"identifier": "SO-1", "slug": "1", "str": "SO-1", "int": "1", "path": "SO-1", "uuid": "0" * 32}
METHODS = ("GET", "POST")
API_METHODS = (*METHODS, "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Counted:
    status: int
    statements: list[str]


def routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    """Every route of the URL configuration. The twin of another with its last slash stands for the same view."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern.url_patterns, route)


pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("query-counts")]  # counted once, by one worker
ROUTES = list(dict.fromkeys(routes()))
TWINS = {route for route in ROUTES if route.endswith("/") and route[:-1] in ROUTES}


def twin(row: Asked) -> Asked:
    """The same request with a last slash."""
    path, mark, query = row.url.partition("?")
    return replace(row, route=f"{row.route}/", url=f"{path}/{mark}{query}")


EXPECTED = [*TABLE, *(twin(row) for row in TABLE if f"{row.route}/" in TWINS)]
IDS = [str(row) for row in EXPECTED]


@pytest.fixture(scope="module")
def measured(django_db_setup: None, django_db_blocker: Any) -> dict[int, dict[str, Counted]]:
    """What each request of the table takes, and each that is missing there, by the size of the data."""
    found = {}
    with django_db_blocker.unblock():
        for size in (SMALL, LARGE):
            with transaction.atomic():
                world = World(size)
                found[size] = {repr(row): Counted(*world.ask(row)) for row in (*EXPECTED, *unlisted())}
                transaction.set_rollback(True)
    if hub._thread is not None:
        hub._thread.join(5)
    return found


def unlisted() -> list[Asked]:
    """A request to each address that the table has no line for."""
    listed = {(row.method, row.route) for row in EXPECTED}
    return [
        Asked(method, route, sample_url(route), 0, 0, who="token" if route.startswith("api/") else "user")
        for route in ROUTES
        if route not in TWINS
        for method in (API_METHODS if route.startswith("api/") else METHODS)
        if (method, route) not in listed
    ]


def sample_url(route: str) -> str:
    plain = re.sub(r"\(\?P<\w+>[^)]*\)", "1", route).replace("^", "").replace("$", "")
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES[found[1] or "str"], plain)


def test_every_address_is_in_the_table(measured: dict[int, dict[str, Counted]]) -> None:
    """An address that answers a method (not 405) has a line."""
    lines = []
    for row in unlisted():
        counted = measured[SMALL][repr(row)]
        if counted.status != 405:
            who = "" if row.who == "user" else f', who="{row.who}"'
            lines.append(
                f'    Asked("{row.method}", r"{row.route}", "{row.url}", {counted.status}, {len(counted.statements)}{who}),'
            )
    assert not lines, "Add to tests/queries/table.py (and choose data so that the answer is the usual one):\n" + "\n".join(
        lines
    )


def test_every_line_has_its_address() -> None:
    assert not [f"{row.method} {row.route}" for row in TABLE if row.route not in ROUTES]


@pytest.mark.parametrize("row", EXPECTED, ids=IDS)
def test_the_number_of_statements_is_the_committed_one(measured: dict[int, dict[str, Counted]], row: Asked) -> None:
    small, large = measured[SMALL][repr(row)], measured[LARGE][repr(row)]
    assert (small.status, large.status) == (row.status, row.status)
    if len(small.statements) != len(large.statements):
        pytest.fail(
            f"{row} takes more statements with more data: {len(small.statements)} with {SMALL}, "
            f"{len(large.statements)} with {LARGE} of everything.\n{shown(large.statements)}"
        )
    if len(small.statements) != row.statements:
        pytest.fail(
            f"{row} takes {len(small.statements)} statements, the table says {row.statements}. Lower is better: "
            f"write it into tests/queries/table.py. Higher needs a reason in the commit.\n{shown(small.statements)}"
        )


def shown(statements: list[str]) -> str:
    return "\n".join(f"{number:3} {' '.join(statement.split())[:200]}" for number, statement in enumerate(statements, 1))
