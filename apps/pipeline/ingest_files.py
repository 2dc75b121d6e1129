"""CloudEvents in files: one event, an array of them, or one a line; each as its own bytes, with bounded memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from apps.translation.mapping_lines import InputFile, Refused, shown

EVENT_LIMIT_BYTES = 8 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_MARKS = re.compile(rb'["\\\[\]{},]')
_BOM = b"\xef\xbb\xbf"
_LINE_NAMES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


@dataclass(frozen=True, slots=True)
class Item:
    """The bytes of one event and the line on which it starts."""

    file: str
    line: int
    body: bytes


def items(source: InputFile) -> Iterator[Item | Refused]:
    """Every event of a file, in its order; what is none comes out with the reason."""
    try:
        yield from _items(source)
    except (EOFError, OSError) as error:
        reason = f"the file ends in the middle or is damaged ({error}): send it again whole"
        yield Refused(source.name, source.lines_read + 1, reason, "")


def _items(source: InputFile) -> Iterator[Item | Refused]:
    head = source.stream.peek(_CHUNK_BYTES).removeprefix(_BOM).lstrip()  # type: ignore[attr-defined]
    if not head and not source.stream.read(1):
        yield Refused(source.name, 1, "the file is empty: expected CloudEvents as JSON", "")
    elif source.path.name.lower().endswith(_LINE_NAMES):
        yield from _by_line(source)
    elif head.startswith(b"["):
        yield from _by_element(source)
    elif head.startswith(b"{"):
        yield from _one_or_lines(source)
    else:
        expected = "expected CloudEvents as JSON, an array of them or one a line; a CSV file needs `--mapping`"
        yield Refused(source.name, 1, f"{expected}. It starts with {shown(head, 40)!r}", "")


def _by_line(source: InputFile) -> Iterator[Item | Refused]:
    for line in source.lines():
        body = line.raw.removeprefix(_BOM).strip() if line.number == 1 else line.raw.strip()
        if line.is_cut:
            yield Refused(source.name, line.number, "the line is longer than 8 MiB", shown(line.raw))
        elif body:
            yield Item(source.name, line.number, body)


def _one_or_lines(source: InputFile) -> Iterator[Item | Refused]:
    """A file that starts with `{`: one event over many lines where its first line is not whole, else one a line."""
    lines = source.lines()
    first = next(lines)
    body = first.raw.removeprefix(_BOM).strip()
    if _is_whole(body):
        yield Item(source.name, first.number, body)
        for line in lines:
            if line.raw.strip():
                yield Item(source.name, line.number, line.raw.strip())
        return
    parts = bytearray(body)
    for line in lines:
        parts += line.raw
        if len(parts) > EVENT_LIMIT_BYTES:
            yield Refused(source.name, 1, "the event is longer than 8 MiB", shown(bytes(parts)))
            return
    yield Item(source.name, 1, bytes(parts))


def _is_whole(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


@dataclass(slots=True)
class _Scan:
    """Where a scan of a JSON array stands. `part` is what has been read of the element under way."""

    line: int = 1
    start_line: int = 1
    depth: int = 0
    is_in_string: bool = False
    skips_next: bool = False
    part: bytearray = field(default_factory=bytearray)
    is_too_long: bool = False


def _by_element(source: InputFile) -> Iterator[Item | Refused]:
    scan = _Scan()
    while chunk := source.stream.read(_CHUNK_BYTES):
        yield from _scan_chunk(source.name, scan, chunk)
        source.lines_read = scan.line - 1
    if scan.depth > 0:
        rest = bytes(scan.part).strip()
        if rest:
            yield Refused(source.name, scan.start_line, "the array ends in the middle of this event", shown(rest))
        else:
            yield Refused(source.name, scan.line, "the array is not closed: expected `]`", "")
    elif scan.part.strip():
        yield Refused(source.name, scan.start_line, "something follows the end of the array", shown(bytes(scan.part)))


def _scan_chunk(file: str, scan: _Scan, chunk: bytes) -> Iterator[Item | Refused]:
    taken, skip_at = 0, 0 if scan.skips_next else -1
    scan.skips_next = False
    for match in _MARKS.finditer(chunk):
        at, mark = match.start(), chunk[match.start()]
        if at == skip_at:
            continue
        if mark == 0x5C:  # a backslash: what follows is no mark
            skip_at = at + 1
            scan.skips_next = skip_at == len(chunk)
        elif mark == 0x22:
            scan.is_in_string = not scan.is_in_string
        elif scan.is_in_string:
            continue
        elif mark in b"[{":
            scan.depth += 1
            if scan.depth == 1:
                taken = _take(scan, chunk, taken, at, keeps=False)
        elif mark in b"]}":
            scan.depth -= 1
            if scan.depth == 0:
                taken = _take(scan, chunk, taken, at, keeps=True)
                yield from _element(file, scan)
        elif scan.depth == 1:
            taken = _take(scan, chunk, taken, at, keeps=True)
            yield from _element(file, scan)
    _keep(scan, chunk[taken:])
    scan.line += chunk.count(b"\n", taken)


def _take(scan: _Scan, chunk: bytes, taken: int, at: int, *, keeps: bool) -> int:
    """Moves on past the mark at `at`; with `keeps`, what came before it belongs to the element under way."""
    if keeps:
        _keep(scan, chunk[taken:at])
    scan.line += chunk.count(b"\n", taken, at + 1)
    return at + 1


def _keep(scan: _Scan, piece: bytes) -> None:
    if not scan.part.strip():
        leading = piece[: len(piece) - len(piece.lstrip())]
        scan.start_line = scan.line + leading.count(b"\n")
        scan.part.clear()
    if len(scan.part) + len(piece) > EVENT_LIMIT_BYTES:
        scan.is_too_long = True
        piece = piece[: EVENT_LIMIT_BYTES - len(scan.part)]
    scan.part += piece


def _element(file: str, scan: _Scan) -> Iterator[Item | Refused]:
    body = bytes(scan.part).strip()
    if scan.is_too_long:
        yield Refused(file, scan.start_line, "the event is longer than 8 MiB", shown(body))
    elif body:
        yield Item(file, scan.start_line, body)
    scan.part.clear()
    scan.is_too_long = False
