"""The command lines and environments of DistSync's own processes."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from distsync.env import ROOT
from distsync.stack.programs import Program

WORKER_PROCESSES = "2"
WEB_PATIENCE_SECONDS = 15
# No events to other workers: nobody reads them, and a worker that is told to end while it tells the broker that it lives, and
# the broker is away, would go on telling for ever.
WORKER = (
    *("-m", "celery", "-A", "distsync", "--quiet", "worker", "-Q", "celery"),
    *("--without-mingle", "--without-gossip", "--without-heartbeat"),
)


@dataclass(frozen=True, slots=True)
class Programs:
    """`values` is what `stack.json` says: database_url, database_owner_url, redis_url, DISTSYNC_SECRET_KEY."""

    port: int
    demo_mode: str
    data: Path
    values: Mapping[str, str]

    def migrate(self) -> Program:
        """As the tables' owner."""
        owner = {"DATABASE_URL": self.values["database_owner_url"]}
        return replace(self._program("migrate", *self.manage("migrate", "--noinput"), env=owner), shown=False, is_job=True)

    def seed(self) -> Program:
        """The sample's people and partners; its last line is JSON with their logins."""
        return replace(self._program("seed", *self.manage("demo", "seed", "--json")), shown=False, is_job=True)

    def sample(self) -> Program:
        """The sample's live feed."""
        return self._program("demo", *self.manage("demo", "live"))

    def web(self) -> Program:
        return self._program(
            "web",
            "-m",
            "gunicorn",
            "--config",
            "python:distsync.gunicorn",
            "distsync.wsgi",
            patience_seconds=WEB_PATIENCE_SECONDS,
        )

    def worker(self) -> Program:
        concurrency = os.environ.get("DISTSYNC_WORKER_PROCESSES") or WORKER_PROCESSES
        return self._program("worker", *WORKER, "--pool", "prefork", "--concurrency", concurrency)

    def beat(self) -> Program:
        return self._program("beat", "-m", "celery", "-A", "distsync", "--quiet", "beat", "--pidfile", "")

    def manage(self, *arguments: str) -> tuple[str, ...]:
        return (str(ROOT / "manage.py"), *arguments)

    def environment(self) -> dict[str, str]:
        """The person's environment, and what this system is."""
        return {
            **os.environ,
            "DATABASE_URL": self.values["database_url"],
            "DATABASE_OWNER_URL": self.values["database_owner_url"],
            "REDIS_URL": self.values["redis_url"],
            "DISTSYNC_SECRET_KEY": self.values["DISTSYNC_SECRET_KEY"],
            "DISTSYNC_DATA": str(self.data),
            "DISTSYNC_PORT": str(self.port),
            "DISTSYNC_DEMO": self.demo_mode,
            "DJANGO_SETTINGS_MODULE": "distsync.settings",
            "PYTHONUNBUFFERED": "1",
            # Whoever runs `make up` as root knows it; the worker need not say so at length.
            "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS") or "ignore:You're running the worker with superuser",
        }

    def _program(
        self, name: str, *arguments: str, env: Mapping[str, str] | None = None, patience_seconds: float = 20
    ) -> Program:
        return Program(
            name=name,
            command=(sys.executable, *arguments),
            env={**self.environment(), **(env or {})},
            cwd=ROOT,
            patience_seconds=patience_seconds,
        )
