"""`make up` and `make down`: what is started, in which order, with which environment, and what the person reads."""

import errno
import json
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from distsync.env import data_folder
from distsync.stack import children, leftovers, migrated, postgres, valkey
from distsync.stack.accounts import server_account
from distsync.stack.database import prepare
from distsync.stack.errors import StackError
from distsync.stack.folders import Folders, Holder, Lock, Secrets, keep_secrets, write_private
from distsync.stack.places import Places
from distsync.stack.programs import Child
from distsync.stack.supervisor import Stopped, Supervisor
from distsync.stack.welcome import Login, is_ready, read_logins, welcome

DEMO_MODES = ("live", "off")
RECOVERY_SECONDS = 300
START_SECONDS = 90
DOWN_SECONDS = 90
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person asked for by the environment."""

    port: int
    data: Path
    demo: str

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


def read_wish() -> Wish:
    """Raises StackError for a value that cannot be meant."""
    port = os.environ.get("DISTSYNC_PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise StackError(f"DISTSYNC_PORT is {port!r}; it must be a port number from 1 to 65535.")
    demo = os.environ.get("DISTSYNC_DEMO") or "live"
    if demo not in DEMO_MODES:
        raise StackError(f"DISTSYNC_DEMO is {demo!r}; it must be `live` (sample orders) or `off` (an empty system).")
    return Wish(int(port), data_folder().resolve(), demo)


def up() -> int:
    """Runs everything until Ctrl-C (0) or until a part of it dies (1). Raises StackError when it cannot start."""
    wish = read_wish()
    folders = Folders(wish.data)
    folders.make()
    lock = Lock(folders)
    if holder := lock.take(wish.address):
        raise StackError(already_running(holder, wish))
    supervisor = Supervisor(folders)
    supervisor.listen()
    places = Places(folders.data, server_account())
    try:
        Start(wish, folders, supervisor, places).everything()
        supervisor.watch()
    except Stopped:
        supervisor.say("DistSync: stopping …")
    except (StackError, OSError) as error:  # a full disk, a folder taken away
        print(f"DistSync: {error}", file=sys.stderr, flush=True)  # noqa: T201 - this is the terminal's program
        return 1
    finally:
        supervisor.stop()
        places.clear()
        lock.release()
    supervisor.say("DistSync: stopped. The data is kept; `make up` goes on with it.")
    return 0


def down() -> int:
    """Ends what runs on the data folder: a whole system, or what a killed one left."""
    folders = Folders(data_folder().resolve())
    if not folders.data.is_dir():
        print(f"DistSync: nothing runs on {folders.data}; there is no such folder.")  # noqa: T201
        return 0
    lock = Lock(folders)
    holder = lock.take("")
    if holder is None:
        rest = leftovers.find(folders.children, folders.data)
        leftovers.end(rest)
        lock.release()
        print(f"DistSync: {len(rest)} processes of an earlier run were ended." if rest else "DistSync: nothing was running.")  # noqa: T201
        return 0
    if holder.pid:
        with suppress(ProcessLookupError):
            os.kill(holder.pid, signal.SIGTERM)
    until = time.monotonic() + DOWN_SECONDS
    while lock.take(""):
        if time.monotonic() > until:
            raise StackError(f"Process {holder.pid} does not end. `kill -9 {holder.pid}` and then `make down` end it hard.")
        time.sleep(POLL_SECONDS)
    lock.release()
    print(f"DistSync: what ran at {holder.address} is stopped.")  # noqa: T201
    return 0


def already_running(holder: Holder, wish: Wish) -> str:
    return (
        f"It runs already with the data in {wish.data} (process {holder.pid}, {holder.address}). Open that address, or end "
        "it with Ctrl-C in its terminal or `make down`. For a second system set DISTSYNC_DATA and DISTSYNC_PORT to others."
    )


def check_port(port: int) -> None:
    """Raises StackError when the web process could not listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise StackError(
                    f"Port {port} is in use by another program. End it, or choose another: DISTSYNC_PORT=8001 make up."
                ) from error
            raise StackError(
                f"Port {port} cannot be listened on ({error.strerror}). Choose another with DISTSYNC_PORT."
            ) from error


