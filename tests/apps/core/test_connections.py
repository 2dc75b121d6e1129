from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import connection

from apps.core.connections import limit_transactions


@pytest.mark.django_db
def test_no_transaction_and_no_idle_one_holds_its_locks_for_ever() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_timeout'), current_setting('idle_in_transaction_session_timeout')")
        assert cursor.fetchone() == ("5min", "1min")


@pytest.mark.parametrize(("version", "statements"), [(160004, []), (170000, ["SET transaction_timeout = '300s'"])])
def test_an_older_server_is_not_told_what_it_does_not_know(version: int, statements: list[str]) -> None:
    told: list[str] = []
    raw: Any = SimpleNamespace(info=SimpleNamespace(server_version=version), execute=told.append)
    limit_transactions(SimpleNamespace(connection=raw))
    assert told == statements


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_lives_is_not_asked_and_one_that_was_ended_is_replaced() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (before,) = cursor.fetchone()
    assert connection.is_usable()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    assert not connection.is_usable()
    connection.health_check_done = False  # as at the start of a request
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (after,) = cursor.fetchone()
    assert after != before
