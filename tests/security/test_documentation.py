"""Every proof that docs/security.md names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text()
TESTS = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))


def test_the_files_that_it_names_are_there() -> None:
    named = set(re.findall(r"`((?:tests|apps|docs)/[\w/.]+)`", TEXT))
    assert len(named) > 15
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_tests_that_it_names_are_there() -> None:
    named = set(re.findall(r"`(test_\w+)(…?)`", TEXT))
    assert len(named) > 15
    assert not [name for name, cut in named if not re.search(rf"def {name}{'' if cut else chr(92) + 'b'}", TESTS)]


def test_every_threat_has_a_proof() -> None:
    table = TEXT.partition("| threat | answer | proof |")[2].partition("## Known limits")[0]
    rows = [row.split("|") for row in table.splitlines() if row.startswith("| ") and not row.startswith("|---")]
    assert len(rows) > 25
    assert not [row[1] for row in rows if "`" not in row[3]]
