"""Writes and rolls up what the pipeline measures: minutes, then quarters of an hour, then six hours.

Each step of the roll-up is computed anew from the finer rows, so it may run at any time, twice, or not for a while.
Nothing here shares a transaction with a batch or a request: no row lock of it is ever waited for there.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from apps.core.histograms import Histogram
from apps.pipeline import rollup_statements as sql
from apps.pipeline.models import BacklogRow, SourceTallyRow, WorkerRow, WorkerTallyRow
from apps.pipeline.tallies import Tallies

MINUTE: Final = 60
QUARTER: Final = 900
SIX_HOURS: Final = 21_600
FINER: Final = ((QUARTER, MINUTE), (SIX_HOURS, QUARTER))
KEPT: Final = {MINUTE: timedelta(hours=6), QUARTER: timedelta(days=4), SIX_HOURS: timedelta(days=400)}
WORKERS_KEPT: Final = timedelta(days=1)  # after they were seen last
SAMPLE_PAUSE: Final = timedelta(seconds=10)
ROLL_UP_LOCK: Final = 0x6469_7374_726F_6C6C

SOURCE_COLUMNS: Final = ("accepted", "duplicates", "conflicts", "rejected", "worked", "quarantined", "freshness")
WORKER_COLUMNS: Final = ("batches", "worked", "quarantined", "busy_seconds", "freshness", "batch_seconds")


def write(tallies: Tallies) -> None:
    """Adds the sums to the rows of their minutes, in a transaction of its own. Losing it in a crash of the server is
    allowed: these are measures, not the log, and nobody waits for the disk."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off; SET LOCAL lock_timeout = '2s'")
        if tallies.sources:
            cursor.execute(sql.ADD_SOURCES, _columns(tallies.sources, SOURCE_COLUMNS))
        if tallies.workers:
            cursor.execute(sql.ADD_WORKERS, _columns(tallies.workers, WORKER_COLUMNS))


def _columns(tallies: Mapping[Any, object], names: Sequence[str]) -> list[list[Any]]:
    """Keys and sums, column by column, as `unnest` takes them."""
    keys = [list(column) for column in zip(*tallies, strict=True)]
    return [*keys, *([_value(getattr(each, name)) for each in tallies.values()] for name in names)]


def _value(value: float | Histogram) -> float | str:
    """A Histogram as PostgreSQL writes an array: arrays of arrays of different lengths have no other way in."""
    return "{" + ",".join(map(str, value)) + "}" if isinstance(value, Histogram) else value


def beat(worker: str, *, started_at: datetime, now: datetime, worked_at: datetime | None) -> None:
    """The worker process `worker` is alive; it finished its last batch at `worked_at`."""
    with connection.cursor() as cursor:
        cursor.execute(sql.BEAT, [worker, started_at, now, worked_at])


def stop(worker: str, *, now: datetime) -> None:
    """The worker process ended in order: nobody has to miss it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pipeline_worker SET stopped_at = %s WHERE name = %s", [now, worker])


def sample(*, now: datetime) -> bool:
    """Notes how much is pending and since when the oldest waits, unless somebody has just done so."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SAMPLE, {"now": now, "limit": settings.INTAKE_PENDING_LIMIT + 1, "since": now - SAMPLE_PAUSE})
        return bool(cursor.rowcount)


def roll_up(*, now: datetime, since: datetime) -> bool:
    """Makes the coarser rows of all that holds a minute from `since` on, and forgets what is past its time. False when
    another process is doing so."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ROLL_UP_LOCK])
        if cursor.fetchone() != (True,):
            return False
        for step, finer in FINER:
            parameters: dict[str, int | datetime] = {"step": step, "finer": finer, "since": slot_of(since, step)}
            for statement in (sql.ROLL_SOURCES, sql.ROLL_WORKERS, sql.ROLL_BACKLOG):
                cursor.execute(statement, parameters)
        _forget(now)
        return True


def _forget(now: datetime) -> None:
    for rows in (SourceTallyRow, WorkerTallyRow, BacklogRow):
        for step, kept in KEPT.items():
            rows.objects.filter(step_seconds=step, starts_at__lt=now - kept).delete()
    WorkerRow.objects.filter(seen_at__lt=now - WORKERS_KEPT).delete()


def slot_of(moment: datetime, step_seconds: int) -> datetime:
    """When the slot of `step_seconds` that holds `moment` begins; slots are counted from 1970, in UTC."""
    return datetime.fromtimestamp(int(moment.timestamp()) // step_seconds * step_seconds, UTC)
