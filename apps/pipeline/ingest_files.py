"""CloudEvents in files: one event, an array of them, or one a line; each as its own bytes, with bounded memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from apps.translation.mapping_lines import DAMAGED, InputFile, Refused, shown

EVENT_LIMIT_BYTES = 8 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_QUOTE, _OPENING, _COMMA = b'"[,'
# A string as a whole, the start of one that goes on, a bracket, a comma.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"|["\[\]{},]', re.DOTALL)
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
    except DAMAGED as error:
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
    parts = bytearray(first.raw.removeprefix(_BOM))
    for line in lines:
        parts += line.raw
        if len(parts) > EVENT_LIMIT_BYTES:
            yield Refused(source.name, 1, "the event is longer than 8 MiB", shown(bytes(parts)))
            return
    yield Item(source.name, 1, bytes(parts).strip())


def _is_whole(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _by_element(source: InputFile) -> Iterator[Item | Refused]:
    splitter = _ArraySplitter(source.name)
    while chunk := source.stream.read(_CHUNK_BYTES):
        yield from splitter.feed(chunk)
        source.lines_read = splitter.line - 1
    yield from splitter.end()


class _ArraySplitter:
    """Cuts a JSON array into its elements as it comes in, whatever stands in them."""

    def __init__(self, file: str) -> None:
        self.line = 1
        self._file = file
        self._buffer = bytearray()  # from the end of the last element on
        self._position = 0  # up to here the buffer is looked at
        self._depth = 0
        self._elements = 0
        self._is_over = False
        self._is_too_long = False

    def feed(self, chunk: bytes) -> Iterator[Item | Refused]:
        self._buffer += chunk
        start = 0
        end = len(self._buffer)
        for token in _TOKENS.finditer(self._buffer, self._position):
            if self._is_over:
                break
            mark = self._buffer[token.start()]
            if mark == _QUOTE and token.end() - token.start() == 1:  # its end is still to come
                end = token.start()
                break
            self._depth += 1 if mark in b"[{" else -1 if mark in b"]}" else 0
            if self._depth == 1 and mark == _OPENING and not self._elements and not self._buffer[start : token.start()].strip():
                start = self._pass(start, token.end())
            elif self._depth == 0 or (self._depth == 1 and mark == _COMMA):
                self._is_over = self._depth == 0
                yield from self._element(bytes(self._buffer[start : token.start()]))
                start = self._pass(start, token.end())
        self._position = end
        self._drop(start)

    def end(self) -> Iterator[Refused]:
        rest = bytes(self._buffer).strip()
        if not self._is_over:
            told = "the array ends in the middle of this event" if rest else "the array is not closed: expected `]`"
            yield Refused(self._file, self._start_line(), told, shown(rest))
        elif rest:
            yield Refused(self._file, self._start_line(), "something follows the end of the array", shown(rest))

    def _element(self, piece: bytes) -> Iterator[Item | Refused]:
        body, line = piece.strip(), self.line + _leading_lines(piece)
        if self._is_too_long:
            yield Refused(self._file, line, "the event is longer than 8 MiB", shown(body))
        elif body:
            yield Item(self._file, line, body)
        elif self._elements or not self._is_over:
            yield Refused(self._file, line, "there is no event here: expected one before and after each comma", "")
        self._elements += 1
        self._is_too_long = False

    def _pass(self, start: int, end: int) -> int:
        self.line += self._buffer.count(b"\n", start, end)
        return end

    def _drop(self, start: int) -> None:
        """Lets go of what is done with, and of the inside of an element over the limit."""
        if self._position - start > EVENT_LIMIT_BYTES:
            self._is_too_long = True
            start = self._pass(start, self._position)
        del self._buffer[:start]
        self._position -= start

    def _start_line(self) -> int:
        return self.line + _leading_lines(bytes(self._buffer))


def _leading_lines(piece: bytes) -> int:
    return piece[: len(piece) - len(piece.lstrip())].count(b"\n")
