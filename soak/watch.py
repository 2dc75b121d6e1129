"""What the database tells of the workers: the batches that are open now, and those that were cut off in the middle."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psycopg

POLL_SECONDS = 0.004
# Only a claim takes this lock on the pending table, and holds it to the end of its batch.
_OPEN = """
SELECT activity.pid, host(activity.client_addr), activity.xact_start::text
FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
WHERE held.relation = 'eventlog_pending'::regclass AND held.mode = 'RowShareLock' AND held.granted
"""
_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
_CUT_OFF = ("with an open transaction", "connection to client lost", "could not receive data from client")


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that is open: the server process that works it, for which address, since when."""

    backend: int
    address: str | None
    since: str


class Database:
    """A connection as the application's role (so that it may see what the workers do), made again after a failure."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None

    def rows(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple]:
        """Raises psycopg.OperationalError while the database is away."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except psycopg.OperationalError:
            self._connection.close()
            raise

    def open_batches(self) -> list[Batch]:
        return [Batch(*row) for row in self.rows(_OPEN)]

    def waiting_locks(self) -> int:
        return int(self.rows(_WAITING)[0][0])

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


@dataclass(slots=True)
class Watch:
    """Looks on until told to stop: how many batches were open at once, by how many server processes, who had to wait."""

    url: str
    most_at_once: int = 0
    backends: set[int] = field(default_factory=set)
    sightings_of_waits: int = 0
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look, daemon=True, name="soak-watch")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self) -> None:
        database = Database(self.url)
        while not self._ending.wait(POLL_SECONDS):
            with suppress(psycopg.OperationalError):
                batches = database.open_batches()
                self.most_at_once = max(self.most_at_once, len(batches))
                self.backends |= {batch.backend for batch in batches}
                self.sightings_of_waits += bool(database.waiting_locks())
        database.close()


def wait_for_batch(database: Database, seconds: float, address: str | None = None) -> Batch | None:
    """The first batch that is seen open (of a worker at `address`, if given); None when there was none for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(psycopg.OperationalError):
            for batch in database.open_batches():
                if address in (None, batch.address):
                    return batch
        time.sleep(POLL_SECONDS / 4)
    return None


class ServerLog:
    """PostgreSQL's own log from now on: it says of each client that vanished whether a transaction was open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = path.stat().st_size

    def cut_off(self) -> int:
        """How many transactions lost their client before they were over."""
        with self._path.open("rb") as log:
            log.seek(self._start)
            return sum(any(words in line for words in _CUT_OFF) for line in log.read().decode(errors="replace").splitlines())
