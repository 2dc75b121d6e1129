"""Remembers in the database itself which code has migrated it, so that a warm start need not load Django to find out."""

import hashlib

import psycopg
from psycopg import sql

from distsync.env import ROOT

FOLDERS = ("apps", "distsync")
LOCK = ROOT / "requirements" / "runtime.txt"


def fingerprint() -> str:
    """Of all code that a migration could come from: ours, and what the lock names."""
    digest = hashlib.sha256(LOCK.read_bytes())
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_migrated(owner_url: str, code: str) -> bool:
    """True when this very code migrated the database and nobody has migrated it since, forwards or back."""
    with psycopg.connect(owner_url) as connection:
        return _remembered(connection) == f"{code} {_applied(connection)}"


def remember(owner_url: str, code: str) -> None:
    """Writes it as the database's comment: a restored copy without it is migrated anew."""
    with psycopg.connect(owner_url) as connection:
        comment = sql.Literal(f"{code} {_applied(connection)}")
        database = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, comment))


def _remembered(connection: psycopg.Connection) -> str | None:
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _applied(connection: psycopg.Connection) -> str:
    """A digest of the migrations that the database says it has; of nothing when it has no list yet."""
    if connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
        return ""
    row = connection.execute("SELECT md5(string_agg(app || '.' || name, ' ' ORDER BY id)) FROM django_migrations").fetchone()
    return str(row[0]) if row else ""
