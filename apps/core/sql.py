"""Runs statements in PostgreSQL's binary format on Django's connection: bytes are not escaped to text on their way in and
out, and times not parsed, which is most of what a batch would cost here. A placeholder `%b` sends its parameter in binary too;
arrays want it, with a cast, since an empty one does not tell its type."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from apps.core import tracing
from apps.core.binary import bound


def fetch(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of `statement` (placeholders `%b`, `%s`), in Django's transaction where there is one, with Django's errors."""
    with connection.cursor() as opened:  # opens, checks and wraps as Django does; only the cursor is psycopg's plain one
        connection.validate_no_broken_transaction()
        with connection.wrap_database_errors, tracing.cursor_type()(opened.connection) as cursor:
            cursor.execute(statement, bound(statement, parameters), binary=True)
            return cursor.fetchall()


def run(statement: str, parameters: Sequence[Any] = ()) -> int:
    """Runs a statement that gives no rows, as `fetch` does; how many rows it changed."""
    with connection.cursor() as opened:
        connection.validate_no_broken_transaction()
        with connection.wrap_database_errors, tracing.cursor_type()(opened.connection) as cursor:
            cursor.execute(statement, bound(statement, parameters))
            return cursor.rowcount
