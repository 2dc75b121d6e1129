"""How much processor time and memory each kind of process takes."""

import os
import re
import resource
from contextlib import suppress
from dataclasses import dataclass

import psutil

CLIENT = "client"
POSTGRES, UPKEEP = "postgres", "upkeep"
_SESSION = re.compile(r"\[local\]|\([0-9]+\)")  # in the title of a process that serves a connection


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of process: the first one and all that it starts."""

    kind: str
    pid: int

    def members(self) -> list[psutil.Process]:
        try:
            first = psutil.Process(self.pid)
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def cpu_seconds(self) -> dict[str, float]:
        """Of all that live, and of the dead by what the kernel booked on their parents (in ticks of 10 ms). PostgreSQL's
        sessions are told apart from its upkeep: vacuum, checkpoints, log writer, sessions that ended."""
        found: dict[str, float] = {self.kind: 0.0}
        for process in self.members():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                taken = sum(process.cpu_times()[:4])  # user, system, and the same of ended children
                kind = UPKEEP if self.kind == POSTGRES and not _SESSION.search(" ".join(process.cmdline())) else self.kind
                found[kind] = found.get(kind, 0.0) + taken
        return found


def cpu_seconds(families: list[Family]) -> dict[str, float]:
    """Processor seconds so far by kind; `client` is this process."""
    by_kind: dict[str, float] = {}
    for family in families:
        for kind, seconds in family.cpu_seconds().items():
            by_kind[kind] = by_kind.get(kind, 0.0) + seconds
    own = resource.getrusage(resource.RUSAGE_SELF)
    return {**by_kind, CLIENT: own.ru_utime + own.ru_stime}


def spent(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {kind: after[kind] - before.get(kind, 0.0) for kind in after}


def stay_on(cores: int) -> int:
    """Keeps this process, and all that it starts, on the first `cores` cores; how many there are of them."""
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    os.sched_setaffinity(0, allowed)
    return len(allowed)
