"""The quick searches of a broad list find what the plain formulas find, in the same order, whatever its cases are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from unittest import mock

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.exceptions import queries
from apps.exceptions.filters import ACTIVE, OPEN, CaseFilter
from apps.exceptions.looks import MOST_GAPS, MOST_TIMES, looks_for
from apps.exceptions.models import CaseRow
from apps.exceptions.queries import SORTS, Case, find_cases
from tests.messages import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
INCIDENTS = [bytes([number]) * 16 for number in (1, 2, 3, 4)]
TIMES = st.sampled_from([None, NOW - HOUR, NOW, NOW + HOUR])  # what has come, what comes now, and what is to come
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "code": st.sampled_from(["SHIP_OVERDUE", "NOT_INVOICED", "PARTNER_SILENT"]),
            "severity": st.integers(1, 4),
            "raises_at": TIMES,
            "site": st.sampled_from([None, "ATL", "RNO", "CHI"]),
            "worth": st.sampled_from([None, Decimal(0), Decimal("2.5"), Decimal(900)]),
            "opened_at": st.sampled_from([NOW - hours * HOUR for hours in (1, 2, 3)]),
            "cleared_at": st.sampled_from([None, None, None, NOW - HOUR]),
            "resolved_at": st.sampled_from([None, None, None, NOW - HOUR, NOW - 30 * HOUR]),
            "team": st.sampled_from(["finance", "planning"]),
            "escalates_at": TIMES,
            "assignee": st.sampled_from(["", "ada"]),
            "snoozed_until": TIMES,
            "incident": st.sampled_from([None, None, *INCIDENTS]),
        }
    ),
    max_size=40,
)
FILTERS = st.builds(
    CaseFilter,
    team=st.sampled_from([None, "finance", "planning"]),
    code=st.sampled_from([None, "SHIP_OVERDUE"]),
    assignee=st.sampled_from([None, ""]),
    state=st.sampled_from([OPEN, ACTIVE]),
    severity=st.sampled_from([None, 3]),
)
CUT_OFFS = st.dictionaries(st.sampled_from(["ATL", "RNO", "LAX"]), st.sampled_from([NOW + HOUR, NOW + 2 * HOUR]))
HIDDEN = st.lists(st.sampled_from([each.hex() for each in INCIDENTS]), unique=True)


@given(
    rows=ROWS,
    filters=FILTERS,
    sort=st.sampled_from(sorted(SORTS)),
    hidden=HIDDEN,
    cut_offs=CUT_OFFS,
    page_size=st.integers(1, 50),
    most_gaps=st.sampled_from([1, MOST_GAPS]),
    most_times=st.sampled_from([1, MOST_TIMES]),
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_they_find_what_the_plain_formulas_find(  # noqa: PLR0917 - one law over all that a list can be
    rows: list[dict[str, object]],
    filters: CaseFilter,
    sort: str,
    hidden: list[str],
    cut_offs: dict[str, datetime],
    page_size: int,
    most_gaps: int,
    most_times: int,
) -> None:
    CaseRow.objects.all().delete()
    CaseRow.objects.bulk_create(row_of(number, values) for number, values in enumerate(rows))
    with (
        mock.patch("apps.exceptions.queries.next_cut_offs", return_value=cut_offs),
        mock.patch("apps.exceptions.looks.MOST_GAPS", most_gaps),
        mock.patch("apps.exceptions.looks.MOST_TIMES", most_times),
    ):
        quick = every_page(filters, sort, hidden, page_size)
        with by_the_formulas():
            plain = every_page(filters, sort, hidden, page_size)
    assert quick == plain
    shown = {case.id for case in quick[0]}
    assert shown == {row.id.hex() for row in CaseRow.objects.all() if passes(row, filters, hidden)}


def every_page(filters: CaseFilter, sort: str, hidden: list[str], page_size: int) -> tuple[list[Case], list[Case]]:
    """The cases forwards from the beginning, and backwards from the last page to the first."""
    page = find_cases(filters, now=NOW, sort=sort, page_size=page_size, apart_from=hidden)
    there = list(page.rows)
    while page.next:
        page = find_cases(filters, now=NOW, sort=sort, page_size=page_size, apart_from=hidden, cursor=page.next)
        there += page.rows
    back = list(page.rows)
    while page.previous:
        page = find_cases(filters, now=NOW, sort=sort, page_size=page_size, apart_from=hidden, cursor=page.previous)
        back = [*page.rows, *back]
    return there, back


@contextmanager
def by_the_formulas() -> Iterator[None]:
    with mock.patch.object(queries, "looks_for", return_value=([], {})):
        yield


def passes(row: CaseRow, filters: CaseFilter, hidden: list[str]) -> bool:
    """Written once more, without SQL."""
    is_resolved = row.resolved_at is not None and row.resolved_at + 24 * HOUR > NOW
    is_snoozed = row.snoozed_until is not None and row.snoozed_until > NOW
    is_escalated = row.escalates_at is not None and row.escalates_at <= NOW
    is_raised = row.raises_at is not None and row.raises_at <= NOW
    return (
        row.cleared_at is None
        and not is_resolved
        and not (is_snoozed and filters.state == ACTIVE)
        and filters.team in {None, row.escalates_to if is_escalated else row.team}
        and filters.code in {None, row.code}
        and filters.assignee in {None, row.assignee}
        and min(row.severity + is_raised, 4) >= (filters.severity or 0)
        and (row.incident is None or bytes(row.incident).hex() not in hidden)
    )


def row_of(number: int, values: dict[str, object]) -> CaseRow:
    rest = {
        "scheme": "leg",
        "value": str(number),
        "issuer": "",
        "episode": 1,
        "reason": "",
        "cleared": "",
        "is_late_word": False,
        "escalates_to": "planning" if values["escalates_at"] else "",
        "worked": "new",
        "resolved_by": "",
        "resolution": "",
        "version": 0,
        "last_act_by": "",
        "comment_count": 0,
        "measure": "",
        "sender": "",
        "detail": b"",
    }
    number_of = number.to_bytes(16, "big")
    return CaseRow(id=number_of, key=number_of, handle=f"SO-{number}", **(rest | values))


def test_a_narrow_list_is_found_by_what_narrows_it() -> None:
    assert looks_for("severity", CaseFilter(partner="northstar"), {}, []) == ([], {})
    assert looks_for("severity", CaseFilter(state="resolved"), {}, []) == ([], {})


@pytest.mark.parametrize(
    ("sort", "filters", "index"),
    [
        ("severity", CaseFilter(), "exceptions_case_grave"),
        ("severity", CaseFilter(team="finance"), "exceptions_case_team_grave"),
        ("severity", CaseFilter(code="NOT_INVOICED"), "exceptions_case_code_grave"),
        ("severity", CaseFilter(), "exceptions_case_raised"),
        ("money", CaseFilter(), "exceptions_case_money"),
        ("cut_off", CaseFilter(), "exceptions_case_open"),
    ],
)
def test_each_order_is_that_of_an_index(sort: str, filters: CaseFilter, index: str) -> None:
    """The expressions of the statement are those of the index: without sorting, there is no other way."""
    plans: list[str] = []

    def explain(execute: object, sql: str, parameters: object, many: bool, context: object) -> object:
        with connection.connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {sql}", parameters)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, parameters, many, context)  # type: ignore[operator]

    with connection.execute_wrapper(explain):
        find_cases(filters, now=NOW, sort=sort)
    assert any(f"Index Scan using {index} " in plan or f"Index Only Scan using {index} " in plan for plan in plans), plans
