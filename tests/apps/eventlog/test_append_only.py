"""Law 2: the database refuses to change or lose a message, to the application's role by right and to all by trigger."""

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction

from apps.eventlog.append import append
from apps.eventlog.partitions import make_partitions
from apps.eventlog.pending import claim, settle
from apps.eventlog.privileges import assert_privileges
from apps.eventlog.reading import find
from apps.eventlog.sealing import seal
from tests.apps.eventlog.builders import NOW, message

GUARDED = ("eventlog_message", "eventlog_key", "eventlog_conflict", "eventlog_block")
CHANGES = {"UPDATE": "UPDATE {} SET {} = {}", "DELETE": "DELETE FROM {}", "TRUNCATE": "TRUNCATE {}"}
COLUMN = {"eventlog_block": "count"}


def refused(sql: str, because: str) -> None:
    with pytest.raises(DatabaseError, match=because), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def change(kind: str, table: str) -> str:
    column = COLUMN.get(table, "received_at")
    return CHANGES[kind].format(table, column, column)


@pytest.fixture
def filled(db: None) -> None:
    append([message("1")], now=NOW)
    append([message("1", "two")], now=NOW)
    seal(now=NOW)


@pytest.fixture
def application(filled: None) -> Iterator[None]:
    """Acts as the application's role, made here where the server has none; the rollback unmakes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = 'distsync_app'")
        if cursor.rowcount == 0:
            cursor.execute("CREATE ROLE distsync_app")
        assert_privileges()
        cursor.execute("SET LOCAL ROLE distsync_app")
        yield
        cursor.execute("RESET ROLE")


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("table", [*GUARDED, "eventlog_message_default"])
def test_the_trigger_refuses_everybody(filled: None, kind: str, table: str) -> None:
    refused(change(kind, table), "append-only")


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("table", [*GUARDED, "eventlog_message_default"])
def test_the_application_has_no_right_to_change(application: None, kind: str, table: str) -> None:
    refused(change(kind, table), "permission denied")


def test_a_partition_of_keys_cannot_be_truncated(filled: None) -> None:
    refused("TRUNCATE eventlog_key_07", "append-only")


@pytest.mark.parametrize("statement", ["ALTER TABLE eventlog_message DISABLE TRIGGER ALL", "DROP TABLE eventlog_message"])
def test_the_application_does_not_own_the_log(application: None, statement: str) -> None:
    refused(statement, "must be owner")


def test_the_application_can_do_its_work(application: None) -> None:
    positions = append([message("2"), message("1", "three")], now=NOW).positions
    settle([stored.position for stored in claim(10, now=NOW)])

    assert seal(now=NOW).messages == 1
    assert find("urn:oms:main", "2").position == positions[0]
    assert make_partitions(now=NOW.replace(year=2041)) == [
        "eventlog_message_2041_03",
        "eventlog_message_2041_04",
        "eventlog_message_2041_05",
        "eventlog_message_2041_06",
    ]
    refused("TRUNCATE eventlog_message_2041_04", "permission denied")


def test_rights_given_by_default_privileges_are_taken_back(filled: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = 'distsync_app'")
        if cursor.rowcount == 0:
            cursor.execute("CREATE ROLE distsync_app")
        cursor.execute("ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO distsync_app")
        cursor.execute("GRANT ALL ON eventlog_message, eventlog_key, eventlog_conflict, eventlog_block TO distsync_app")
        make_partitions(now=NOW.replace(year=2042))
        assert_privileges()
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname ~ '^eventlog_(message|key|conflict|block)' AND relkind IN ('r', 'p')"
            " AND has_table_privilege('distsync_app', oid, 'UPDATE, DELETE, TRUNCATE')"
        )
        assert cursor.fetchall() == []
