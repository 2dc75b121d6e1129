"""Lines of a CSV file that is streamed, safe to open in a spreadsheet."""

import csv
from collections.abc import Callable, Sequence
from typing import Final

FORMULA_STARTS: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)  # the last four are full-width


class _Line:
    """A file of one line: `csv` writes into it and it is what was written."""

    def write(self, text: str) -> str:
        return text


def line_writer() -> Callable[[Sequence[str]], str]:
    """What turns a row's values into its line."""
    writer = csv.writer(_Line())

    def write(values: Sequence[str]) -> str:
        line: str = writer.writerow(values)  # what `write` of our own file returned
        return line

    return write


def safe(value: str) -> str:
    """Text that no spreadsheet takes for a formula: such a beginning gets an apostrophe in front."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value
