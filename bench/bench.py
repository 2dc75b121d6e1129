"""The circumstances of a run: one running product, the plain pattern beside it when asked for, and names never used before."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import database, plain_runs, system
from bench.options import Options
from bench.plain_runs import Plain
from bench.processes import Family
from bench.product import Load
from bench.system import System


@dataclass(slots=True)
class Bench:
    """What a section gets. `say` is for the person who waits; `results` holds the sections that are done."""

    options: Options
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    postgresql: dict[str, str] = field(default_factory=dict)
    _things: ExitStack = field(default_factory=ExitStack)
    _running: ExitStack | None = None
    _system: System | None = None
    _plain: Plain | None = None
    _sized: Path | None = None
    _prefixes: int = 0
    _run: str = field(default_factory=lambda: f"{int(time.time()) % 10**7:X}")

    @property
    def system(self) -> System:
        """Started when first asked for, on `--data` or on a folder that goes when the run ends."""
        if self._system is None:
            self.say("starting the system")
            self._running = ExitStack()
            data = (self.options.data or self.folder("data")).resolve()
            self._system = self._running.enter_context(system.running(data))
            self.postgresql = database.settings(self._system.admin_url())
        return self._system

    @property
    def plain(self) -> Plain:
        """Started when first asked for."""
        ours = self.system
        if self._plain is None:
            self.say("starting the plain pattern")
            assert self._running is not None
            self._plain = self._running.enter_context(plain_runs.running(ours))
        return self._plain

    def last_words(self, kind: str) -> str:
        """The end of a process's log, of the system that runs."""
        return self._system.last_words(kind) if self._system else ""

    def stop(self) -> None:
        """Ends the system and the plain pattern; who asks for them next has them started again."""
        if self._running is not None:
            self._running.close()
        self._running = self._system = self._plain = None

    @contextmanager
    def set_environment(self, **variables: str) -> Iterator[None]:
        """Environment variables of what is started meanwhile."""
        former = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        try:
            yield
        finally:
            for name, value in former.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})

    def close(self) -> None:
        self.stop()
        self._things.close()

    def folder(self, name: str) -> Path:
        """A folder of this run that the servers' account can pass into."""
        folder = Path(tempfile.mkdtemp(prefix="distsync-bench-"))
        folder.chmod(0o711)
        self._things.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder / name

    def sized_folder(self) -> Path:
        """The folder of the big system: kept where `--sized` names one, else this run's."""
        if self._sized is None:
            self._sized = self.options.sized or self.folder("sized")
        return self._sized.resolve()

    def load(self, orders: int, *, batch: int | None = None, connections: int | None = None) -> Load:
        """A round's load under a prefix that no round has used."""
        options = self.options
        return Load(self.prefix(), orders, options.in_flight, batch or options.batch, connections or options.connections)

    def skip_prefixes(self) -> None:
        """Leaves out what a process of ours may have used."""
        self._prefixes += 1_000

    def prefix(self) -> str:
        self._prefixes += 1
        return f"{self._run}{chr(64 + self._prefixes)}" if self._prefixes <= 26 else f"{self._run}Z{self._prefixes}"

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


@contextmanager
def paused(families: list[Family], kind: str) -> Iterator[None]:
    """Stops the processes of a kind where they stand, and lets them go on at the end."""
    members = [process for family in families if family.kind == kind for process in family.members()]
    for process in members:
        process.suspend()
    try:
        yield
    finally:
        for process in members:
            process.resume()
