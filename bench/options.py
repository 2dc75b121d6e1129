"""What a run is told: sizes, rounds, bounds. Every value is a flag, and an environment variable BENCH_<NAME> for make."""

import argparse
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Options:
    """`help` of each flag stands beside its default in FLAGS."""

    orders: int
    plain_orders: int
    rounds: int
    in_flight: int
    batch: int
    connections: int
    cores: int
    seconds: int
    memory_events: int
    sized_orders: int
    picks: int
    open_cases: int
    limit_seconds: int
    data: Path | None
    sized: Path | None


FLAGS: dict[str, tuple[Any, Any, str]] = {
    "orders": (int, 2_000, "orders of 20 events in a round of the product"),
    "plain_orders": (int, 80, "orders in a round of the plain pattern, which is slower"),
    "rounds": (int, 3, "rounds; figures are medians"),
    "in_flight": (int, 500, "orders whose events arrive interleaved"),
    "batch": (int, 100, "events in a request"),
    "connections": (int, 2, "connections that post"),
    "cores": (int, 2, "cores that everything shares, the client too"),
    "seconds": (int, 60, "how long the paced sender of `freshness` sends"),
    "memory_events": (int, 360_000, "events that `memory` sends: an hour's worth at 100 a second"),
    "sized_orders": (int, 200_000, "orders in the big database of `size` and `search`"),
    "picks": (int, 200, "requests of each kind in `search` and `cases`"),
    "open_cases": (int, 100_000, "open cases in `cases`"),
    "limit_seconds": (int, 3_600, "a section that takes longer fails"),
    "data": (Path, None, "folder that keeps the system of most sections (a temporary one)"),
    "sized": (Path, None, "folder that keeps the big system of `size` and `search` for the next run (a temporary one)"),
}
QUICK = {
    "orders": 200,
    "plain_orders": 20,
    "rounds": 1,
    "seconds": 10,
    "memory_events": 20_000,
    "sized_orders": 2_000,
    "picks": 20,
    "open_cases": 3_000,
}


def add_flags(parser: argparse.ArgumentParser) -> None:
    for name, (kind, default, text) in FLAGS.items():
        shown = f"{text} ({default})" if default is not None else text
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=None, metavar="N", help=shown)
    parser.add_argument("--quick", action="store_true", help="small sizes: is it in order, not how fast is it")


def options_of(given: argparse.Namespace) -> Options:
    """A flag wins over its variable, that over --quick's size, that over the default."""
    values = {}
    for field in fields(Options):
        kind, default, _ = FLAGS[field.name]
        variable = os.environ.get(f"BENCH_{field.name.upper()}")
        small = QUICK.get(field.name, default) if given.quick else default
        flag = getattr(given, field.name)
        values[field.name] = flag if flag is not None else kind(variable) if variable else small
    return Options(**values)
