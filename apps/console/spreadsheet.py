"""CSV for people's spreadsheets: streamed line by line, and no cell is taken for a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are full-width


class _Line:
    """A file of one line: `csv` writes into it and it is what was written."""

    def write(self, text: str) -> str:
        return text


def safe(value: str) -> str:
    """Text that no spreadsheet takes for a formula: such a beginning gets an apostrophe in front."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def lines(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The header, then a line per row."""
    writer = csv.writer(_Line())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([safe(value) for value in row])
