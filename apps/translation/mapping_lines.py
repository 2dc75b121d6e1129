"""Bytes of a file, plain or gzip, as bounded lines with their numbers: what every reader of files stands on."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

LINE_LIMIT_BYTES = 8 * 1024 * 1024
DAMAGED = (EOFError, OSError, zlib.error)  # what a cut or broken gzip stream raises
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be used: where it stands, why, and what it was (cut to its first part where it is huge)."""

    file: str
    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its end. `is_cut`: it was longer than the limit, and `raw` holds its first part."""

    number: int
    raw: bytes
    is_cut: bool = False


class InputFile:
    """A file open for reading; gzip is recognised by its content, not by its name.

    `consumed()` counts bytes of the file as it lies on the disk, for a progress bar.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.size = path.stat().st_size
        self.lines_read = 0
        self._file: IO[bytes] = path.open("rb")
        is_gzip = self._file.peek(2)[:2] == _GZIP_MAGIC
        self.stream: IO[bytes] = gzip.GzipFile(fileobj=self._file) if is_gzip else self._file  # type: ignore[assignment]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def consumed(self) -> int:
        return self.size if self._file.closed else self._file.tell()

    def lines(self) -> Iterator[Line]:
        """Every line. Raises one of DAMAGED where the gzip stream is damaged or cut short."""
        while raw := self.stream.readline(LINE_LIMIT_BYTES):
            self.lines_read += 1
            is_cut = len(raw) == LINE_LIMIT_BYTES and not raw.endswith(b"\n")
            if is_cut:
                self._skip_rest_of_line()
            yield Line(self.lines_read, raw, is_cut)

    def _skip_rest_of_line(self) -> None:
        while rest := self.stream.readline(LINE_LIMIT_BYTES):
            if rest.endswith(b"\n"):
                return


def shown(raw: bytes, limit: int = 4096) -> str:
    """Bytes as text for a person, unreadable ones escaped, cut at `limit`."""
    text = raw[:limit].decode("utf-8", errors="backslashreplace").rstrip("\r\n")
    return text if len(raw) <= limit else text + "…"
