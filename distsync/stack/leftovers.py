"""What a supervisor that was killed may have left: found by what proves that it is ours, ended, told in a sentence."""

import json
import os
import time
from contextlib import suppress
from pathlib import Path

import psutil

from distsync.stack.folders import write_private

# In the environment of every child and of all that it starts; its value is the data folder.
MARK = "DISTSYNC_STACK_CHILD_OF"
PATIENCE_SECONDS = 8
POLL_SECONDS = 0.05
# Two readings of one process's start differ by the clock's rounding; a recycled pid starts much later.
SAME_START_SECONDS = 0.05


def remember(path: Path, children: dict[str, int]) -> None:
    """Writes down the processes of this run, each with its start, by which a recycled pid is told apart."""
    write_private(path, {name: [pid, psutil.Process(pid).create_time()] for name, pid in children.items()})


def find(path: Path, data: Path) -> list[psutil.Process]:
    """The processes of an earlier run on this data folder that are alive. Reads nothing but our own marks."""
    found = {process.pid: process for process in _remembered(path)}
    for process in psutil.process_iter():
        if process.pid != os.getpid() and _is_marked(process, data):
            found[process.pid] = process
    return list(found.values())


def end(processes: list[psutil.Process]) -> None:
    """Asks each to end, then ends it."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in wait(processes):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    wait(processes)


def wait(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run when the patience is over. A zombie has ended: only its parent has not looked yet."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (alive := [process for process in processes if _runs(process)]) and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
    return alive


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _remembered(path: Path) -> list[psutil.Process]:
    try:
        entries = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    alive = []
    for name, (pid, started) in entries.items():
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            # PostgreSQL is asked by its own pid file: it must stop last and in order.
            if name != "postgres" and abs(process.create_time() - started) < SAME_START_SECONDS:
                alive.append(process)
    return alive


def _is_marked(process: psutil.Process, data: Path) -> bool:
    try:
        return _runs(process) and process.environ().get(MARK) == str(data)
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return False
