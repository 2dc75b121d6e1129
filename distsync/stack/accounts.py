"""Under which operating system account the servers run: PostgreSQL refuses root, so root lends them a lesser one."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from distsync.stack.errors import StackError

OWN_ACCOUNT = "distsync"
LESSER_ACCOUNTS = (OWN_ACCOUNT, "postgres")


@dataclass(frozen=True, slots=True)
class Account:
    """An account that root starts servers under."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """True when the account can pass into `folder`. Asked of the kernel, so that access lists count too."""
        return self._succeeds("/bin/sh", "-c", 'cd "$1"', "sh", str(folder))

    def can_run(self, program: Path) -> bool:
        return self._succeeds(str(program), "--version")

    def _succeeds(self, *command: str) -> bool:
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command line; nothing of it comes from outside
                command, cwd="/", user=self.uid, group=self.gid, extra_groups=[], capture_output=True, check=False
            )
        except OSError:
            return False
        return done.returncode == 0


def server_account() -> Account | None:
    """None when we are not root: then the servers run as we do. Raises StackError when root finds nobody to lend."""
    if os.geteuid() != 0:
        return None
    for name in LESSER_ACCOUNTS:
        if account := find_account(name):
            return account
    if create_account() and (account := find_account(OWN_ACCOUNT)):
        return account
    if account := find_account("nobody"):
        return account
    raise StackError(
        "PostgreSQL refuses to run as root, and no lesser account could be found or made. "
        f"Run `useradd --system {OWN_ACCOUNT}` once, or start as an ordinary user."
    )


def find_account(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid) if entry.pw_uid else None


def create_account() -> bool:
    """Makes the system account `distsync` without a home or a shell where the machine has `useradd`."""
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not useradd:
        return False
    command = [useradd, "--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin", OWN_ACCOUNT]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - fixed command line
