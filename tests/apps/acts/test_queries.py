"""The audit log as it is read: each filter, and pages that meet without a gap."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.acts.queries import AuditEntry, AuditFilter, find_acts
from apps.acts.store import write
from apps.acts.types import Act
from apps.core.errors import Unreadable
from apps.core.pagination import Cursor
from tests.apps.acts.builders import NOW, claim, put, stamped

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MANY = """
    INSERT INTO acts_audit (position, at, who, kind, "order", subject, case_id, summary, detail)
    SELECT n, %s::timestamptz + n * interval '1 second', 'u' || n %% 500, 'k.' || n %% 500, 'SO-' || n, '', '',
        CASE WHEN n %% 9000 = 0 THEN 'a needle' ELSE 'Claimed ' || md5(n::text) END, '{}'
    FROM generate_series(1, 20000) AS n
"""


def found(**filters: Any) -> list[int]:
    return [entry.position for entry in find_acts(AuditFilter(**filters), cursor=None, page_size=50).rows]


@pytest.fixture
def acts() -> None:
    write(
        [
            stamped(claim(order="SO-1", subject="Short pick on SO-1", case="c0de"), 1),
            stamped(claim("ben", order="/oms:SO-2"), 2, NOW + HOUR),
            stamped(Act(kind="case.comment", who="ada", order="SO-1", text="100% of a_b\\c"), 3, NOW + 2 * HOUR),
            stamped(put("calendar", "ATL", {"zone": "UTC"}, who="cy", reason="Go-live"), 4, NOW + 3 * HOUR),
        ]
    )


def test_an_entry_tells_all_of_the_act(acts: None) -> None:
    assert find_acts(AuditFilter(who="cy"), cursor=None, page_size=9).rows == [
        AuditEntry(
            position=4,
            at=NOW + 3 * HOUR,
            who="cy",
            kind="setting.put",
            order="",
            subject="",
            case_id="",
            summary="Set calendar “ATL”: Go-live",
            detail={"setting": "calendar", "name": "ATL", "value": {"zone": "UTC"}, "reason": "Go-live"},
        )
    ]


@pytest.mark.parametrize(
    ("filters", "positions"),
    [
        ({}, [4, 3, 2, 1]),
        ({"who": "ada"}, [3, 1]),
        ({"who": "ADA"}, []),
        ({"kind": "case.claim"}, [2, 1]),
        ({"order": "SO-1"}, [3, 1]),
        ({"order": "SO-2"}, []),
        ({"order": "/oms:SO-2"}, [2]),
        ({"since": NOW + HOUR}, [4, 3, 2]),
        ({"until": NOW + HOUR}, [1]),
        ({"since": NOW + HOUR, "until": NOW + 3 * HOUR, "who": "ada"}, [3]),
        ({"text": "SHORT pick"}, [1]),
        ({"text": "go-LIVE"}, [4]),
        ({"text": "0% of"}, [3]),
        ({"text": "1%c"}, []),
        ({"text": "a_b\\c"}, [3]),
        ({"text": "a_b\\_"}, []),
        ({"text": "a\x00"}, []),
        ({"who": "\ud800"}, []),
    ],
)
def test_each_filter_narrows(acts: None, filters: dict[str, Any], positions: list[int]) -> None:
    assert found(**filters) == positions


def test_pages_meet_without_a_gap_also_within_one_instant() -> None:
    write([stamped(claim(), position) for position in range(1, 8)])
    write([stamped(claim(), 8, NOW - HOUR)])  # it committed last, and was received first
    first = find_acts(AuditFilter(who="ada"), cursor=None, page_size=3)
    second = find_acts(AuditFilter(who="ada"), cursor=first.next, page_size=3)
    third = find_acts(AuditFilter(who="ada"), cursor=second.next, page_size=3)
    assert [[entry.position for entry in page.rows] for page in (first, second, third)] == [[7, 6, 5], [4, 3, 2], [1, 8]]
    assert (first.previous, third.next) == (None, None)
    back = find_acts(AuditFilter(who="ada"), cursor=third.previous, page_size=3)
    assert [entry.position for entry in back.rows] == [4, 3, 2]


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        Cursor(("2026-03-02T08:00:00+00:00",)).encode(),
        Cursor(("2026-03-02T08:00:00", "1")).encode(),
        Cursor(("2026-03-02T08:00:00+00:00", "x")).encode(),
        Cursor(("2026-03-02T08:00:00+00:00", str(2**63))).encode(),
    ],
)
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(Unreadable, match="cursor"):
        find_acts(AuditFilter(), cursor=cursor, page_size=3)


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "acts_audit_at"),
        ({"who": "u7"}, "acts_audit_who"),
        ({"kind": "k.7"}, "acts_audit_kind"),
        ({"order": "SO-7"}, "acts_audit_order"),
        ({"text": "needle"}, "acts_audit_summary"),
    ],
)
def test_each_filter_is_answered_by_an_index(filters: dict[str, str], index: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, parameters: Any, *rest: Any) -> Any:
        asked.append((sql, parameters))
        return execute(sql, parameters, *rest)

    with connection.cursor() as cursor:
        cursor.execute(MANY, [NOW])
        cursor.execute("ANALYZE acts_audit")
        with connection.execute_wrapper(note):
            assert found(**filters) != []
        ((sql, parameters),) = asked
        cursor.execute(f"EXPLAIN {sql}", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert index in plan
    assert "Seq Scan" not in plan
