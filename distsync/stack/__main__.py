"""`python -m distsync.stack up|down|prepare`: what `make up` and `make down` call, and how production makes its roles."""

import argparse
import os
import sys

from distsync.stack.database import prepare
from distsync.stack.errors import StackError
from distsync.stack.up import down, up


def main() -> int:
    """The exit status: 0, 1 (failed, with a sentence), 2 (used wrongly)."""
    parser = argparse.ArgumentParser(prog="python -m distsync.stack", description=__doc__)
    parser.add_argument(
        "command",
        choices=["up", "down", "prepare"],
        help="up: run everything. down: end what runs on DISTSYNC_DATA. prepare: make the roles of DATABASE_OWNER_URL and "
        "DATABASE_URL, the database and its extensions, as the superuser of DATABASE_ADMIN_URL.",
    )
    command = parser.parse_args().command
    try:
        if command == "up":
            return up()
        if command == "down":
            return down()
        prepare(*(required(name) for name in ("DATABASE_ADMIN_URL", "DATABASE_OWNER_URL", "DATABASE_URL")))
    except StackError as error:
        print(f"DistSync: {error}", file=sys.stderr)  # noqa: T201 - this is the terminal's program
        return 1
    return 0


def required(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise StackError(f"{name} is not set; `prepare` needs DATABASE_ADMIN_URL, DATABASE_OWNER_URL and DATABASE_URL.")


if __name__ == "__main__":
    sys.exit(main())
