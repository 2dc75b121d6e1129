"""CloudEvents in files, in every shape they come, and what is none."""

import gzip
import json
from pathlib import Path

import pytest

from apps.pipeline import ingest_files
from apps.pipeline.ingest_files import Item, items
from apps.translation.mapping_lines import InputFile


def read(folder: Path, content: bytes, name: str = "x.json") -> list[tuple[int, object]]:
    """(line, body) of events, (line, reason) of others."""
    path = folder / name
    path.write_bytes(content)
    with InputFile(path) as source:
        return [(item.line, item.body if isinstance(item, Item) else item.reason) for item in items(source)]


def test_one_event_on_one_line_or_over_many(tmp_path: Path) -> None:
    assert read(tmp_path, b'{"id": "1"}') == [(1, b'{"id": "1"}')]
    assert read(tmp_path, b'\xef\xbb\xbf{\n  "id": "1"\n}\n') == [(1, b'{\n  "id": "1"\n}')]


def test_one_event_a_line(tmp_path: Path) -> None:
    content = b'{"id":1}\r\n\n{"id":2}\nnonsense\n{"id":3}'
    expected = [(1, b'{"id":1}'), (3, b'{"id":2}'), (4, b"nonsense"), (5, b'{"id":3}')]
    assert read(tmp_path, content, "x.jsonl") == expected
    assert read(tmp_path, content, "x.json") == expected
    assert read(tmp_path, gzip.compress(content), "x.jsonl.gz") == expected


def test_an_array_of_events(tmp_path: Path) -> None:
    content = b'\n[\n {"id": "[1,\\"]", "data": {"a": [1, {"b": "}"}]}},\n\n {"id": "2"} ,"\\\\",3\n]\n'
    assert read(tmp_path, content) == [
        (3, b'{"id": "[1,\\"]", "data": {"a": [1, {"b": "}"}]}}'),
        (5, b'{"id": "2"}'),
        (5, b'"\\\\"'),
        (5, b"3"),
    ]
    assert read(tmp_path, b" [ ] ") == []
    assert read(tmp_path, b"[[1,2],[]]") == [(1, b"[1,2]"), (1, b"[]")]


@pytest.mark.parametrize("chunk_bytes", [1, 2, 3, 7, 64])
def test_an_array_reads_the_same_in_any_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int) -> None:
    events = [
        {"id": str(number), "text": 'a "quoted\\" [piece], {of} text\n' * number, "n": [number, {}]} for number in range(12)
    ]
    content = json.dumps(events, indent=1).encode()
    whole = read(tmp_path, content)
    monkeypatch.setattr(ingest_files, "_CHUNK_BYTES", chunk_bytes)
    assert read(tmp_path, content) == whole
    assert [json.loads(body) for _, body in whole] == events
    assert [line for line, _ in whole] == [number for number, line in enumerate(content.split(b"\n"), start=1) if line == b" {"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [(1, "the file is empty: expected CloudEvents as JSON")]),
        (b'[{"id":1},', [(1, b'{"id":1}'), (1, "the array is not closed: expected `]`")]),
        (b'[{"id":1},\n{"id":2', [(1, b'{"id":1}'), (2, "the array ends in the middle of this event")]),
        (b'[{"id":1},\n{"id":"2', [(1, b'{"id":1}'), (2, "the array ends in the middle of this event")]),
        (b'[{"id":1}]\n[{"id":2}]', [(1, b'{"id":1}'), (2, "something follows the end of the array")]),
        (
            b'[{"id":1},,\n]',
            [
                (1, b'{"id":1}'),
                (1, "there is no event here: expected one before and after each comma"),
                (2, "there is no event here: expected one before and after each comma"),
            ],
        ),
    ],
)
def test_what_is_broken_is_named_and_the_rest_is_read(tmp_path: Path, content: bytes, expected: list[object]) -> None:
    assert read(tmp_path, content) == expected


def test_a_csv_without_a_mapping_is_told_what_it_needs(tmp_path: Path) -> None:
    ((line, reason),) = read(tmp_path, b"order,sku\n1,2\n", "x.csv")
    assert line == 1
    assert reason == (
        "expected CloudEvents as JSON, an array of them or one a line; a CSV file needs `--mapping`. "
        "It starts with 'order,sku\\n1,2'"
    )


@pytest.mark.parametrize("damage", [lambda raw: raw[:-20], lambda raw: raw[:200] + b"\0" * 40 + raw[240:], lambda raw: raw[:5]])
def test_a_damaged_gzip_says_so(tmp_path: Path, damage: object) -> None:
    lines = b"".join(b'{"id":"%d"}\n' % (number * 7919) for number in range(2000))
    *_, (_, reason) = read(tmp_path, damage(gzip.compress(lines)), "x.jsonl.gz")  # type: ignore[operator]
    assert isinstance(reason, str)
    assert reason.startswith("the file ends in the middle or is damaged")


def test_an_event_over_the_limit_leaves_its_neighbours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_files, "EVENT_LIMIT_BYTES", 1000)
    monkeypatch.setattr(ingest_files, "_CHUNK_BYTES", 100)
    content = b'[{"id":1},\n{"x":[' + b",".join([b'"yyyyy"'] * 2000) + b']},\n{"id":3}]'
    assert read(tmp_path, content) == [(1, b'{"id":1}'), (2, "the event is longer than 8 MiB"), (3, b'{"id":3}')]
