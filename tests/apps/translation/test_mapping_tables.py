"""CSV as partners really send it: every bad line named, every good one kept."""

from pathlib import Path

import pytest

from apps.translation.mapping_lines import LINE_LIMIT_BYTES, InputFile, Refused
from apps.translation.mapping_rules import FileRule
from apps.translation.mapping_tables import CsvReader, Row, RowStore
from tests.apps.translation.mapping_builders import write

RULE = FileRule(name="order", match=(), columns=("a", "b"))


def read(folder: Path, content: str | bytes, name: str = "x.csv", rule: FileRule = RULE) -> list[tuple[int, object]]:
    """(line, cells) of good rows, (line, reason) of others."""
    with InputFile(write(folder, name, content)) as source:
        rows = list(CsvReader(source, rule, frozenset({""})))
    return [(row.line, tuple(row.cells.values()) if isinstance(row, Row) else row.reason) for row in rows]


def test_cells_are_stripped_and_empty_ones_are_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffa,b\r\n 1 ,\r\n\r\n,\r\n2,x\r\n") == [(2, ("1", None)), (5, ("2", "x"))]


def test_a_quoted_cell_may_hold_lines_and_commas(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n"1\n2","x, ""y"""\n3,z\n') == [(2, ("1\n2", 'x, "y"')), (4, ("3", "z"))]


def test_a_quote_that_never_closes_costs_its_own_line_only(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n1,x\n2,"y\n3,z\n4,w\n') == [
        (2, ("1", "x")),
        (3, "a quote opens here and never closes"),
        (4, ("3", "z")),
        (5, ("4", "w")),
    ]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"a,b\n1,x\n2\n", 3, "the row has 1 cells and the header names 2 columns"),
        (b"a,b\n1,x\n2,y,z\n", 3, "the row has 3 cells and the header names 2 columns"),
        (b"a,b\n1,x\n2,y\0\n", 3, "the line holds the character U+0000, which text may not"),
        (
            b"a,b\n1,x\n2,caf\xe9\n",
            3,
            (
                "byte 6 of the line (0xe9) is not utf-8: "
                "save the file in that encoding, or name its own in the mapping (`encoding`)"
            ),
        ),
        (
            b'a,b\n1,x\n2,"y" z\n',
            3,
            "a quoted cell goes on after its closing quote: a quote inside a cell is written twice",
        ),
        (
            b"a,b\n1,x\n2," + b"y" * 200_000 + b"\n",
            3,
            "a cell is longer than 131,072 characters (or a quote opens here and never closes)",
        ),
    ],
)
def test_what_is_no_row_is_named_and_the_rest_is_read(tmp_path: Path, content: bytes, line: int, reason: str) -> None:
    assert read(tmp_path, content + b"9,z\n") == [(2, ("1", "x")), (line, reason), (line + 1, ("9", "z"))]


def test_a_line_without_end_takes_no_memory_with_it(tmp_path: Path) -> None:
    rows = read(tmp_path, b"a,b\n1,x\n2," + b"y" * (2 * LINE_LIMIT_BYTES) + b"\n9,z\n", rule=RULE)
    assert [line for line, _ in rows] == [2, 3, 4]
    assert rows[2] == (4, ("9", "z"))


def test_a_gzip_that_is_cut_short_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    whole = write(tmp_path, "x.csv.gz", "a,b\n" + "".join(f"{number},{number * 7919 % 1000}\n" for number in range(5000)))
    whole.write_bytes(whole.read_bytes()[:-200])
    with InputFile(whole) as source:
        rows = list(CsvReader(source, RULE, frozenset({""})))
    assert isinstance(rows[-1], Refused)
    assert rows[-1].reason.startswith("the file ends in the middle or is damaged")
    assert all(isinstance(row, Row) for row in rows[:-1])
    assert len(rows) > 1000


def test_another_delimiter_and_encoding(tmp_path: Path) -> None:
    rule = FileRule(name="order", match=(), columns=("a", "b"), delimiter=";", encoding="cp1252")
    assert read(tmp_path, "a;b\n1;café\n".encode("cp1252"), rule=rule) == [(2, ("1", "café"))]


def test_the_store_gives_rows_by_key_and_names_those_never_taken() -> None:
    with RowStore() as store:
        for line, key in enumerate(["B", "A", "B", "C"], start=2):
            store.add("items", key, Row("i.csv", line, {"key": key}))
        store.close_for_adding()
        assert [row.line for row in store.take("items", "B")] == [2, 4]
        assert store.take("items", "Z") == []
        assert list(store.keys("items")) == ["B", "A", "C"]
        assert [(name, key, row.line) for name, key, row in store.unused()] == [("items", "A", 3), ("items", "C", 5)]
