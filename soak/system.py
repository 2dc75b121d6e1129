"""A whole system under attack: `make up`'s own program on a folder of its own, found and hurt by the ids of its processes."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import redis
from celery import Celery
from kombu.exceptions import OperationalError

from distsync.env import ROOT
from distsync.stack.children import WORKER
from distsync.stack.programs import die_with
from soak.client import Door
from tests.whole_system import WholeSystem

APPEAR_SECONDS = 60


class Broken(Exception):
    """The attack itself could not be carried out: nothing would be proved by what follows."""


def wait_until(what: Callable[[], Any], seconds: float, sentence: str) -> Any:
    """The first answer of `what` that is true. Raises Broken with `sentence` when there is none in time."""
    until = time.monotonic() + seconds
    while not (answer := what()):
        if time.monotonic() > until:
            raise Broken(f"{sentence} within {seconds:.0f} s")
        time.sleep(0.02)
    return answer


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@dataclass(frozen=True, slots=True)
class Target:
    """A system as the promises are checked on it, wherever it runs."""

    door: Door
    database_url: str
    manage: Callable[..., "subprocess.CompletedProcess[str]"]
    server_log: Path


@dataclass(slots=True)
class Running:
    """One system that runs, with a sender's and a reader's token."""

    system: WholeSystem
    target: Target

    @property
    def values(self) -> dict[str, str]:
        return json.loads((self.system.data / "stack.json").read_text())

    def part(self, name: str) -> psutil.Process:
        """The process of that name that runs now: postgres, valkey, web, worker or beat."""

        def found() -> psutil.Process | None:
            pid, started = json.loads((self.system.data / "children.json").read_text()).get(name, (0, 0))
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if abs(process.create_time() - started) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                    return process
            return None

        return wait_until(found, APPEAR_SECONDS, f"{name} did not come back")

    def family(self, name: str) -> list[psutil.Process]:
        """What that part has forked: Celery's pool, gunicorn's workers."""
        return self.part(name).children()

    def broker(self) -> redis.Redis:
        return redis.Redis.from_url(self.values["redis_url"], socket_timeout=2)

    def drains(self) -> dict[str, int]:
        """How many drains each worker that answers has taken since it was started."""
        control = Celery("soak", broker=self.values["redis_url"], set_as_current=False).control
        try:
            told = control.inspect(timeout=1.0).stats() or {}
        except (redis.RedisError, OperationalError):  # a connection that an earlier attack has cut
            return {}
        return {worker: stats["total"].get("pipeline.drain", 0) for worker, stats in told.items()}

    def second_worker(self) -> "subprocess.Popen[bytes]":
        """One more worker beside the system's own, as on another machine: two processes. End it with `end`."""
        parent = os.getpid()
        options = ("-n", f"second-{time.monotonic_ns()}@%h", "--concurrency", "2")
        log = (self.system.data / "logs" / "second-worker.log").open("ab")
        with log:
            return subprocess.Popen(
                (sys.executable, *WORKER, *options),
                cwd=ROOT,
                env=self.system.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: die_with(parent, signal.SIGTERM),  # noqa: PLW1509 - it only speaks to the kernel
            )


def end(process: "subprocess.Popen[bytes]") -> None:
    """Asks it to end, and ends it with all that it started when it does not."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()


def fresh_folder() -> Path:
    """A data folder that the servers' account can pass into."""
    folder = Path(tempfile.mkdtemp(prefix="distsync-soak-"))
    folder.chmod(0o711)
    return folder / "data"


def make_tokens(manage: Callable[..., "subprocess.CompletedProcess[str]"]) -> tuple[str, str]:
    """A credential for the door and an administrator's API token, by one start of the command line."""
    commands = (
        ("source", "create", "soak", "--json"),
        ("user", "create", "soak", "--role", "administrator", "--json"),
        ("token", "create", "soak", "--json"),
    )
    calls = "; ".join(f"call_command{command!r}" for command in commands)
    made = manage("shell", "--no-imports", "-c", f"from django.core.management import call_command; {calls}")
    if made.returncode:
        raise Broken(f"no credential could be made: {made.stderr.strip()[-800:]}")
    sender, _, reader = (json.loads(line) for line in made.stdout.splitlines())
    return sender["token"], reader["token"]


def take(system: WholeSystem) -> Running:
    """The running `system` as a target."""
    sender, reader = make_tokens(system.manage)
    values = json.loads((system.data / "stack.json").read_text())
    door = Door("127.0.0.1", system.port, sender, reader)
    return Running(system, Target(door, values["database_url"], system.manage, system.data / "logs" / "postgres.log"))
