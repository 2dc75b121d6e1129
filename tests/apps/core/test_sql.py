"""Statements that are sent ahead: worked in their order, waited for at the block's end, and as atomic as any others."""

import pytest
from django.db import DataError, IntegrityError, transaction

from apps.core.sql import ahead, fetch, run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _table() -> None:
    run("CREATE TEMP TABLE sent (number integer PRIMARY KEY) ON COMMIT DROP")


def test_what_is_sent_is_worked_in_its_order_and_its_rows_come_after_the_block() -> None:
    with ahead() as sent:
        sent.run("INSERT INTO sent SELECT unnest(%b::integer[])", [[1, 2, 3]])
        found = sent.fetch("DELETE FROM sent WHERE number = ANY(%b::integer[]) RETURNING number", [[2, 3]])
        left = sent.fetch("SELECT number FROM sent")
    assert sorted(found()) == [(2,), (3,)]
    assert left() == fetch("SELECT number FROM sent") == [(1,)]


@pytest.mark.parametrize(
    ("statement", "parameters", "error"),
    [
        ("INSERT INTO sent SELECT unnest(%b::integer[])", [[1, 1]], IntegrityError),
        ("INSERT INTO sent VALUES (1 / %s)", [0], DataError),
    ],
)
def test_what_goes_wrong_is_raised_as_django_does_and_nothing_of_it_stays(
    statement: str, parameters: list[object], error: type[Exception]
) -> None:
    def three() -> None:
        with transaction.atomic(), ahead() as sent:
            sent.run("INSERT INTO sent VALUES (9)")
            sent.run(statement, parameters)
            sent.run("INSERT INTO sent VALUES (8)")

    with pytest.raises(error):
        three()
    assert fetch("SELECT count(*) FROM sent") == [(0,)]


def test_an_error_of_ours_inside_the_block_is_the_one_that_is_raised() -> None:
    def stumble() -> None:
        with transaction.atomic(), ahead() as sent:
            sent.run("INSERT INTO sent VALUES (9)")
            raise LookupError

    with pytest.raises(LookupError):
        stumble()
    assert fetch("SELECT count(*) FROM sent") == [(0,)]
