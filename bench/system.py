"""The product as a person runs it: `make up`'s own program on a data folder, an empty system without the sample."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from bench.processes import Family
from bench.wire import Api, Door
from distsync.env import ROOT
from distsync.stack import beside
from distsync.stack.postgres import ADMIN
from distsync.stack.valkey import free_port
from distsync.stack.welcome import is_ready

READY_SECONDS = 180
STOP_SECONDS = 120
KINDS = ("web", "worker", "beat", "postgres", "valkey")


class SystemFailure(Exception):
    """The system did not do what it is asked to; says what it printed."""


@dataclass(slots=True)
class System:
    """One running system. `tokens` holds a credential's and a user's token; they are kept in the data folder."""

    data: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def environment(self) -> dict[str, str]:
        return beside.environment(self.data, self.port, {"DISTSYNC_LOG_LEVEL": "WARNING", **self.settings})

    def start(self) -> None:
        """Returns when it answers and our tokens are made. Raises SystemFailure with what it printed."""
        self.process = beside.start(self.environment, self._terminal)
        until = time.monotonic() + READY_SECONDS
        while "DistSync is ready" not in self._terminal.read_text(errors="replace") or not is_ready(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemFailure(f"The system did not start:\n{self._terminal.read_text(errors='replace')}")
            time.sleep(0.1)
        self._make_tokens()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(STOP_SECONDS)
        self.process = None

    def restart(self, **settings: str) -> None:
        """Stops it and starts it again on the same data, with further environment variables."""
        self.stop()
        self.settings |= settings
        self.start()

    def python(self, *arguments: str) -> str:
        """What a Python program prints beside the running system. Raises SystemFailure when it fails."""
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemFailure(f"python {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def last_words(self, kind: str) -> str:
        """The end of a process's log."""
        log = self.data / "logs" / f"{kind}.log"
        return log.read_text(errors="replace")[-2_000:] if log.is_file() else ""

    def families(self) -> list[Family]:
        """The processes by kind, as the supervisor wrote them down."""
        children = json.loads((self.data / "children.json").read_text())
        return [Family(kind, children[kind][0]) for kind in KINDS if kind in children]

    def door(self, *, batched: bool = True) -> Door:
        kind = "-batch" if batched else ""
        return Door(self.port, "/api/v1/events", f"application/cloudevents{kind}+json", f"Bearer {self.tokens['source']}")

    def api(self) -> Api:
        return Api(self.port, f"Bearer {self.tokens['user']}")

    def admin_url(self, database: str = "distsync") -> str:
        """The embedded server as its superuser, in `database`."""
        password = json.loads((self.data / "secrets.json").read_text())["admin_password"]
        address = json.loads((self.data / "stack.json").read_text())["database_url"]
        return f"postgresql://{ADMIN}:{quote(password)}@/{database}?{urlsplit(address).query}"

    def valkey_url(self, number: int) -> str:
        address: str = json.loads((self.data / "stack.json").read_text())["redis_url"]
        return f"{address.rsplit('/', 1)[0]}/{number}"

    def _make_tokens(self) -> None:
        kept = self.data / "bench-tokens.json"
        if kept.is_file():
            self.tokens = json.loads(kept.read_text())
            return
        self.tokens = json.loads(self.python("-m", "bench.tokens"))
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(self.tokens))

    @property
    def _terminal(self) -> Path:
        return self.data.with_name(f"{self.data.name}.terminal")


@contextmanager
def running(data: Path, **settings: str) -> Iterator[System]:
    """A system on `data`, stopped at the end."""
    port = os.environ.get("BENCH_PORT")
    system = System(data, int(port) if port else free_port(), settings)
    try:
        system.start()
        yield system
    finally:
        system.stop()


def parts_of(url: str) -> dict[str, str]:
    """A PostgreSQL address over a socket folder, as Django wants it."""
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&"))
    return {
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query["host"]),
        "PORT": query["port"],
    }
