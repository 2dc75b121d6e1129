"""Builders of messages, a log that is empty after a test that commits, and a second connection that really is one."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

TABLES = ("eventlog_message", "eventlog_key", "eventlog_conflict", "eventlog_block", "eventlog_pending", "eventlog_unsealed")
BLOCKED = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"


@pytest.fixture
def count(db: None) -> Callable[[str], int]:
    """How many rows a table of the log has."""

    def rows(table: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            return cursor.fetchone()[0]

    return rows


@pytest.fixture
def tamper(db: None) -> Callable[..., None]:
    """Runs a statement as nobody may: as a superuser with the triggers off."""

    def run(sql: str, parameters: tuple[Any, ...] = ()) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(sql, parameters)
            cursor.execute("RESET session_replication_role")

    return run


@pytest.fixture
def committed(transactional_db: None, tamper: Callable[..., None]) -> Iterator[None]:
    """For tests that commit: the log has no models, so Django's flush passes it by."""
    yield
    tamper(f"TRUNCATE {', '.join(TABLES)}")


@pytest.fixture
def elsewhere(committed: None) -> Iterator[Callable[..., Future[Any]]]:
    """Runs a function in another thread, on a database connection of its own."""
    with ThreadPoolExecutor(4) as pool:

        def start(function: Callable[..., Any], *arguments: Any) -> Future[Any]:
            def run() -> Any:
                try:
                    return function(*arguments)
                finally:
                    connection.close()

            return pool.submit(run)

        yield start


@pytest.fixture
def wait_until_blocked() -> Callable[[Future[Any]], None]:
    """Returns once a backend waits for this connection's transaction; fails when the other one ends first."""

    def wait(other: Future[Any]) -> None:
        while not other.done():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
                )
                if cursor.fetchone()[0]:
                    return
        pytest.fail(f"it did not wait: {other.result()}")

    return wait
