"""Partitions: an insert never fails for want of one, and the months to come are ready."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.eventlog.append import append
from apps.eventlog.partitions import make_partitions
from apps.eventlog.reading import find
from tests.apps.eventlog.builders import message


def home_of(message_id: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM eventlog_message WHERE id = %s", (message_id,))
        return cursor.fetchone()[0]


@pytest.mark.parametrize("received_at", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)])
def test_a_message_of_a_month_without_partition_lands_in_the_default(db: None, received_at: datetime) -> None:
    append([message("1")], now=received_at)

    assert home_of("1") == "eventlog_message_default"
    assert find("urn:oms:main", "1").received_at == received_at


def test_after_migrating_this_month_and_the_next_ones_are_there(db: None) -> None:
    append([message("1")], now=timezone.now())

    assert home_of("1") == f"eventlog_message_{timezone.now():%Y_%m}"


def test_the_missing_months_are_made_once(db: None) -> None:
    names = ["eventlog_message_2050_11", "eventlog_message_2050_12", "eventlog_message_2051_01", "eventlog_message_2051_02"]

    assert make_partitions(now=datetime(2050, 11, 30, 23, tzinfo=UTC)) == names
    assert make_partitions(now=datetime(2050, 12, 1, tzinfo=UTC)) == ["eventlog_message_2051_03"]

    append([message("last")], now=datetime(2050, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
    append([message("first")], now=datetime(2051, 1, 1, tzinfo=UTC))
    assert (home_of("last"), home_of("first")) == ("eventlog_message_2050_12", "eventlog_message_2051_01")


def test_a_month_that_the_default_holds_stays_there(db: None) -> None:
    append([message("1")], now=datetime(2050, 12, 24, tzinfo=UTC))

    made = make_partitions(now=datetime(2050, 11, 1, tzinfo=UTC))

    assert made == ["eventlog_message_2050_11", "eventlog_message_2051_01", "eventlog_message_2051_02"]
    append([message("2")], now=datetime(2050, 12, 25, tzinfo=UTC))
    assert (home_of("1"), home_of("2")) == ("eventlog_message_default", "eventlog_message_default")


@pytest.mark.parametrize("statement", ["UPDATE {} SET door = ''", "DELETE FROM {}", "TRUNCATE {}"])
def test_a_new_partition_is_append_only(db: None, statement: str) -> None:
    make_partitions(now=datetime(2050, 11, 1, tzinfo=UTC))
    append([message("1")], now=datetime(2050, 11, 1, tzinfo=UTC))

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format("eventlog_message_2050_11"))


def test_a_new_partition_has_every_index(db: None) -> None:
    make_partitions(now=datetime(2050, 11, 1, tzinfo=UTC))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT parent.relname, count(child.inhrelid) FROM pg_class AS parent JOIN pg_index ON indexrelid = parent.oid"
            " LEFT JOIN pg_inherits AS child ON child.inhparent = parent.oid"
            " AND child.inhrelid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'eventlog_message_2050_11'::regclass)"
            " WHERE pg_index.indrelid = 'eventlog_message'::regclass GROUP BY 1 ORDER BY 1"
        )
        assert cursor.fetchall() == [
            ("eventlog_message_id", 1),
            ("eventlog_message_pkey", 1),
            ("eventlog_message_source", 1),
            ("eventlog_message_type", 1),
        ]
