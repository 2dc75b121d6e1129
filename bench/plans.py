"""The plans of slow statements, as PostgreSQL itself logs them while the question is asked again."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.system import System

SETTINGS = {
    "session_preload_libraries": "'auto_explain'",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_nested_statements": "on",
}
END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'
"""
_ENTRY = re.compile(r"duration: ([0-9.]+) ms  plan:\n((?:\t.*\n?)+)")


class Plans:
    """Reads what was logged since the last reading."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = log.stat().st_size

    def new(self) -> list[tuple[float, str]]:
        """Milliseconds and plan of each statement over the threshold, the slowest first."""
        time.sleep(0.3)
        with self._log.open("rb") as log:
            log.seek(self._read)
            text = log.read().decode(errors="replace")
        self._read += len(text.encode())
        found = [(float(entry[1]), entry[2].replace("\n\t", "\n").strip()) for entry in _ENTRY.finditer(text)]
        return sorted(found, reverse=True)


@contextmanager
def logged(system: System, over_ms: int) -> Iterator[Plans]:
    """Has every statement over `over_ms` logged with its plan, in connections that open meanwhile: the idle ones are ended."""
    with psycopg.connect(system.admin_url(), autocommit=True) as connection:
        for name, value in {**SETTINGS, "auto_explain.log_min_duration": str(over_ms)}.items():
            if name == "session_preload_libraries":
                connection.execute("LOAD 'auto_explain'")  # so that its settings are known here
            connection.execute(f"ALTER DATABASE distsync SET {name} = {value}")
        connection.execute(END_OTHERS)
        try:
            yield Plans(system.data / "logs" / "postgres.log")
        finally:
            for name in (*SETTINGS, "auto_explain.log_min_duration"):
                connection.execute(f"ALTER DATABASE distsync RESET {name}")
            connection.execute(END_OTHERS)
