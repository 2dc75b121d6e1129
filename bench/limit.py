"""The limit: PostgreSQL's own COPY of the same messages, a thousand at a time, into a table with an index."""

import multiprocessing
import time
from collections.abc import Sequence

import msgspec
import psycopg

from bench.database import make_database
from bench.system import System

DATABASE = "bench_limit"
CHUNK = 1_000
TABLE = "CREATE TABLE message (source text, id text, body bytea, PRIMARY KEY (source, id))"


class _Name(msgspec.Struct):
    source: str
    id: str


def run(system: System, events: Sequence[bytes], *, connections: int) -> float:
    """Rows a second over all connections, each a process of its own and each chunk a commit."""
    make_database(system.admin_url("postgres"), DATABASE)
    url = system.admin_url(DATABASE)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLE)
    decoder = msgspec.json.Decoder(_Name)
    rows = [(name.source, name.id, event) for event in events for name in [decoder.decode(event)]]
    share = -(-len(rows) // connections)
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(connections + 1)
    workers = [
        context.Process(target=_copy, args=(url, rows[start : start + share], barrier), daemon=True)
        for start in range(0, len(rows), share)
    ]
    for worker in workers:
        worker.start()
    barrier.wait(60)
    started = time.perf_counter()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - started
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("A COPY failed: see above.")
    return len(rows) / seconds


def _copy(url: str, rows: Sequence[tuple[str, str, bytes]], barrier: "multiprocessing.synchronize.Barrier") -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        barrier.wait(60)
        for start in range(0, len(rows), CHUNK):
            with connection.cursor() as cursor, cursor.copy("COPY message FROM STDIN") as into:
                for row in rows[start : start + CHUNK]:
                    into.write_row(row)
