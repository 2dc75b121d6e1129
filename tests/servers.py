"""One embedded PostgreSQL and one Valkey for the whole test session, xdist's workers included."""

import atexit
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread

from distsync.stack import postgres, valkey
from distsync.stack.accounts import server_account
from distsync.stack.folders import Folders, keep_secrets
from distsync.stack.places import Places
from distsync.stack.programs import Child, Program

START_SECONDS = 60


def provide() -> None:
    """Sets DATABASE_URL and REDIS_URL to servers of this session where they are unset, and a Valkey number per worker.

    xdist's workers inherit the environment of the session that made the servers, so they find them set."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker and not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        start_servers()
    if worker:
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = os.environ["REDIS_URL"].rsplit("/", 1)[0] + f"/{number}"
    os.environ.setdefault("DISTSYNC_SECRET_KEY", "a-secret-of-the-tests-alone")


def start_servers() -> None:
    """Starts what is missing in a temporary folder; the end of this process, however it comes, ends them."""
    data = Path(tempfile.mkdtemp(prefix="distsync-tests-"))
    data.chmod(0o711)
    folders = Folders(data)
    folders.make()
    secrets = keep_secrets(folders)
    places = Places(data, server_account())
    cleanup = ExitStack()
    atexit.register(cleanup.close)
    cleanup.callback(shutil.rmtree, data, ignore_errors=True)
    if not os.environ.get("DATABASE_URL"):
        cluster = postgres.Postgres(
            postgres.wheel_programs(places), places.folder("postgres"), places.socket_folder(), places.account
        )
        cluster.make_ready(secrets.admin_password)
        url = cluster.url(postgres.ADMIN, secrets.admin_password, "postgres")
        start(cluster.program(), folders, cleanup, lambda: postgres.answers(url, cluster.home))
        os.environ["DATABASE_URL"] = url
    if not os.environ.get("REDIS_URL"):
        server = valkey.Valkey(valkey.wheel_server(places), valkey.free_port(), secrets.valkey_password, places.account)
        start(server.program(), folders, cleanup, lambda: valkey.answers(server))
        os.environ["REDIS_URL"] = server.url()


def start(program: Program, folders: Folders, cleanup: ExitStack, answers: Callable[[], bool]) -> None:
    child = Child(program, folders.open_log(program.name))
    cleanup.callback(end, child)
    until = time.monotonic() + START_SECONDS
    while not answers():
        child.read_lines()
        if not child.is_alive or time.monotonic() > until:
            log = (folders.logs / f"{program.name}.log").read_text(errors="replace")
            raise RuntimeError(f"{program.name} did not start for the tests:\n{log}")
        time.sleep(0.05)
    Thread(target=keep_reading, args=(child,), name=f"{program.name}'s log", daemon=True).start()


def keep_reading(child: Child) -> None:
    """A server whose words nobody takes stands still with its pipe full, and every test with it."""
    with suppress(OSError, ValueError):  # closed at the end
        while child.is_alive:
            child.read_lines()
            time.sleep(0.2)


def end(child: Child) -> None:
    child.send(signal.SIGQUIT if child.program.name == "postgres" else signal.SIGTERM)
    child.process.wait()
    child.close()
