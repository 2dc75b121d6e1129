"""`python -m distsync.stack …`: what make calls, what containers ask, how production makes its roles."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from distsync.stack.backups import backup, restore
from distsync.stack.database import prepare
from distsync.stack.errors import StackError
from distsync.stack.up import down, read_wish, up
from distsync.stack.welcome import is_ready


def ready() -> int:
    """0 when `GET /readyz` on DISTSYNC_PORT answers 200, else 1."""
    return 0 if is_ready(read_wish().port) else 1


def prepare_database() -> int:
    """Raises StackError when one of the three addresses is missing or does not answer."""
    admin, owner, app = (required(name) for name in ("DATABASE_ADMIN_URL", "DATABASE_OWNER_URL", "DATABASE_URL"))
    prepare(admin, owner, app)
    return 0


COMMANDS: dict[str, tuple[Callable[[], int], str]] = {
    "up": (up, "run everything until Ctrl-C"),
    "down": (down, "end what runs on DISTSYNC_DATA, also what a killed run left"),
    "ready": (ready, "status 0 when /readyz on DISTSYNC_PORT answers 200"),
    "prepare": (
        prepare_database,
        "as DATABASE_ADMIN_URL's superuser: make the roles of DATABASE_OWNER_URL and DATABASE_URL, and the database",
    ),
}


BACKUP = "write one file with everything in it, while the system runs or not"
BACKUP_MORE = "Of DATABASE_OWNER_URL or DATABASE_URL where one is set, else of the system in DISTSYNC_DATA."
RESTORE = "make the system again from a backup: rows, owners and privileges"
RESTORE_MORE = (
    "With DATABASE_URL, DATABASE_OWNER_URL and DATABASE_ADMIN_URL set: into the new database that they name. Else into "
    "DISTSYNC_DATA, whose system must be stopped; what stood there is kept under another name."
)


def main() -> int:
    """The exit status: 0, 1 (failed, with a sentence), 2 (used wrongly)."""
    parser = argparse.ArgumentParser(prog="python -m distsync.stack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (run, text) in COMMANDS.items():
        commands.add_parser(name, help=text, description=text).set_defaults(run=lambda _, run=run: run())
    keep = commands.add_parser("backup", help=BACKUP, description=BACKUP, epilog=BACKUP_MORE)
    keep.add_argument("file", nargs="?", type=Path, help="default: <data folder>/backups/distsync-<time>.dump")
    keep.set_defaults(run=lambda said: backup(said.file))
    bring = commands.add_parser("restore", help=RESTORE, description=RESTORE, epilog=RESTORE_MORE)
    bring.add_argument("file", type=Path, help="what `backup` wrote")
    bring.add_argument("--skip-verify", action="store_true", help="do not check the log's seal afterwards")
    bring.set_defaults(run=lambda said: restore(said.file, verifies=not said.skip_verify))
    arguments = parser.parse_args()
    try:
        return int(arguments.run(arguments))
    except StackError as error:
        print(f"DistSync: {error}", file=sys.stderr)  # noqa: T201 - this is the terminal's program
        return 1


def required(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise StackError(f"{name} is not set; `prepare` needs DATABASE_ADMIN_URL, DATABASE_OWNER_URL and DATABASE_URL.")


if __name__ == "__main__":
    sys.exit(main())
