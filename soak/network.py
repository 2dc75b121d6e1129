"""Hosts of their own on one machine: Linux network namespaces on a bridge, which is in a namespace of its own too."""

import ctypes
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

NAMESPACES = Path("/run/netns")
CLONE_NEWNET = 0x40000000
NETWORK = "10.77.0"
NOBODY = "02:00:00:00:00:fe"  # an address of the link layer that no host has: what is sent there is lost in silence
_NEEDED = ("ip", "nsenter", "setpriv")
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class NotPossible(Exception):
    """Why this machine cannot have hosts of its own: a reason to leave the scenario out, not a broken promise."""


@dataclass(slots=True)
class Network:
    """One host for each name, all on one bridge. Nothing of it is seen from, or changes, the machine's own network."""

    names: tuple[str, ...]
    _prefix: str = field(default_factory=lambda: f"soak{os.getpid()}-")
    _made: list[str] = field(default_factory=list)

    def address(self, name: str) -> str:
        return f"{NETWORK}.{self.names.index(name) + 2}"

    def namespace(self, name: str) -> Path:
        return NAMESPACES / f"{self._prefix}{name}"

    def make(self) -> None:
        """Raises NotPossible when the machine does not let us. Call `remove` afterwards in any case."""
        require()
        self._add("switch")
        self._in("switch", "link", "add", "bridge", "type", "bridge")
        self._in("switch", "link", "set", "bridge", "up")
        for name in self.names:
            self._add(name)
            switch = f"{self._prefix}switch"
            self._in(name, "link", "add", "eth0", "type", "veth", "peer", "name", f"to-{name}", "netns", switch)
            self._in(name, "addr", "add", f"{self.address(name)}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                self._in(name, "link", "set", device, "up")
            self._in("switch", "link", "set", f"to-{name}", "master", "bridge", "up")

    def remove(self) -> None:
        """The devices go with their namespaces."""
        while self._made:
            with suppress(NotPossible):
                ip("netns", "del", self._made.pop())

    def cut(self, name: str) -> None:
        """Pulls the host's cable."""
        self._in("switch", "link", "set", f"to-{name}", "down")

    def plug(self, name: str) -> None:
        self._in("switch", "link", "set", f"to-{name}", "up")

    def part(self, name: str, other: str) -> None:
        """Whatever `name` sends to `other` is lost; every other way stays open."""
        self._in(name, "neigh", "replace", self.address(other), "lladdr", NOBODY, "dev", "eth0", "nud", "permanent")

    def join(self, name: str, other: str) -> None:
        self._in(name, "neigh", "del", self.address(other), "dev", "eth0")

    def _add(self, name: str) -> None:
        ip("netns", "add", f"{self._prefix}{name}")
        self._made.append(f"{self._prefix}{name}")

    def _in(self, name: str, *arguments: str) -> None:
        ip("-n", f"{self._prefix}{name}", *arguments)


def require() -> None:
    """Brings iproute2 where apt may. Raises NotPossible with what is missing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise NotPossible("network namespaces need Linux and root")
    if shutil.which("ip") is None and (apt := shutil.which("apt-get")):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", "iproute2")):
            subprocess.run((apt, *arguments), env=environment, capture_output=True, check=False)
    if missing := [program for program in _NEEDED if shutil.which(program) is None]:
        raise NotPossible(f"{', '.join(missing)} cannot be found (Debian: apt-get install iproute2 util-linux)")


def ip(*arguments: str) -> None:
    done = subprocess.run(("ip", *arguments), capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotPossible(f"`ip {' '.join(arguments)}` was refused: {done.stderr.strip()}")


@contextmanager
def inside(namespace: Path | None) -> Iterator[None]:
    """Lets this thread's new sockets belong to `namespace`; None is where it is."""
    if namespace is None:
        yield
        return
    with Path(f"/proc/self/task/{threading.get_native_id()}/ns/net").open() as home, namespace.open() as there:
        _enter(there.fileno())
        try:
            yield
        finally:
            _enter(home.fileno())


def _enter(descriptor: int) -> None:
    if _libc is None or _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "the network namespace cannot be entered")
