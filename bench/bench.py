"""The circumstances of a run: one running product, the plain pattern beside it when asked for, and names never used before."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import plain_runs, system
from bench.options import Options
from bench.plain_runs import Plain
from bench.system import System


@dataclass(slots=True)
class Bench:
    """What a section gets. `say` is for the person who waits."""

    options: Options
    system: System
    open_things: ExitStack
    _plain: Plain | None = None
    _prefixes: int = 0
    _run: str = field(default_factory=lambda: f"{int(time.time()) % 10**7:X}")

    @property
    def plain(self) -> Plain:
        """Started when first asked for."""
        if self._plain is None:
            self.say("starting the plain pattern")
            self._plain = self.open_things.enter_context(plain_runs.running(self.system))
        return self._plain

    def without_plain(self) -> None:
        """Ends the plain pattern's processes where they run."""
        if self._plain is not None:
            self._plain.stop()
            self._plain = None

    def prefix(self) -> str:
        """A prefix of order numbers that no round has used."""
        self._prefixes += 1
        return f"{self._run}{chr(64 + self._prefixes)}" if self._prefixes <= 26 else f"{self._run}Z{self._prefixes}"

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


@contextmanager
def opened(options: Options) -> Iterator[Bench]:
    """A running product on `options.data`, else on a folder of its own that goes when it ends."""
    with ExitStack() as things:
        data = options.data
        if data is None:
            folder = Path(tempfile.mkdtemp(prefix="distsync-bench-"))
            folder.chmod(0o711)  # the servers' account passes through
            things.callback(shutil.rmtree, folder, ignore_errors=True)
            data = folder / "data"
        print("starting the system", file=sys.stderr, flush=True)
        ours = things.enter_context(system.running(data.resolve()))
        yield Bench(options, ours, things)
