"""Makes every derived table again from the log, beside the standing ones, and compares or replaces them (law 2).

The pipeline runs on a schema of its own (`search_path`), so that readers see the standing rows until the new ones are
whole. Doors stay open: what arrives meanwhile waits in the standing pending table.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg.sql import SQL, Identifier

from apps.core.errors import Unavailable
from apps.exceptions.subjects.watches import ask_for_all as ask_for_partners
from apps.exceptions.sweep import ask_for_all
from apps.pipeline import timers
from apps.pipeline.process import BATCH_LIMIT, MAINTENANCE_LOCK, process_batch

SCHEMA: Final = "distsync_rebuild"
DERIVED: Final = (
    "orders_bundle",
    "orders_mention",
    "orders_fact",
    "orders_conflict",
    "orders_order",
    "orders_identifier",
    "pipeline_quarantine",
    "acts_audit",
    "acts_setting",
    "sla_clock",
    "exceptions_case",
    "exceptions_act",
    "exceptions_rejudge",
    "exceptions_subject",
    "exceptions_subject_fact",
    "exceptions_signal",
    "exceptions_hearing",
    "exceptions_ask",
)
PENDING: Final = "eventlog_pending"
FILL: Final = """
    INSERT INTO {shadow} (position, received_at, size_bytes)
    SELECT position, received_at, octet_length(body) FROM public.eventlog_message AS message
    WHERE NOT EXISTS (SELECT FROM public.eventlog_pending AS waiting WHERE waiting.position = message.position)
"""
CHECKSUM: Final = "SELECT count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0)::text FROM {table} AS row"
GRANT: Final = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO distsync_app"

Progress = Callable[[int, int], None]
Owner = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class TableComparison:
    """A derived table as it stands and as the log makes it: rows and a checksum over whole rows, in no order."""

    table: str
    standing_rows: int
    rebuilt_rows: int
    is_equal: bool


def rebuild(*, is_dry_run: bool, progress: Progress) -> list[TableComparison]:
    """Rebuilds from the log; replaces the standing tables unless `is_dry_run`. Raises Unavailable when another runs."""
    name = connection.settings_dict["NAME"]  # the database that this process speaks to, also where tests have their own
    with psycopg.connect(settings.DATABASE_OWNER_URL, dbname=name, autocommit=True) as owner, _alone(owner):
        now = timezone.now()
        ask_for_partners()
        timers.settle(now=now)  # both sides as of one moment
        with _shadow(owner):
            _run_pipeline(progress)
            ask_for_all()
            timers.settle(now=now)
            comparisons = [_compare(owner, table) for table in DERIVED]
            if not is_dry_run:
                _replace(owner)
            return comparisons


@contextmanager
def _alone(owner: Owner) -> Iterator[None]:
    """Holds the maintenance lock: running batches end first, new ones wait."""
    owner.execute("SET lock_timeout = '60s'")
    try:
        owner.execute("SELECT pg_advisory_lock(%s)", [MAINTENANCE_LOCK])
    except psycopg.errors.LockNotAvailable as error:
        raise Unavailable(
            "Another rebuild, or a batch that does not end, holds the pipeline.", retry_after_seconds=60
        ) from error
    try:
        yield
    finally:
        owner.execute("SELECT pg_advisory_unlock(%s)", [MAINTENANCE_LOCK])


@contextmanager
def _shadow(owner: Owner) -> Iterator[None]:
    """Empty copies of the derived tables, and a pending table that holds every message that had its effect."""
    schema = Identifier(SCHEMA)
    owner.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
    owner.execute(SQL("CREATE SCHEMA {}").format(schema))
    try:
        for table in (*DERIVED, PENDING):
            shadow, standing = Identifier(SCHEMA, table), Identifier("public", table)
            owner.execute(SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(shadow, standing))
        owner.execute(SQL(FILL).format(shadow=Identifier(SCHEMA, PENDING)))
        if owner.execute("SELECT 1 FROM pg_roles WHERE rolname = 'distsync_app'").fetchone():
            owner.execute(SQL("GRANT USAGE ON SCHEMA {} TO distsync_app").format(schema))
            owner.execute(SQL(GRANT).format(schema=schema))
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path = {SCHEMA}, public")
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path")
        owner.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))


def _run_pipeline(progress: Progress) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM eventlog_pending")  # the shadow's, by the search path
        (total,) = cursor.fetchone()
    done = 0
    while taken := process_batch(BATCH_LIMIT, now=timezone.now(), is_rebuild=True):
        done += taken
        progress(done, total)


def _compare(owner: Owner, table: str) -> TableComparison:
    standing, rebuilt = (
        owner.execute(SQL(CHECKSUM).format(table=Identifier(schema, table))).fetchone() for schema in ("public", SCHEMA)
    )
    assert standing is not None
    assert rebuilt is not None
    return TableComparison(table, standing[0], rebuilt[0], standing == rebuilt)


def _replace(owner: Owner) -> None:
    with owner.transaction():
        for table in DERIVED:
            standing, rebuilt = Identifier("public", table), Identifier(SCHEMA, table)
            owner.execute(SQL("TRUNCATE {}").format(standing))
            owner.execute(SQL("INSERT INTO {} SELECT * FROM {}").format(standing, rebuilt))
