"""Runs the plain pattern beside the product: its own database in the same server, its own number of the same broker."""

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
from typing import Any

import psycopg

from bench import database
from bench.events import Order, batches, interleaved
from bench.processes import Family, cpu_seconds, spent
from bench.product import Cost, Load
from bench.system import System, parts_of
from bench.wire import Api, Door, WireError, post_all
from distsync.env import ROOT
from distsync.stack.programs import die_with
from distsync.stack.valkey import free_port

DATABASE = "bench_plain"
BROKER_NUMBER = 1
START_SECONDS = 180
STILL_SECONDS = 20  # without a further event: what is missing then does not come
MOST_LOST = 0.05
LOOK_SECONDS = 0.05


@dataclass(slots=True)
class Plain:
    """The running plain pattern."""

    system: System
    port: int = field(default_factory=free_port)
    token: str = ""
    differing: int = 0  # orders that it showed otherwise than they were told: two tasks saved over each other
    lost: int = 0  # events that it never showed: their task failed more often than it is tried
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "bench.plain.settings",
            "PLAIN_DATABASE": json.dumps(parts_of(self.system.admin_url(DATABASE))),
            "PLAIN_BROKER": self.system.valkey_url(BROKER_NUMBER),
            "PYTHONWARNINGS": "ignore",
        }

    def start(self) -> None:
        """Tables, a user with a token, web and worker with as many processes and threads as the product's."""
        database.make_database(self.system.admin_url("postgres"), DATABASE)
        self._run("-m", "django", "migrate", "--run-syncdb", "--verbosity", "0")
        self._run("-m", "django", "createsuperuser", "--noinput", "--username", "bench", "--email", "bench@example.org")
        self.token = self._run("-m", "django", "drf_create_token", "bench").split()[2]
        web = (
            "-m",
            "gunicorn",
            "--config",
            "python:bench.plain.gunicorn",
            "--bind",
            f"127.0.0.1:{self.port}",
            "bench.plain.wsgi",
        )
        processes = os.environ.get("DISTSYNC_WORKER_PROCESSES") or "2"
        worker = ("-m", "celery", "-A", "bench.plain", "--quiet", "worker", "--pool", "prefork", "--concurrency", processes)
        self.processes = [self._start(*web), self._start(*worker, "--without-mingle", "--without-gossip")]
        self._wait()

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)

    def families(self) -> list[Family]:
        shared = [family for family in self.system.families() if family.kind in ("postgres", "valkey")]
        return [Family(kind, process.pid) for kind, process in zip(("web", "worker"), self.processes, strict=True)] + shared

    def api(self) -> Api:
        return Api(self.port, f"Token {self.token}")

    def run(self, load: Load) -> Cost:
        """One round. Raises WireError when something is refused or does not show in time."""
        orders = load.told()
        events = list(interleaved(orders, load.in_flight))
        door = Door(self.port, "/events", "application/json", f"Token {self.token}")
        requests = [door.request(body) for body in (batches(events, load.batch) if load.batch > 1 else events)]
        api, admin = self.api(), self.system.admin_url()
        last = api.get("/events")["last"]
        families = self.families()
        wal, before = database.wal_bytes(admin), cpu_seconds(families)
        posting = post_all(self.port, requests, connections=load.connections)
        visible = self._wait_until(api, last, len(events))
        after, wal_after = cpu_seconds(families), database.wal_bytes(admin)
        self.differing += sum(not is_as_told(api.get(f"/orders/{order.order}"), order) for order in orders)
        api.close()
        return Cost(
            len(events),
            visible - posting.started,
            posting.seconds,
            spent(before, after),
            wal_after - wal,
            posting.refusals,
            posting.latencies,
        )

    def fill(self, orders: int) -> None:
        """Puts `orders` finished orders into the tables, set-based: the plain pattern itself would take hours."""
        statements = (Path(__file__).parent / "plain" / "fill.sql").read_text().split(";\n")
        with psycopg.connect(self.system.admin_url(DATABASE), autocommit=True) as connection:
            for statement in statements:
                if statement.strip():
                    connection.execute(statement, {"orders": orders} if "%(" in statement else {})

    def _wait_until(self, api: Api, after: int, count: int) -> float:
        """When (perf_counter) the last event showed; those that do not come any more are counted as lost."""
        found, at = 0, time.perf_counter()
        while found < count:
            now_found = api.get(f"/events?after={after}")["count"]
            if now_found > found:
                found, at = now_found, time.perf_counter()
            elif time.perf_counter() - at > STILL_SECONDS:
                if count - found > MOST_LOST * count:
                    raise WireError(f"The plain pattern stopped at {found} of {count} events.")
                self.lost += count - found
                break
            time.sleep(LOOK_SECONDS)
        return at

    def _run(self, *arguments: str) -> str:
        environment = {**self.environment, "DJANGO_SUPERUSER_PASSWORD": self.system.tokens["user"]}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise WireError(f"The plain pattern's {' '.join(arguments)} failed:\n{done.stderr}")
        return done.stdout

    def _start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        parent = os.getpid()
        log = (self.system.data / "logs" / "plain.log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: die_with(parent, signal.SIGTERM),  # noqa: PLW1509 - no thread was started before
            )

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                api = self.api()
                api.get("/events")
                api.close()
            except (OSError, WireError) as error:
                if time.monotonic() > until or any(process.poll() is not None for process in self.processes):
                    raise WireError(f"The plain pattern does not start: {error}\n{self.system.last_words('plain')}") from error
                time.sleep(0.1)
            else:
                return


def is_as_told(document: dict[str, Any], order: Order) -> bool:
    """Whether lines and shipments are as the events told them. Two tasks on one order may save over each other."""
    lines = [(line["line"], line["sku"], line["ordered"], line["allocated"], line["shipped"]) for line in document["lines"]]
    told = [(line, sku, quantity, quantity, quantity) for line, sku, quantity in order.lines]
    shipments = {(s["number"], s["tracking"], s["posting"], s["invoice"]) for leg in document["legs"] for s in leg["shipments"]}
    return sorted(lines) == told and shipments == {(a.shipment, a.tracking, a.posting, order.invoice) for a in order.legs}


@contextmanager
def running(system: System) -> Iterator[Plain]:
    plain = Plain(system)
    try:
        plain.start()
        yield plain
    finally:
        plain.stop()
