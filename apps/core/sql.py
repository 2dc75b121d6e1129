"""Runs statements in PostgreSQL's binary format on Django's connection: bytes are not escaped to text on their way in and
out, and times not parsed, which is most of what a batch would cost here. A placeholder `%b` sends its parameter in binary too;
arrays want it, with a cast, since an empty one does not tell its type."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from apps.core import tracing
from apps.core.binary import bound


def fetch(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of `statement` (placeholders `%b`, `%s`), in Django's transaction where there is one, with Django's errors."""
    with _cursor() as cursor:
        cursor.execute(statement, bound(statement, parameters), binary=True)
        return cursor.fetchall()


def run(statement: str, parameters: Sequence[Any] = ()) -> int:
    """Runs a statement that gives no rows, as `fetch` does; how many rows it changed."""
    with _cursor() as cursor:
        cursor.execute(statement, bound(statement, parameters))
        return cursor.rowcount


class Ahead:
    """Statements that were sent and not waited for."""

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Sends a statement whose rows nobody asks for."""
        tracing.cursor_type()(connection.connection).execute(statement, bound(statement, parameters))

    def fetch(self, statement: str, parameters: Sequence[Any] = ()) -> Callable[[], list[tuple[Any, ...]]]:
        """Sends a statement; its rows, when the returned function is called."""
        cursor = tracing.cursor_type()(connection.connection)
        cursor.execute(statement, bound(statement, parameters), binary=True)
        return cursor.fetchall


@contextmanager
def ahead() -> Iterator[Ahead]:
    """Has PostgreSQL work the statements sent inside while Python goes on; the block's end waits for them, and raises what
    went wrong with them, with Django's errors."""
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield Ahead()


@contextmanager
def _cursor() -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    """Psycopg's plain cursor on Django's connection, which is opened and checked as Django does before it gives one."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, tracing.cursor_type()(connection.connection) as cursor:
        yield cursor
