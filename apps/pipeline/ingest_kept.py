"""What a run could not use, kept as JSON lines in the data folder, so that nothing of a file is lost unseen."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from apps.translation.mapping import Skipped
from apps.translation.mapping_lines import Refused

SHOWN_LIMIT = 100


@dataclass(slots=True)
class Reason:
    """One reason with how often it came and the places where it came first."""

    count: int = 0
    places: list[str] = field(default_factory=list)


@dataclass(slots=True)
class KeptAside:
    """Collects rejected and skipped pieces. The file exists from the first one on; `None` as folder keeps no file."""

    folder: Path | None
    started_at: datetime
    path: Path | None = None
    rejected: int = 0
    skipped: int = 0
    rejections: dict[str, Reason] = field(default_factory=dict)
    skips: dict[str, Reason] = field(default_factory=dict)
    _file: IO[bytes] | None = None

    def add(self, piece: Refused | Skipped) -> None:
        is_skip = isinstance(piece, Skipped)
        if is_skip:
            self.skipped += 1
        else:
            self.rejected += 1
        _count(self.skips if is_skip else self.rejections, piece)
        self._write(
            {
                "kind": "skipped" if is_skip else "rejected",
                "file": piece.file,
                "line": piece.line,
                "reason": piece.reason,
                "raw": piece.raw,
            }
        )

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _write(self, piece: dict[str, object]) -> None:
        if self.folder is None:
            return
        if self._file is None:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path = self.folder / f"{self.started_at:%Y%m%dT%H%M%S.%fZ}.jsonl"
            self._file = self.path.open("xb")
        self._file.write(msgspec.json.encode(piece) + b"\n")


def _count(reasons: dict[str, Reason], piece: Refused | Skipped) -> None:
    key = piece.reason if piece.reason in reasons or len(reasons) < SHOWN_LIMIT else "further reasons"
    reason = reasons.setdefault(key, Reason())
    reason.count += 1
    if len(reason.places) < 5:
        reason.places.append(f"{piece.file}, line {piece.line}")