@dataclass(slots=True)
class Start:
    """One start: servers, roles and tables, processes, sample, address."""

    wish: Wish
    folders: Folders
    supervisor: Supervisor
    places: Places

    def everything(self) -> None:
        """Returns when the address has been printed. Raises StackError, or Stopped on a signal."""
        if rest := leftovers.find(self.folders.children, self.folders.data):
            leftovers.end(rest)
            self.supervisor.say(f"DistSync: an earlier run was killed and had left {len(rest)} processes; they were ended.")
        check_port(self.wish.port)
        secrets = keep_secrets(self.folders)
        values = {
            "DISTSYNC_SECRET_KEY": os.environ.get("DISTSYNC_SECRET_KEY") or secrets.secret_key,
            **self._database(secrets),
            "redis_url": self._redis(secrets),
        }
        write_private(self.folders.stack, values)
        programs = children.Programs(self.wish.port, self.wish.demo, self.folders.data, values)
        seed = self._prepare_rows(programs)
        for program in (programs.web(), programs.worker()):
            self.supervisor.start(program)
        self.supervisor.wait_for(lambda: is_ready(self.wish.port), "The web process is not ready", START_SECONDS)
        if seed:
            write_private(self.folders.sample, read_logins(self.supervisor.finish(seed)))
        has_sample = self.wish.demo == "live"
        logins = [Login(**login) for login in json.loads(self.folders.sample.read_text())] if has_sample else []
        self.supervisor.say(welcome(self.wish.address, logins, self.folders, self.places.notes))
        self.supervisor.start(programs.beat())
        if has_sample:
            self.supervisor.start(programs.sample())

    def _prepare_rows(self, programs: children.Programs) -> Child | None:
        """Tables, then the sample's people (the job, started): each only where this code has not made them before."""
        owner = programs.values["database_owner_url"]
        is_external = bool(os.environ.get("DATABASE_URL"))
        code = migrated.fingerprint()
        is_new = is_external or not migrated.is_migrated(owner, code)
        if is_new:
            self.supervisor.say("DistSync: making the tables …")
            self.supervisor.run(programs.migrate())
            self.folders.sample.unlink(missing_ok=True)
            if not is_external:
                migrated.remember(owner, code)
        needs_seed = self.wish.demo == "live" and not self.folders.sample.is_file()
        return self.supervisor.start(programs.seed()) if needs_seed else None

    def _database(self, secrets: Secrets) -> dict[str, str]:
        if url := os.environ.get("DATABASE_URL"):
            return {"database_url": url, "database_owner_url": os.environ.get("DATABASE_OWNER_URL") or url}
        served = embedded_database(self.supervisor, self.places, secrets)
        return {"database_url": served.app, "database_owner_url": served.owner}

    def _redis(self, secrets: Secrets) -> str:
        if url := os.environ.get("REDIS_URL"):
            return url
        binary = valkey.wheel_server(self.places)
        server = valkey.Valkey(binary, valkey.free_port(), secrets.valkey_password, self.places.account)
        self.supervisor.start(server.program())
        self.supervisor.wait_for(lambda: valkey.answers(server), "Valkey does not answer", START_SECONDS)
        return server.url()


@dataclass(frozen=True, slots=True)
class Addresses:
    """A database by each of its three roles. The superuser's address names the server's maintenance database."""

    admin: str
    owner: str
    app: str


def embedded_database(supervisor: Supervisor, places: Places, secrets: Secrets) -> Addresses:
    """Starts the embedded PostgreSQL and prepares its database. Raises StackError when it does not come up."""
    server = postgres.Postgres(
        programs=postgres.wheel_programs(places),
        home=places.folder("postgres"),
        sockets=places.socket_folder(),
        account=places.account,
    )
    for sentence in server.make_ready(secrets.admin_password):
        supervisor.say(f"DistSync: {sentence}")
    supervisor.start(server.program())
    admin = server.url(postgres.ADMIN, secrets.admin_password, "postgres")
    supervisor.wait_for(lambda: postgres.answers(admin, server.home), "PostgreSQL does not answer", RECOVERY_SECONDS)
    owner, app = server.url(postgres.OWNER, secrets.owner_password), server.url(postgres.APP, secrets.app_password)
    prepare(admin, owner, app)
    return Addresses(admin, owner, app)
