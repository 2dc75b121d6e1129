"""Arrays in PostgreSQL's format: the server reads back what was given, whichever of the two ways it went."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from apps.core.binary import bound
from apps.core.sql import fetch, run

pytestmark = pytest.mark.django_db

TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants them so
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
ITEMS: dict[str, st.SearchStrategy[Any]] = {
    "bytea": st.binary(),
    "text": TEXTS,
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "smallint": st.integers(-(2**15), 2**15 - 1),
    "boolean": st.booleans(),
    "timestamptz": TIMES,
}


@pytest.mark.parametrize("name", ITEMS)
def test_the_server_reads_what_was_given(name: str) -> None:
    @given(st.lists(st.none() | ITEMS[name]))
    def check(items: list[Any]) -> None:
        assert fetch(f"SELECT %b::{name}[]", [items]) == [(items,)]
        assert type(bound(f"SELECT %b::{name}[]", [items])[0]) is not list

    check()


def test_a_digest_is_given_in_hex_digits() -> None:
    digits = "00112233445566778899aabbccddeeff"
    ((found,),) = fetch("SELECT %b::uuid[]", [[digits, None]])
    assert [found[0].hex, found[1]] == [digits, None]


def test_placeholders_of_other_kinds_are_left_alone() -> None:
    statement = "SELECT %s, %b::bigint, 7 %% 4, %b::text[], %b::numeric[]"
    assert bound(statement, [["a"], 1, ["b"], [2]])[:2] == [["a"], 1]
    assert bound("SELECT %s", [["a"]]) == [["a"]]
    assert fetch(statement, ["a", 1, ["b"], [2]]) == [("a", 1, 3, ["b"], [2])]


def test_a_copy_sends_lists_too() -> None:
    run("CREATE TEMP TABLE copied (texts text[], numbers bigint[]) ON COMMIT DROP")
    with connection.cursor() as cursor, cursor.copy("COPY copied FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["text[]", "bigint[]"])
        copy.write_row((["a", None], [1, -1]))
        copy.write_row(([], None))
    assert fetch("SELECT * FROM copied") == [(["a", None], [1, -1]), ([], None)]


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    time = datetime.fromisoformat("2026-03-29T02:30:00.000001+05:45")
    ((found,),) = fetch("SELECT %b::timestamptz[]", [[time]])
    assert found == [time]
    assert found[0].utcoffset() == timedelta(0)
