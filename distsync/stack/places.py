"""Where the servers' files lie: in the data folder when the servers' account can reach it, else in a folder of its own."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from distsync.stack.accounts import Account
from distsync.stack.errors import StackError

# A Unix socket's path holds at most 107 bytes, and PostgreSQL adds "/.s.PGSQL.5432.lock" to its folder's.
SOCKET_FOLDER_BYTES = 107 - len("/.s.PGSQL.5432.lock")
REACHABLE_BASES = (Path("/var/lib/distsync"), Path("/var/tmp/distsync"))  # noqa: S108 - kept over restarts, 0711 and ours


@dataclass(slots=True)
class Places:
    """Gives the servers their folders. `notes` collects in plain words what lies where nobody would look for it."""

    data: Path
    account: Account | None
    notes: list[str] = field(default_factory=list)
    _short: Path | None = None

    def folder(self, name: str) -> Path:
        """A private folder for the servers: `<data>/<name>`, or one that their account reaches."""
        if self.account is None or self.account.can_enter(self.data):
            return self._own(self.data / name)
        elsewhere = self._reachable_base() / hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        self._passable(elsewhere)
        note = (
            f"The account {self.account.name}, which runs the servers for root, cannot enter {self.data}: "
            f"the database lies in {elsewhere}."
        )
        if note not in self.notes:
            self.notes.append(note)
        return self._own(elsewhere / name)

    def socket_folder(self) -> Path:
        """A private folder with a path that is short enough for sockets. Made anew under /tmp when the usual is too long."""
        usual = self.folder("run")
        if len(os.fsencode(usual)) <= SOCKET_FOLDER_BYTES:
            return usual
        short = Path(tempfile.mkdtemp(prefix="distsync-", dir="/tmp"))  # the shortest path there is; mkdtemp makes it 0700
        self._short = short
        return self._own(short)

    def clear(self) -> None:
        """Removes the short socket folder if one was made."""
        if self._short:
            shutil.rmtree(self._short, ignore_errors=True)

    def programs(self, tree: Path, probe: str, libraries: Path) -> Path:
        """`tree` itself when the servers' account can run `tree/probe`, else a copy of it, with `libraries` kept in reach."""
        if self.account is None or self.account.can_run(tree / probe):
            return tree
        stamp = hashlib.sha256(f"{tree}{(tree / probe).stat().st_mtime_ns}".encode()).hexdigest()[:12]
        base = self._reachable_base() / f"programs-{stamp}"
        copy = base / tree.parent.name / tree.name
        if not (base / "complete").is_file():
            shutil.rmtree(base, ignore_errors=True)
            self._passable(base)
            shutil.copytree(tree, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig"))
            if libraries.is_dir():
                shutil.copytree(libraries, base / libraries.name)
            for folder in (base, *base.rglob("*/")):
                folder.chmod(0o755)
            (base / "complete").touch()
        if not self.account.can_run(copy / probe):
            raise StackError(
                f"The account {self.account.name} can run neither {tree / probe} nor a copy of it in {base}. "
                "Put the checkout in a folder that every account can read, or start as an ordinary user."
            )
        self.notes.append(f"The account {self.account.name} cannot reach {tree}: it runs a copy of the programs in {base}.")
        return copy

    def _own(self, folder: Path) -> Path:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)
        return folder

    def _reachable_base(self) -> Path:
        for base in REACHABLE_BASES:
            try:
                self._passable(base)
            except OSError:
                continue
            if self.account is None or self.account.can_enter(base):
                return base
        raise StackError(
            "No folder could be made that both root and the servers' account reach "
            f"(tried {', '.join(map(str, REACHABLE_BASES))}). "
            "Name a data folder with DISTSYNC_DATA that every account can pass through."
        )

    def _passable(self, folder: Path) -> None:
        """Makes a folder that others may pass through; one that is there already and not ours alone is refused."""
        if not folder.is_dir():
            folder.mkdir(parents=True)
            folder.chmod(0o711)
        elif folder.stat().st_uid != os.geteuid():
            raise PermissionError(f"{folder} belongs to somebody else")
