"""What acts amount to does not depend on the order in which they are written, nor on how often."""

import json
from itertools import permutations
from typing import Any

import pytest
from django.db import connection

from apps.acts.settings import settings_of
from apps.acts.store import write
from apps.acts.types import Act, StampedAct
from tests.apps.acts.builders import NOW, claim, put, remove, stamped

pytestmark = pytest.mark.django_db


def rows(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} AS row ORDER BY row::text")
        return cursor.fetchall()


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM acts_audit; DELETE FROM acts_setting")


ACTS = [
    stamped(put("calendar", "ATL", {"zone": "America/New_York"}), 11),
    stamped(put("calendar", "ATL", {"zone": "America/Chicago"}, who="ben", reason="moved"), 12),
    stamped(put("calendar", "CHI", None), 13),
    stamped(remove("calendar", "ATL", reason="closed"), 14),
    stamped(put("rule", "ATL", [1, 2]), 15),
]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_any_order_and_batching_gives_the_same_rows(size: int) -> None:
    write(ACTS)
    audit, setting = rows("acts_audit"), rows("acts_setting")
    assert settings_of(["calendar", "rule"]) == {("calendar", "CHI"): None, ("rule", "ATL"): [1, 2]}
    for shuffled in permutations(ACTS):
        empty()
        for start in range(0, len(shuffled), size):
            write(shuffled[start : start + size])
        write(shuffled[:2])
        assert (rows("acts_audit"), rows("acts_setting")) == (audit, setting)


def test_what_was_removed_does_not_come_back_with_an_older_act() -> None:
    write([stamped(remove("calendar", "ATL"), 14)])
    write([stamped(put("calendar", "ATL", 1), 11)])
    assert settings_of(["calendar"]) == {}
    write([stamped(put("calendar", "ATL", 2), 15)])
    assert settings_of(["calendar"]) == {("calendar", "ATL"): 2}


@pytest.mark.parametrize(
    ("act", "summary", "detail"),
    [
        (
            claim(order="SO-1", subject="Short pick on SO-1", case="c0de", key="aa", version=2),
            "Claimed “Short pick on SO-1”",
            {"key": "aa", "version": 2},
        ),
        (
            Act(kind="case.assign", who="ada", order="SO-1", to="ben", text="He knows."),
            "Assigned SO-1 to ben: He knows.",
            {"to": "ben", "text": "He knows."},
        ),
        (Act(kind="case.snooze", who="ada", until=NOW), "Snoozed a case", {"until": "2026-03-02T08:00:00.123456Z"}),
        (
            put("ownership_rule", "west {0}", {"team": "finance"}, reason="new team"),
            "Set ownership rule “west {0}”: new team",
            {"setting": "ownership_rule", "name": "west {0}", "value": {"team": "finance"}, "reason": "new team"},
        ),
        (remove("calendar", "ATL"), "Removed calendar “ATL”", {"setting": "calendar", "name": "ATL"}),
        (Act(kind="dead_letter.replay", who="ada", subject="m1"), "Dead letter replay: “m1”", {}),
    ],
)
def test_the_audit_row_of_an_act(act: Act, summary: str, detail: dict[str, Any]) -> None:
    write([StampedAct(act, 7, NOW, "x")])
    ((*columns, said, more),) = rows("acts_audit")
    assert columns == [7, NOW, "ada", act.kind, act.order, act.subject, act.case]
    assert (said, json.loads(more)) == (summary, detail)
