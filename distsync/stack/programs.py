"""One child process: how it is started so that it cannot outlive us, read, and ended."""

import ctypes
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from distsync.stack.accounts import Account
from distsync.stack.errors import StackError

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
KEPT_LINES = 40
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Program:
    """`shown`: its lines go to the terminal too, else only when it fails. `is_server`: others need it until they have ended.
    `is_job`: it ends by itself. `feed` is written to its standard input. `death_signal` is what the kernel sends it when the
    supervisor dies."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGTERM
    kill_signal: signal.Signals = signal.SIGKILL
    patience_seconds: float = 10.0
    feed: bytes = b""
    cwd: Path = Path("/")
    shown: bool = True
    is_server: bool = False
    is_job: bool = False


class Child:
    """A started program with its log and the lines that it has not finished yet."""

    def __init__(self, program: Program, log: IO[bytes]) -> None:
        self.program = program
        self.log = log
        self.last_lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._rest = b""
        parent = os.getpid()
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own command lines
                program.command,
                env=dict(program.env),
                cwd=program.cwd,
                stdin=subprocess.PIPE if program.feed else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                user=program.account.uid if program.account else None,
                group=program.account.gid if program.account else None,
                extra_groups=[] if program.account else None,
                start_new_session=True,
                preexec_fn=lambda: die_with(parent, program.death_signal),  # noqa: PLW1509 - we start no threads
            )
        except OSError as error:
            raise StackError(f"{program.name} could not be started: {error}.") from error
        if program.feed and self.process.stdin:
            self.process.stdin.write(program.feed)
            self.process.stdin.close()
        os.set_blocking(self.output, False)

    @property
    def output(self) -> int:
        assert self.process.stdout is not None  # Popen was asked for a pipe
        return self.process.stdout.fileno()

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def read_lines(self) -> list[str] | None:
        """The lines that have come since the last call, also written to the log. None at the end of its output."""
        try:
            chunk = os.read(self.output, 65536)
        except BlockingIOError:
            return []
        self.log.write(chunk)
        if not chunk and not self._rest:
            return None
        *whole, self._rest = (self._rest + (chunk or b"\n")).split(b"\n")
        lines = [line.decode(errors="replace") for line in whole]
        self.last_lines.extend(lines)
        return lines

    def send(self, number: signal.Signals) -> None:
        if self.is_alive:
            self.process.send_signal(number)

    def close(self) -> None:
        if self.process.stdout:
            self.process.stdout.close()
        self.log.close()


def run_briefly(
    command: tuple[str, ...], account: Account | None, env: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Runs a helper to its end under the servers' account, out of reach of the terminal's Ctrl-C, dying if we die."""
    parent = os.getpid()
    return subprocess.run(  # noqa: S603 - our own command lines
        command,
        env=dict(env),
        cwd="/",
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        start_new_session=True,
        preexec_fn=lambda: die_with(parent, signal.SIGKILL),
        capture_output=True,
        text=True,
        check=False,
    )


def die_with(parent: int, number: signal.Signals) -> None:
    """Runs in the child before its program: asks the kernel to signal it when the parent dies, however that happens."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os._exit(1)


def adopt_orphans() -> None:
    """Makes this process the parent of grandchildren whose own parent died, so that the stop finds them."""
    if _libc:
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


def reap_adopted(ours: Collection[int]) -> None:
    """Takes leave of adopted processes that have ended, else each would stay a zombie. `ours` have their own Popen."""
    if not _libc:
        return
    with suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid in ours:
                return
            os.waitpid(ended.si_pid, os.WNOHANG)


def last_words(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "none"
