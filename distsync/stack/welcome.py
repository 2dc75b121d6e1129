"""When the system is ready, and the one framed block that says so."""

import http.client
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from distsync.stack.folders import Folders

PROBE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Login:
    """One of the sample's people."""

    username: str
    password: str
    role: str


def is_ready(port: int) -> bool:
    """True when `GET /readyz` answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def read_logins(lines: Sequence[str]) -> list[dict[str, str]]:
    """Of what `manage.py demo seed --json` printed last: {"logins": [{"username", "password", "role"}, …]}."""
    logins: list[dict[str, str]] = json.loads(lines[-1])["logins"]
    return logins


def welcome(address: str, logins: Sequence[Login], folders: Folders, notes: Sequence[str]) -> str:
    """The framed block: the address, who can log in, where things are, how it ends."""
    table = Table.grid(padding=(0, 2))
    table.add_row("Address", f"[bold]{address}[/bold]")
    for number, login in enumerate(logins):
        table.add_row(
            "" if number else "Log in as", f"{login.username}  /  {login.password}   ({login.role.replace('_', ' ')})"
        )
    if not logins:
        table.add_row(
            "Log in", "make a user: .venv/bin/python manage.py user create NAME --role administrator --password-stdin"
        )
    table.add_row("Data", str(folders.data))
    table.add_row("Logs", str(folders.logs))
    for note in notes:
        table.add_row("Note", note)
    table.add_row("", "Ctrl-C ends everything; the data is kept.")
    canvas = io.StringIO()
    Console(file=canvas, width=118, force_terminal=sys.stdout.isatty()).print(
        Panel(table, title="DistSync is ready", expand=False)
    )
    return canvas.getvalue().rstrip()
