"""Makes every derived table again from the log, beside the standing ones, and compares or replaces them (law 2).

The pipeline runs on a schema of its own (`search_path`), so that readers see the standing rows until the new ones are
whole. Doors stay open: what arrives meanwhile waits in the standing pending table. People go on too: what they do takes effect
at once in the standing tables, and waits there besides, so that the workers write it again after the tables were replaced.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg.sql import SQL, Identifier, Literal

from apps.acts import log as acts_log
from apps.core.errors import Unavailable
from apps.core.sql import run
from apps.eventlog.maintenance import MAINTENANCE_LOCK
from apps.exceptions.subjects.watches import ask_for_all as ask_for_partners
from apps.exceptions.sweep import ask_for_all
from apps.pipeline import timers
from apps.pipeline.process import BATCH_LIMIT, process_batch

SCHEMA: Final = "distsync_rebuild"
DERIVED: Final = (
    "orders_bundle",
    "orders_mention",
    "orders_fact",
    "orders_conflict",
    "orders_purchase",
    "orders_order",
    "orders_identifier",
    "pipeline_quarantine",
    "acts_audit",
    "acts_setting",
    "sla_clock",
    "sla_sent",
    "exceptions_case",
    "exceptions_act",
    "exceptions_subject",
    "exceptions_subject_fact",
    "exceptions_signal",
    "exceptions_hearing",
    "exceptions_number",
)
# Written as people act, also while a rebuild runs.
ACTED_ON: Final = ("acts_audit", "acts_setting", "exceptions_act", "exceptions_case")
PENDING: Final = "eventlog_pending"
# Work that waits: the rebuild has its own, and leaves the standing alone.
QUEUES: Final = (PENDING, "exceptions_rejudge", "exceptions_ask")
MEMORY: Final = "exceptions_known"  # the rebuild begins without any, and so proves that it is none of the truth
ASK_FOR_ACTED: Final = "INSERT INTO exceptions_rejudge (key) SELECT key FROM exceptions_act ON CONFLICT DO NOTHING"
ACTS: Final = SQL(
    "hashtextextended(message.source, 0) = hashtextextended({people}, 0)"
    " AND message.source = {people} AND message.door = {door}"
).format(people=Literal(acts_log.SOURCE), door=Literal(acts_log.DOOR))
FILL: Final = """
    INSERT INTO {shadow} (position, received_at, size_bytes)
    SELECT position, received_at, octet_length(body) FROM public.eventlog_message AS message
    WHERE {which} AND NOT EXISTS (SELECT FROM public.eventlog_pending AS waiting WHERE waiting.position = message.position)
"""
CATCH_UP: Final = """
    INSERT INTO {shadow} (position, received_at, size_bytes)
    SELECT waiting.position, waiting.received_at, waiting.size_bytes
    FROM public.eventlog_message AS message JOIN public.eventlog_pending AS waiting ON waiting.position = message.position
    WHERE {acts} AND NOT EXISTS (SELECT FROM {audit} AS known WHERE known.position = message.position)
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
        timers.settle(now=now)  # both sides are judged as of one moment
        with _shadow(owner):
            # What people did first: facts are then judged by the settings that are in force.
            for which in (ACTS, SQL("NOT ({})").format(ACTS)):
                owner.execute(SQL(FILL).format(shadow=Identifier(SCHEMA, PENDING), which=which))
                _run_pipeline(progress)
            ask_for_all()
            timers.settle(now=now)
            comparisons = _compare_all(owner, progress, now)
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
    """Empty copies of the derived tables and of the pending table, which the pipeline takes for the standing ones."""
    schema = Identifier(SCHEMA)
    owner.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
    owner.execute(SQL("CREATE SCHEMA {}").format(schema))
    try:
        for table in (*DERIVED, *QUEUES, MEMORY):
            shadow, standing = Identifier(SCHEMA, table), Identifier("public", table)
            owner.execute(SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(shadow, standing))
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


def _compare_all(owner: Owner, progress: Progress, now: datetime) -> list[TableComparison]:
    """Compares, taking in what people did meanwhile, which the standing tables show already."""
    compared = {table: _compare(owner, table) for table in DERIVED}
    while not all(compared[table].is_equal for table in ACTED_ON) and _catch_up(owner):
        _run_pipeline(progress)
        run(ASK_FOR_ACTED)
        timers.settle(now=now)
        compared |= {table: _compare(owner, table) for table in ACTED_ON}
    return list(compared.values())


def _catch_up(owner: Owner) -> int:
    """Makes the acts pending here that wait in the standing table for the end of the rebuild; how many are new."""
    places = {"shadow": Identifier(SCHEMA, PENDING), "audit": Identifier(SCHEMA, "acts_audit")}
    return owner.execute(SQL(CATCH_UP).format(**places, acts=ACTS)).rowcount


def _compare(owner: Owner, table: str) -> TableComparison:
    standing, rebuilt = (
        owner.execute(SQL(CHECKSUM).format(table=Identifier(schema, table))).fetchone() for schema in ("public", SCHEMA)
    )
    assert standing is not None
    assert rebuilt is not None
    return TableComparison(table, standing[0], rebuilt[0], standing == rebuilt)


def _replace(owner: Owner) -> None:
    with owner.transaction():
        owner.execute(SQL("TRUNCATE {}").format(Identifier("public", MEMORY)))
        for table in DERIVED:
            standing, rebuilt = Identifier("public", table), Identifier(SCHEMA, table)
            owner.execute(SQL("TRUNCATE {}").format(standing))
            owner.execute(SQL("INSERT INTO {} SELECT * FROM {}").format(standing, rebuilt))
