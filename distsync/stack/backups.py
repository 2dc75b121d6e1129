"""`backup` and `restore`: which system is meant, who may run meanwhile, and what the person reads."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec
from psycopg import connect, sql
from psycopg.conninfo import conninfo_to_dict

from distsync.env import ROOT, data_folder
from distsync.stack import dumps
from distsync.stack.accounts import server_account
from distsync.stack.errors import StackError
from distsync.stack.folders import Folders, Lock, keep_secrets
from distsync.stack.places import Places
from distsync.stack.programs import Program, last_words
from distsync.stack.supervisor import Stopped, Supervisor
from distsync.stack.up import Addresses, embedded_database

BESIDE = "distsync_restored"


def backup(file: Path | None) -> int:
    """Backs up the system of DATABASE_URL, else the one of DISTSYNC_DATA, whether it runs or not."""
    data = data_folder().resolve()
    now = datetime.now(UTC)
    file = (file or data / "backups" / f"distsync-{now:%Y%m%dT%H%M%SZ}.dump").absolute()
    if url := os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL"):
        made = dumps.dump(url, file, run_here)
    elif running := owner_of_running(data):
        made = dumps.dump(running, file, run_here)
    else:
        with database_alone(data, must_exist=True) as (served, supervisor):
            made = dumps.dump(served.owner, file, lambda program: finish(supervisor, program))
    tell(f"Backed up {made.messages} messages, {made.pending} of them pending, into {file} ({made.bytes / 1e6:.1f} MB).")
    tell(f"Keep {dumps.manifest_of(file).name} with it. The key that signs sessions is not in it: {secret_place(data)}.")
    return 0


def restore(file: Path, *, verifies: bool = True) -> int:
    """Restores into the (new) database of DATABASE_URL, else into DISTSYNC_DATA, whose system must not run."""
    file = file.absolute()
    if os.environ.get("DATABASE_URL"):
        target = Addresses(*(needed(name) for name in ("DATABASE_ADMIN_URL", "DATABASE_OWNER_URL", "DATABASE_URL")))
        manifest = dumps.restore(file, target, run_here, tell)
        if verifies:
            run_here(verify_log(target, manifest))
        name = conninfo_to_dict(target.app)["dbname"]
        tell(f"Restored into {name}. Run `manage.py migrate` as the owner, then start DistSync.")
        return 0
    dumps.read_manifest(file)  # before anything is started or made
    with database_alone(data_folder().resolve(), must_exist=False) as (served, supervisor):
        _restore_embedded(file, served, supervisor, verifies=verifies)
    return 0


def _restore_embedded(file: Path, served: Addresses, supervisor: Supervisor, *, verifies: bool) -> None:
    """Into a database beside the standing one, which then takes its name: the standing one is kept under another."""
    target = Addresses(served.admin, at(served.owner, BESIDE), at(served.app, BESIDE))
    with connect(served.admin, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(BESIDE)))  # of a restore that was cut off
    manifest = dumps.restore(file, target, lambda program: finish(supervisor, program), tell)
    if verifies:
        finish(supervisor, verify_log(target, manifest))
    name = str(conninfo_to_dict(served.app)["dbname"])
    kept = f"{name}_until_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    with connect(at(served.owner, name), autocommit=True) as standing:
        is_empty = standing.execute("SELECT to_regclass('eventlog_message')").fetchone() == (None,)
    with connect(served.admin, autocommit=True) as server:
        if is_empty:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        else:
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(kept)))
        server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(BESIDE), sql.Identifier(name)))
    if not is_empty:
        tell(f"What stood here before is kept as the database {kept} on the same server.")
    tell("Restored. `make up` goes on with it; what was pending is worked then.")


@contextmanager
def database_alone(data: Path, *, must_exist: bool) -> Iterator[tuple[Addresses, Supervisor]]:
    """The embedded PostgreSQL of a data folder, with nothing else. Raises StackError while a system runs on the folder."""
    if must_exist and not (data / "secrets.json").is_file():
        raise StackError(f"There is no system in {data}. Name its data folder with DISTSYNC_DATA, or set DATABASE_URL.")
    folders = Folders(data)
    folders.make()
    lock = Lock(folders)
    if holder := lock.take(""):
        raise StackError(f"The system in {data} runs (process {holder.pid}, {holder.address}). End it first: make down.")
    supervisor = Supervisor(folders)
    supervisor.listen()
    places = Places(data, server_account())
    try:
        yield embedded_database(supervisor, places, keep_secrets(folders)), supervisor
    except Stopped as stopped:
        raise StackError("Stopped before it was done.") from stopped
    finally:
        supervisor.stop()
        places.clear()
        lock.release()


def owner_of_running(data: Path) -> str | None:
    """The owner's address of the system that runs on the folder now, or None when none does."""
    if not data.is_dir():
        return None
    lock = Lock(Folders(data))
    if lock.take("") is None:
        lock.release()
        return None
    try:
        return str(msgspec.json.decode((data / "stack.json").read_bytes())["database_owner_url"])
    except (OSError, msgspec.MsgspecError, KeyError) as error:
        raise StackError(f"The system in {data} is starting. Try again when it is ready.") from error


def run_here(program: Program) -> None:
    """Runs a client program to its end. Raises StackError with its last words."""
    done = subprocess.run(  # noqa: S603 - our own command lines
        program.command,
        env=dict(program.env),
        cwd=program.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(f"{program.name} failed with exit status {done.returncode}: {last_words(done.stdout)}")


def finish(supervisor: Supervisor, program: Program) -> None:
    """The same beside a server whose output has to be read meanwhile."""
    supervisor.run(program)


def verify_log(target: Addresses, manifest: dumps.Manifest | None) -> Program:
    """`manage.py verify-log` on the restored database: also that the chain's head is the one that was dumped."""
    tell("Checking the log's seal …")
    head = ("--head", manifest.head) if manifest and manifest.head else ()
    env = {**os.environ, "DATABASE_URL": target.owner, "DATABASE_OWNER_URL": target.owner}
    command = (sys.executable, str(ROOT / "manage.py"), "verify-log", *head)
    return replace(Program(name="verify-log", command=command, env=env, cwd=ROOT), shown=False, is_job=True)


def at(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlsplit(url)._replace(path=f"/{quote(name)}").geturl()


def secret_place(data: Path) -> str:
    return "DISTSYNC_SECRET_KEY" if os.environ.get("DATABASE_URL") else str(data / "secrets.json")


def needed(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise StackError(
        f"{name} is not set. `restore` into a server of your own needs DATABASE_ADMIN_URL (a superuser), and "
        "DATABASE_OWNER_URL and DATABASE_URL that name the new database."
    )


def tell(sentence: str) -> None:
    print(f"DistSync: {sentence}", flush=True)  # noqa: T201 - this is the terminal's program
