"""`python -m bench report FILE…`: writes a run's figures into the pages of docs/ that have a place for them.

A place is what stands between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`; NAME is a section's, `conditions` or `model`.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import tables
from distsync.env import ROOT

PAGES = ("docs/performance.md", "docs/scaling.md")
_PLACE = re.compile(r"(<!-- bench:(\w+) -->\n)(.*?)(<!-- /bench:\2 -->)", re.DOTALL)


def main(arguments: Sequence[str], *, root: Path = ROOT) -> int:
    """The exit status: 0, 1 (a file cannot be used), 2 (used wrongly)."""
    parser = argparse.ArgumentParser(prog="python -m bench report", description=__doc__)
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="what a run printed; of a section told twice, the last"
    )
    try:
        blocks = blocks_of([json.loads(path.read_text()) for path in parser.parse_args(arguments).files])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"This is not what a run of the bench prints: {error!r}", file=sys.stderr)
        return 1
    for name in PAGES:
        page = root / name
        page.write_text(filled(page.read_text(), blocks))
        print(f"{name}: {', '.join(found for _, found, *_ in _PLACE.findall(page.read_text()) if found in blocks)}")
    return 0


def blocks_of(runs: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Markdown by place. A section that failed keeps what stands there."""
    sections = {name: found for run in runs for name, found in run["sections"].items() if "error" not in found}
    blocks = {name: tables.SECTIONS[name](found) for name, found in sections.items() if name in tables.SECTIONS}
    if "end_to_end" in sections:
        blocks["model"] = tables.model(sections)
    return {**blocks, "conditions": "\n\n".join(dict.fromkeys(tables.conditions(run) for run in runs))}


def filled(page: str, blocks: dict[str, str]) -> str:
    """The page with each place that has a block filled with it; the others stay as they are."""

    def put(place: re.Match[str]) -> str:
        opening, name, former, closing = place.groups()
        return f"{opening}{blocks[name]}\n{closing}" if name in blocks else f"{opening}{former}{closing}"

    return _PLACE.sub(put, page)
