"""Small mappings and files for tests of the mapping language."""

import gzip
import json
from pathlib import Path
from textwrap import dedent
from typing import Any

from apps.translation.mapping import MappedEvent, Mapper, Outcome, plan
from apps.translation.mapping_file import read_mapping

HEAD = """\
mapping: 1
zone: America/Chicago
currency: USD
source: /acme/oms
"""
ORDERS = (
    HEAD
    + """\
files:
  order:
    match: "orders*.csv*"
    key: number
    columns: [number, placed]
  items:
    match: "items*.csv*"
    join: order
    key: number
    columns: [number, line, sku, quantity]
events:
  - type: order.placed
    time: time(order.placed)
    data:
      order: order.number
      currency: currency
      lines: "items[].{line: line, sku: sku, quantity: number(quantity)}"
"""
)
SINGLE = (
    HEAD
    + """\
files:
  order:
    columns: [number, placed]
events:
  - type: order.validated
    when: order.placed
    time: time(order.placed)
    data: {order: order.number}
"""
)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    raw = content.encode() if isinstance(content, str) else content
    path = folder / name
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return path


def run(folder: Path, mapping: str, *files: Path) -> list[Outcome]:
    rules = read_mapping(write(folder, "acme.yaml", dedent(mapping)))
    return list(Mapper(rules).outcomes(plan(rules, files)))


def events(outcomes: list[Outcome]) -> list[dict[str, Any]]:
    return [json.loads(outcome.body) for outcome in outcomes if isinstance(outcome, MappedEvent)]


def others(outcomes: list[Outcome]) -> list[tuple[str, str, int, str]]:
    """(kind, file, line, reason) of everything that is no event."""
    return [
        (type(outcome).__name__, outcome.file, outcome.line, outcome.reason)
        for outcome in outcomes
        if not isinstance(outcome, MappedEvent)
    ]
