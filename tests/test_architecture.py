"""The gates, each as one test: what the linter, the formatter, the type checker and the rooms' layers say is its failure."""

import subprocess
import sys
from pathlib import Path

import pytest

from distsync.env import ROOT

BIN = Path(sys.executable).parent
GATES = {
    "ruff": ("ruff", "check", "--no-cache", "."),
    "format": ("ruff", "format", "--no-cache", "--check", "."),
    "mypy": ("mypy", "apps", "distsync", "manage.py"),
    "layers": ("lint-imports", "--no-cache"),
}
LINES_OF_A_FILE = 400


@pytest.mark.parametrize("gate", [pytest.param(gate, marks=pytest.mark.long) if gate == "mypy" else gate for gate in GATES])
def test_gate(gate: str) -> None:
    program, *arguments = GATES[gate]
    done = subprocess.run([BIN / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"`make lint` fails at {gate}:\n{done.stdout}{done.stderr}", pytrace=False)


def test_no_file_is_over_the_limit() -> None:
    files = [
        path
        for folder in ("apps", "distsync", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
    ]
    too_long = {
        str(path.relative_to(ROOT)): count for path in files if (count := len(path.read_text().splitlines())) > LINES_OF_A_FILE
    }
    assert too_long == {}


def test_the_stack_knows_no_room() -> None:
    """It starts the system from outside; a room imported there would need settings before there is a database."""
    sources = {path.name: path.read_text() for path in (ROOT / "distsync" / "stack").glob("*.py")}
    assert len(sources) >= 10
    assert [name for name, text in sources.items() if "import apps" in text or "from apps" in text] == []
