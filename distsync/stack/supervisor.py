"""Starts programs, carries their lines to the terminal, starts again what dies, and ends all of them in order."""

import math
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import FrameType

import psutil

from distsync.stack import leftovers
from distsync.stack.errors import StackError
from distsync.stack.folders import Folders
from distsync.stack.programs import Child, Program, adopt_orphans, reap_adopted
from distsync.stack.restarts import LIMIT, WINDOW_SECONDS, Restarts

COLOURS = {"web": 36, "worker": 32, "beat": 35, "demo": 33, "migrate": 34}
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TICK_SECONDS = 1.0
PROBE_SECONDS = 0.05


class Stopped(Exception):
    """Raised out of a wait when a signal asked us to end."""


class Supervisor:
    """One thread: the kernel ties a child's death signal to the thread that started it."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._children: list[Child] = []
        self._restarts: Restarts | None = None  # while the system starts, a death ends it
        self._dead: list[tuple[float, Program]] = []  # and when each is due again
        self._selector = selectors.DefaultSelector()
        self._stop_asked = 0
        self._woken, self._waker = socket.socketpair()
        self._colourful = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def listen(self) -> None:
        """Takes the stop signals, and wakes from its sleep for them and for a child's end."""
        adopt_orphans()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._woken, selectors.EVENT_READ, None)

    def start(self, program: Program) -> Child:
        marked = replace(program, env={**program.env, leftovers.MARK: str(self._folders.data)})
        child = Child(marked, self._folders.open_log(program.name))
        self._children.append(child)
        self._selector.register(child.output, selectors.EVENT_READ, child)
        leftovers.remember(
            self._folders.children, {each.program.name: each.process.pid for each in self._children if each.is_alive}
        )
        return child

    def run(self, program: Program) -> list[str]:
        """Starts a program and waits for its end; its last lines. Raises StackError when it fails, after showing them."""
        return self.finish(self.start(program))

    def finish(self, child: Child) -> list[str]:
        """As `run`, of a job that was started before."""
        while child.is_alive:
            self._pump(TICK_SECONDS)
        self._drain(child)
        self._children.remove(child)
        if child.process.returncode:
            for line in child.last_lines if not child.program.shown else ():
                self.say(self._prefixed(child.program.name, line))
            log = self._folders.logs / f"{child.program.name}.log"
            raise StackError(
                f"{child.program.name} failed with exit status {child.process.returncode}. What it said is in {log}."
            )
        return list(child.last_lines)

    def wait_for(self, ready: Callable[[], bool], what: str, timeout_seconds: float) -> None:
        """Returns as soon as `ready`. Raises StackError when a child dies before or the time is over."""
        until = time.monotonic() + timeout_seconds
        while not ready():
            if time.monotonic() > until:
                raise StackError(f"{what} after {timeout_seconds:.0f} s. The logs are in {self._folders.logs}.")
            self._pump(PROBE_SECONDS)

    def watch(self) -> None:
        """Runs until a signal asks to end (Stopped). A child that dies is started again, unless it dies too often
        (StackError). Children find each other by addresses that stay, so none needs another to be started anew."""
        self._restarts = Restarts()
        while True:
            until = min((due for due, _ in self._dead), default=math.inf)
            self._pump(min(TICK_SECONDS, max(0.0, until - time.monotonic())))
            self._start_due()

    def say(self, text: str) -> None:
        with suppress(BrokenPipeError, OSError):  # the terminal may be gone; the stop goes on without it
            print(text, flush=True)  # noqa: T201 - this is the terminal's program

    def stop(self) -> None:
        """Ends the programs, the last started first, each with the signal and the patience that it asks for."""
        for group in reversed(self._groups()):
            for child in group:
                child.send(child.program.stop_signal)
            until = time.monotonic() + max((child.program.patience_seconds for child in group), default=0)
            while any(child.is_alive for child in group) and time.monotonic() < until and self._stop_asked < 2:
                self._pump_quietly(PROBE_SECONDS)
            for child in group:
                if child.is_alive:
                    self.say(f"{child.program.name} does not end: it is killed.")
                    child.send(child.program.kill_signal)
                    child.process.wait()
                self._drain(child)
        self._end_descendants()
        self._folders.children.unlink(missing_ok=True)

    def _groups(self) -> list[list[Child]]:
        """The servers one by one, then all that use them at once: in the order of starting."""
        servers = [[child] for child in self._children if child.program.is_server]
        return [*servers, [child for child in self._children if not child.program.is_server]]

    def _pump(self, timeout_seconds: float) -> None:
        self._pump_quietly(timeout_seconds)
        if self._stop_asked:
            raise Stopped
        for child in [child for child in self._children if not child.is_alive and not child.program.is_job]:
            self._bury(child)
        reap_adopted({child.process.pid for child in self._children})

    def _bury(self, child: Child) -> None:
        """What the dead one started goes with it: an orphan would hold a port, or a connection and its locks."""
        self._drain(child)
        self._children.remove(child)
        self._end_descendants(of=child.process.pid, number=child.program.kill_signal)
        if self._restarts is None:
            raise StackError(f"{self._obituary(child)}, so everything is stopped. {self._last_words(child)}")
        delay = self._restarts.delay_after_death(child.program.name)
        if delay is None:
            raise StackError(
                f"{self._obituary(child)}, for the {LIMIT + 1}th time in {WINDOW_SECONDS:.0f} s, "
                f"so everything is stopped. {self._last_words(child)}"
            )
        self.say(f"DistSync: {self._obituary(child)}, and is started again. {self._last_words(child)}")
        self._dead.append((time.monotonic() + delay, child.program))

    def _start_due(self) -> None:
        due = [program for at, program in self._dead if at <= time.monotonic()]
        self._dead = [(at, program) for at, program in self._dead if program not in due]
        for program in due:
            self.start(program)

    def _pump_quietly(self, timeout_seconds: float) -> None:
        for key, _ in self._selector.select(timeout_seconds):
            if key.data is None:
                with suppress(BlockingIOError):
                    self._woken.recv(4096)
            elif not self._read(key.data):
                self._selector.unregister(key.fileobj)

    def _read(self, child: Child) -> bool:
        lines = child.read_lines()
        for line in lines or ():
            if child.program.shown and line.strip():
                self.say(self._prefixed(child.program.name, line))
        return lines is not None

    def _drain(self, child: Child) -> None:
        """Reads what a dead child still had to say. A grandchild may keep its pipe open: never waits."""
        with suppress(KeyError):
            self._selector.unregister(child.output)
        while self._read(child):
            if not selectable(child.output):
                break
        child.close()

    def _prefixed(self, name: str, line: str) -> str:
        label = f"{name:<8}│"
        return f"\x1b[{COLOURS.get(name, 37)}m{label}\x1b[0m {line}" if self._colourful else f"{label} {line}"

    def _obituary(self, child: Child) -> str:
        code = child.process.returncode
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit status {code}"
        return f"{child.program.name} {how}"

    def _last_words(self, child: Child) -> str:
        words = next((line.strip() for line in reversed(child.last_lines) if line.strip()), "none")
        return f"Its last words: {words} (all of them: {self._folders.logs / f'{child.program.name}.log'})."

    def _end_descendants(self, *, of: int | None = None, number: signal.Signals = signal.SIGKILL) -> None:
        """Ends all that comes from us, or what came from the child with pid `of`: each child leads a session of its own."""
        rest = [process for process in psutil.Process().children(recursive=True) if of in (None, session_of(process))]
        for process in rest:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        if of is None:
            leftovers.wait(rest)

    def _ask_to_stop(self, number: int, _frame: FrameType | None) -> None:
        self._stop_asked += 1


def session_of(process: psutil.Process) -> int:
    """The session that it belongs to; 0 when it has ended."""
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return 0


def selectable(descriptor: int) -> bool:
    """True when the descriptor has something to read now."""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(0))
