"""The data folder of one running system: where things lie, the lock that keeps a second one out, the kept secrets."""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any

from distsync.stack.errors import StackError

LOG_TURNOVER_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Folders:
    """`data` as the person named it. What the servers own may lie elsewhere when their account cannot reach it."""

    data: Path

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def lock(self) -> Path:
        return self.data / "lock.json"

    @property
    def secrets(self) -> Path:
        return self.data / "secrets.json"

    @property
    def stack(self) -> Path:
        return self.data / "stack.json"

    @property
    def sample(self) -> Path:
        """The sample's logins; as long as it is there, the sample's people need not be made again."""
        return self.data / "sample.json"

    @property
    def children(self) -> Path:
        return self.data / "children.json"

    def make(self) -> None:
        """Creates what is missing. A data folder that we create lets other accounts pass through, not look inside."""
        try:
            if not self.data.is_dir():
                self.data.mkdir(parents=True)
                self.data.chmod(0o711)
            if not self.logs.is_dir():
                self.logs.mkdir(mode=0o700)
        except OSError as error:
            raise StackError(
                f"The data folder {self.data} cannot be made ({error.strerror}). Name another one with DISTSYNC_DATA."
            ) from error

    def open_log(self, name: str) -> IO[bytes]:
        """The log of one process, appended to; a big one is turned over first (one old file is kept)."""
        path = self.logs / f"{name}.log"
        if path.is_file() and path.stat().st_size > LOG_TURNOVER_BYTES:
            path.replace(path.with_suffix(".log.old"))
        return path.open("ab", buffering=0)


def write_private(path: Path, content: Any) -> None:
    """Replaces a JSON file in one step, readable by its owner alone."""
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(file.fileno(), 0o600)
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made once for a data folder and kept over restarts."""

    secret_key: str
    admin_password: str
    owner_password: str
    app_password: str
    valkey_password: str


def keep_secrets(folders: Folders) -> Secrets:
    """The data folder's secrets, made when there are none. Raises StackError for a file that cannot be read."""
    path = folders.secrets
    if path.is_file():
        try:
            return Secrets(**json.loads(path.read_text()))
        except (ValueError, TypeError, OSError) as error:
            raise StackError(
                f"{path} cannot be read as the file of passwords that an earlier start wrote. Put it back from a backup, "
                f"or move {folders.data} away to start with an empty system."
            ) from error
    made = Secrets(**{field.name: secrets.token_urlsafe(36) for field in fields(Secrets)})
    write_private(path, asdict(made))
    return made


@dataclass(frozen=True, slots=True)
class Holder:
    """Who runs with a data folder now."""

    pid: int
    address: str


class Lock:
    """Held by the one supervisor of a data folder; the kernel lets go of it however that process ends."""

    def __init__(self, folders: Folders) -> None:
        self._path = folders.lock
        self._file: IO[str] | None = None

    def take(self, address: str) -> Holder | None:
        """None when the lock is ours now, else who holds it."""
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            with file:
                return read_holder(file.read())
        file.truncate(0)
        json.dump({"pid": os.getpid(), "address": address}, file)
        file.flush()
        self._file = file
        return None

    def release(self) -> None:
        if self._file:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def read_holder(text: str) -> Holder:
    """What the lock's holder wrote; pid 0 when it had no time to write yet."""
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):
        return Holder(pid=0, address="")
