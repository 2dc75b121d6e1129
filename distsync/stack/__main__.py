"""`python -m distsync.stack …`: what make calls, what containers ask, how production makes its roles."""

import argparse
import os
import sys
from collections.abc import Callable

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


def main() -> int:
    """The exit status: 0, 1 (failed, with a sentence), 2 (used wrongly)."""
    parser = argparse.ArgumentParser(prog="python -m distsync.stack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, text) in COMMANDS.items():
        commands.add_parser(name, help=text, description=text)
    run, _ = COMMANDS[parser.parse_args().command]
    try:
        return run()
    except StackError as error:
        print(f"DistSync: {error}", file=sys.stderr)  # noqa: T201 - this is the terminal's program
        return 1


def required(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise StackError(f"{name} is not set; `prepare` needs DATABASE_ADMIN_URL, DATABASE_OWNER_URL and DATABASE_URL.")


if __name__ == "__main__":
    sys.exit(main())
