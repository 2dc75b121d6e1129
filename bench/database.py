"""What the product leaves in PostgreSQL: write-ahead log, and bytes by table."""

from typing import Any

import psycopg

SIZES = """
    SELECT regexp_replace(relname, '_([0-9]{2}|[0-9]{4}_[0-9]{2}|default)$', '') AS family,
        sum(pg_total_relation_size(oid))::bigint
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    GROUP BY family
"""
SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")


def wal_bytes(url: str) -> int:
    """Bytes of write-ahead log so far."""
    return int(_one(url, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"))


def table_bytes(url: str) -> dict[str, int]:
    """Bytes by table with its indexes, partitions together."""
    with psycopg.connect(url) as connection:
        return {str(family): int(size) for family, size in connection.execute(SIZES).fetchall()}


def messages(url: str) -> int:
    """How many the log holds."""
    return int(_one(url, "SELECT count(*) FROM eventlog_message"))


def settle(url: str) -> None:
    """Brings the tables into the state that a system has after a while: vacuumed, analyzed, checkpointed."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def settings(url: str) -> dict[str, str]:
    """The settings that a figure depends on. Raises AssertionError when the server is not durable."""
    with psycopg.connect(url) as connection:
        found = {name: str(connection.execute(f"SHOW {name}").fetchone()[0]) for name in SETTINGS}  # type: ignore[index]
    for name in ("fsync", "synchronous_commit"):
        if found[name] != "on":
            raise AssertionError(f"{name} is {found[name]}: a rate without durability says nothing.")
    return found


def make_database(url: str, name: str) -> None:
    """An empty database beside the product's, in the same server."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')


def _one(url: str, statement: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()
        assert row is not None
        return row[0]
