"""A deployment as production runs one: a database of its own with its two roles, web and worker processes, no supervisor."""

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg
from psycopg import sql

from distsync.env import ROOT
from distsync.stack.backups import at
from distsync.stack.children import WORKER
from distsync.stack.database import prepare
from distsync.stack.programs import die_with
from distsync.stack.up import Addresses
from distsync.stack.valkey import free_port

START_SECONDS = 60
# Of the session's Valkey: the test processes' own numbers start at 0.
REDIS_NUMBER = 15 - int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
PASSWORD = "of-the-tests-alone"


@dataclass(slots=True)
class Running:
    """One started process and its log."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM, *, within_seconds: float, status: int = 0) -> None:
        """Sends the signal and waits. Fails when it takes longer than `within_seconds`, or ends with another status."""
        self.send(number)
        ended = self.process.wait(within_seconds)
        assert ended == status, f"exit status {ended}\n{self.output[-4000:]}"


@dataclass(slots=True)
class Deployment:
    """`folder` holds the logs. Use as a context: the end kills what still runs and drops the database. Test processes share a
    server, so each deployment gets a database of a name of its own, which begins with `name`."""

    folder: Path
    name: str
    redis_url: str = field(default_factory=lambda: os.environ["REDIS_URL"].rsplit("/", 1)[0] + f"/{REDIS_NUMBER}")
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    started: list[Running] = field(default_factory=list)

    @property
    def admin(self) -> str:
        return os.environ["DATABASE_URL"]

    @property
    def addresses(self) -> Addresses:
        """The roles are the server's own, whoever else uses them: they have no password that a test could change."""
        return Addresses(self.admin, self._as("distsync_owner"), self._as("distsync_app"))

    def __post_init__(self) -> None:
        self.name = f"{self.name}_{secrets.token_hex(3)}"

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.drop()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.drop()

    def kill(self) -> None:
        """Ends what still runs, with its children."""
        for running in self.started:
            if running.process.poll() is None:
                for child in running.children():
                    with suppress(psutil.NoSuchProcess):
                        child.kill()
                running.process.kill()
                running.process.wait()

    def drop(self) -> None:
        with psycopg.connect(self.admin, autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name)))

    def prepare(self) -> None:
        """Roles, database, tables."""
        prepare(self.addresses.admin, self.addresses.owner, self.addresses.app)
        done = self.manage("migrate", "--noinput", as_owner=True)
        assert done.returncode == 0, done.stderr

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
        return {
            **inherited,
            "DATABASE_URL": self.addresses.app,
            "DATABASE_OWNER_URL": self.addresses.owner,
            "REDIS_URL": self.redis_url,
            "DISTSYNC_DATA": str(self.folder),
            "DISTSYNC_PORT": str(self.port),
            "DISTSYNC_DEMO": "off",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
            **self.settings,
        }

    def manage(self, *arguments: str, as_owner: bool = False) -> "subprocess.CompletedProcess[str]":
        return self.run("manage.py", *arguments, DATABASE_URL=self.addresses.owner if as_owner else self.addresses.app)

    def run(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env={**self.environment, **environment}, capture_output=True, text=True, check=False
        )

    def web(self, **environment: str) -> Running:
        """The web process as production starts it, answering."""
        running = self.start("web", "-m", "gunicorn", "--config", "python:distsync.gunicorn", "distsync.wsgi", **environment)
        self.wait_for(lambda: self.get("/readyz")[0] == 200, running)
        return running

    def worker(self, *, processes: int = 2, **environment: str) -> Running:
        """Celery's worker as production starts it; returns when its children are there."""
        running = self.start("worker", *WORKER, "--concurrency", str(processes), **environment)
        self.wait_for(lambda: len(running.children()) >= processes, running)
        return running

    def start(self, name: str, *arguments: str, **environment: str) -> Running:
        log = self.folder / f"{name}-{len(self.started)}.log"
        parent = os.getpid()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: die_with(parent, signal.SIGKILL),  # noqa: PLW1509 - started before a test's threads
            )
        running = Running(process, log)
        self.started.append(running)
        return running

    def wait_for(self, ready: Any, running: Running | None = None, seconds: float = START_SECONDS) -> None:
        until = time.monotonic() + seconds
        while not ready():
            assert running is None or running.process.poll() is None, running.output[-4000:]
            assert time.monotonic() < until, running.output[-4000:] if running else "not in time"
            time.sleep(0.2)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; status 0 where nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        except OSError:
            return 0, {}, b""
        finally:
            connection.close()

    def credential(self, name: str = "sender") -> str:
        done = self.manage("source", "create", name, "--json")
        assert done.returncode == 0, done.stderr
        return str(json.loads(done.stdout)["token"])

    def sql(self, statement: str, *parameters: Any, role: str = "owner") -> list[tuple[Any, ...]]:
        url = self.addresses.owner if role == "owner" else self.addresses.app if role == "app" else at(self.admin, self.name)
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def pending(self) -> int:
        ((count,),) = self.sql("SELECT count(*) FROM eventlog_pending")
        return int(count)

    def settle(self, seconds: float = 300) -> None:
        """Waits until nothing is pending."""
        self.wait_for(lambda: self.pending() == 0, seconds=seconds)

    def _as(self, role: str) -> str:
        admin = at(self.admin, self.name)
        secret, _, rest = admin.removeprefix("postgresql://").partition("@")
        assert rest, f"DATABASE_URL of the tests names no role: {secret}"
        return f"postgresql://{role}:{PASSWORD}@{rest}"
