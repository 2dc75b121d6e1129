"""Real data: it belongs to nobody here and is not kept in the repository, so these tests run where it is provided."""

import os
from pathlib import Path

import pytest

VARIABLE = "DISTSYNC_REAL_DATA"
WHY_NOT = f"{VARIABLE} names no folder with the real inputs: the exactness of real orders is NOT tested in this run"


def real_folder(part: str) -> Path:
    """The folder of one data set, else a skip that says what is missing."""
    folder = Path(os.environ.get(VARIABLE) or "/nonexistent") / part
    if not folder.is_dir():
        pytest.skip(WHY_NOT)
    return folder


@pytest.fixture(scope="session")
def olist_files() -> list[Path]:
    return sorted(real_folder("datasets/olist_2017").glob("*.csv.gz"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if any(WHY_NOT in str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(f"SKIPPED tests/real: {WHY_NOT}.", yellow=True, bold=True)
