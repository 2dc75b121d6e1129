"""`make bench`, `python -m bench …`, `manage.py bench …`: measures by name and prints JSON; progress goes to stderr."""

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import psutil

from bench import database
from bench.bench import Bench, opened
from bench.options import Options, add_flags, options_of
from bench.processes import stay_on
from bench.sections import throughput
from bench.system import SystemFailure
from bench.wire import WireError

SECTIONS: dict[str, tuple[Callable[[Bench], dict[str, Any]], str]] = {
    "end_to_end": (throughput.end_to_end, "events over HTTP in batches to rows visible, beside both yardsticks"),
}
EXAMPLES = """examples:
  python -m bench                                  everything (see --help for the sizes)
  python -m bench --quick end_to_end               a small round: is all in order?
  python -m bench end_to_end --orders 4000 --rounds 5

exit status: 0 measured · 1 a section failed (the JSON says which and why) · 2 used wrongly
"""


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m bench") -> int:
    """The exit status: 0, 1 (a section failed), 2 (used wrongly)."""
    options, names = read(arguments, prog)
    cores = stay_on(options.cores)
    result: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(cores)}
    with opened(options) as bench:
        result["postgresql"] = database.settings(bench.system.admin_url())
        result["options"] = {name: getattr(options, name) for name in options.__slots__ if name != "data"}
        result["sections"] = {name: section(bench, name) for name in names}
    json.dump(result, sys.stdout, indent=2)
    print()
    return 1 if any("error" in figures for figures in result["sections"].values()) else 0


def read(arguments: Sequence[str] | None, prog: str) -> tuple[Options, list[str]]:
    listed = "\n".join(f"  {name:<12} {text}" for name, (_, text) in SECTIONS.items())
    parser = argparse.ArgumentParser(
        prog=prog,
        description=f"{__doc__}\n\nsections:\n{listed}",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", help="what to measure (all)")
    parser.add_argument("--json", action="store_true", help="print JSON, as it does without")
    add_flags(parser)
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.sections if name not in SECTIONS]:
        parser.error(f"there is no section {unknown[0]!r}; there are {', '.join(SECTIONS)}")
    return options_of(given), given.sections or list(SECTIONS)


def section(bench: Bench, name: str) -> dict[str, Any]:
    """A section's figures, or what went wrong; the others go on."""
    started = time.monotonic()
    bench.say(f"== {name}")
    try:
        figures = SECTIONS[name][0](bench)
    except (WireError, SystemFailure, OSError) as error:
        bench.say(f"{name} failed: {error}")
        return {"error": str(error), "worker_log": bench.system.last_words("worker")}
    return {**figures, "took_seconds": round(time.monotonic() - started, 1)}


def machine(cores: int) -> dict[str, Any]:
    return {
        "cores": cores,
        "processor": processor(),
        "memory_gib": round(psutil.virtual_memory().total / 1024**3, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": round(psutil.getloadavg()[0], 2),
    }


def processor() -> str:
    """The processor's name where the kernel tells it."""
    try:
        with open("/proc/cpuinfo") as told:  # noqa: PTH123 - a file of the kernel
            return next((line.partition(":")[2].strip() for line in told if line.startswith("model name")), "unknown")
    except OSError:
        return "unknown"
