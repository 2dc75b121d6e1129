"""What each new database connection is told that older servers do not know, and so cannot stand in its options."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

TRANSACTION_TIMEOUT = "300s"
KNOWS_TRANSACTION_TIMEOUT = 170000


def limit_transactions(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """No transaction holds its locks for ever: the server ends it (PostgreSQL 17 and newer)."""
    if connection.connection.info.server_version >= KNOWS_TRANSACTION_TIMEOUT:
        connection.connection.execute(f"SET transaction_timeout = '{TRANSACTION_TIMEOUT}'")
