"""The system spread over hosts: database, broker, web with beat, and two worker nodes, each in a namespace of its own."""

import http
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from distsync.env import ROOT
from distsync.stack import postgres, valkey
from distsync.stack.accounts import server_account
from distsync.stack.children import Programs
from distsync.stack.database import prepare
from distsync.stack.folders import Folders, keep_secrets
from distsync.stack.places import Places
from distsync.stack.programs import Program, die_with
from soak.client import Client, Door
from soak.ledger import Ledger
from soak.network import Network, NotPossible
from soak.system import Broken, Target, make_tokens, wait_until

HOSTS = ("client", "web", "broker", "database", "first", "second")
WORKERS = ("first", "second")
WEB_PORT, BROKER_PORT = 8120, 6379
START_SECONDS = 120


@dataclass(slots=True)
class Fleet:
    """`start` brings it up; `stop` ends every process that it started, by its id, and takes the network away."""

    data: Path
    network: Network = field(default_factory=lambda: Network(HOSTS))
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    places: Places | None = None

    def start(self) -> Target:
        """Raises NotPossible where there can be no namespaces, Broken when a part does not come up."""
        self.network.make()
        account = server_account()
        if account is None:
            raise NotPossible("the servers need a lesser account")
        folders = Folders(self.data)
        folders.make()
        secrets = keep_secrets(folders)
        self.places = places = Places(self.data, account)
        server = postgres.Postgres(postgres.wheel_programs(places), places.folder("postgres"), places.socket_folder(), account)
        self._start_database(server, secrets.admin_password)
        near = {
            role: server.url(role, password)
            for role, password in ((postgres.OWNER, secrets.owner_password), (postgres.APP, secrets.app_password))
        }
        prepare(server.url(postgres.ADMIN, secrets.admin_password, "postgres"), near[postgres.OWNER], near[postgres.APP])
        broker = valkey.Valkey(valkey.wheel_server(places), BROKER_PORT, secrets.valkey_password, account)
        feed = broker.program().feed.replace(b"bind 127.0.0.1", f"bind {self.network.address('broker')}".encode())
        self._launch("valkey", "broker", replace(broker.program(), feed=feed))
        values = {
            "DISTSYNC_SECRET_KEY": secrets.secret_key,
            "redis_url": f"redis://:{secrets.valkey_password}@{self.network.address('broker')}:{BROKER_PORT}/0",
        }
        here = Programs(
            WEB_PORT,
            "off",
            self.data,
            {**values, "database_url": near[postgres.APP], "database_owner_url": near[postgres.OWNER]},
        )
        there = Programs(
            WEB_PORT,
            "off",
            self.data,
            {**values, "database_url": self._over_network(secrets.app_password), "database_owner_url": ""},
        )
        self._migrate(here)
        self._start_programs(there)
        return self._target(here, near[postgres.APP])

    def stop(self) -> None:
        for name, process in reversed(self.processes.items()):
            number = signal.SIGINT if name == "postgres" else signal.SIGTERM
            with suppress(psutil.NoSuchProcess):
                family = psutil.Process(process.pid).children(recursive=True)
                process.send_signal(number)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                for orphan in family:
                    with suppress(psutil.NoSuchProcess):
                        orphan.kill()
        self.processes.clear()
        self.network.remove()
        if self.places is not None:
            self.places.clear()

    def worker(self, name: str) -> list[psutil.Process]:
        """The processes of the worker on that host."""
        main = psutil.Process(self.processes[name].pid)
        return [main, *main.children(recursive=True)]

    def _start_database(self, server: postgres.Postgres, admin_password: str) -> None:
        """Listens on its host's address, for passwords of that network alone."""
        server.make_ready(admin_password)
        with (server.data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 10.77.0.0/24 scram-sha-256\n")
        self._launch("postgres", "database", server.program(), f"-clisten_addresses={self.network.address('database')}")
        admin = server.url(postgres.ADMIN, admin_password, "postgres")
        wait_until(lambda: self._all_run() and postgres.answers(admin, server.home), START_SECONDS, "PostgreSQL did not answer")

    def _over_network(self, password: str) -> str:
        return f"postgresql://{postgres.APP}:{password}@{self.network.address('database')}:{postgres.PORT}/{postgres.DATABASE}"

    def _migrate(self, programs: Programs) -> None:
        program = programs.migrate()
        done = subprocess.run(program.command, env=dict(program.env), cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Broken(f"the tables could not be made: {done.stderr.strip()[-800:]}")

    def _start_programs(self, programs: Programs) -> None:
        web = self.network.address("web")
        self._launch("web", "web", programs.web(), env={"DISTSYNC_BIND": f"{web}:{WEB_PORT}", "DISTSYNC_HOSTS": web})
        self._launch("beat", "web", programs.beat())
        for name in WORKERS:
            self._launch(name, name, programs.worker(), "-n", f"{name}@soak")

    def _launch(
        self,
        name: str,
        host: str,
        program: Program,
        *options: str,
        env: Mapping[str, str] | None = None,
    ) -> None:
        lesser = ()
        if (account := program.account) is not None:
            ids = (f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups")
            lesser = ("setpriv", *ids, f"--pdeathsig={program.death_signal.name}")
        parent = os.getpid()
        with (self.data / "logs" / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                ("nsenter", f"--net={self.network.namespace(host)}", *lesser, *program.command, *options),
                env={**program.env, **(env or {})},
                cwd=program.cwd,
                stdin=subprocess.PIPE if program.feed else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: die_with(parent, program.death_signal),  # noqa: PLW1509 - it only speaks to the kernel
            )
        if program.feed and process.stdin is not None:
            process.stdin.write(program.feed)
            process.stdin.close()
        self.processes[name] = process

    def _target(self, programs: Programs, database_url: str) -> Target:
        def manage(*arguments: str) -> "subprocess.CompletedProcess[str]":
            command = (programs.migrate().command[0], *programs.manage(*arguments))
            return subprocess.run(command, env=programs.environment(), cwd=ROOT, capture_output=True, text=True, check=False)

        door = Door(self.network.address("web"), WEB_PORT, *make_tokens(manage), namespace=self.network.namespace("client"))
        client = Client(door, Ledger())
        wait_until(lambda: self._answers(client), START_SECONDS, "the web host did not answer")
        return Target(door, database_url, manage, self.data / "logs" / "postgres.log")

    def _all_run(self) -> bool:
        """Raises Broken, with its last words, for a process that has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                said = (self.data / "logs" / f"{name}.log").read_text(errors="replace")
                raise Broken(f"{name} ended with {process.returncode}: {said.strip()[-800:]}")
        return True

    def _answers(self, client: Client) -> bool:
        answer = self._all_run() and client.get("orders?page_size=1")
        time.sleep(0.1)
        return bool(answer) and answer[0] == http.HTTPStatus.OK
