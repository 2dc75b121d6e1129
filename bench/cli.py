"""`make bench`, `python -m bench …`, `manage.py bench …`: measures by name and prints JSON; progress goes to stderr."""

import argparse
import json
import platform
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import psutil
import psycopg

from bench import report
from bench.bench import Bench
from bench.options import Options, add_flags, options_of
from bench.processes import stay_on
from bench.sections import throughput
from bench.sections.cases import cases
from bench.sections.freshness import freshness
from bench.sections.growth import size
from bench.sections.inside import inside_alone
from bench.sections.memory import memory
from bench.sections.search import search
from bench.system import SystemFailure
from bench.wire import WireError

SECTIONS: dict[str, tuple[Callable[[Bench], dict[str, Any]], str]] = {
    "end_to_end": (throughput.end_to_end, "events over HTTP in batches to rows visible, beside both yardsticks"),
    "apart": (throughput.apart, "the door without the workers, the pipeline without the door: who costs what"),
    "single": (throughput.single, "one event a post from four clients, beside the plain pattern"),
    "plain": (throughput.plain_alone, "the plain pattern by itself"),
    "limit": (throughput.limit_alone, "bare COPY on one connection and on two"),
    "freshness": (freshness, "from the 2xx to what the API shows, at half of the load"),
    "memory": (memory, "the processes' memory over an hour's worth of events"),
    "size": (size, "10,000 orders in the database, then 200,000: does it keep its rate?"),
    "search": (search, "order search, order trace and lists at 200,000 orders, with the plans of slow statements"),
    "cases": (cases, "pages over 100,000 open exceptions, a bulk act on 10,000, the sweep beside a million clocks"),
    "inside": (inside_alone, "the log and the pipeline inside one process, without the doors"),
    "scaling": (throughput.scaling, "one, two and four worker processes"),
}
EXAMPLES = """examples:
  {prog} > run.json                                everything, about an hour on two quiet cores
  {prog} --quick end_to_end                        a small round: is all in order?
  {prog} end_to_end apart --orders 4000 --rounds 5
  {prog} size search --sized var/bench-200k        the big database is made once and kept in that folder
  {prog} report run.json                           writes a run's figures into docs/performance.md and docs/scaling.md

Every flag can be given as an environment variable too: BENCH_ORDERS=4000 make bench BENCH="end_to_end apart".
exit status: 0 measured · 1 a section failed (the JSON says which and why) · 2 used wrongly
"""


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m bench") -> int:
    """The exit status: 0, 1 (a section failed), 2 (used wrongly)."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["report"]:
        return report.main(given[1:])
    options, names = read(given, prog)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended, and its folders go
    cores = stay_on(options.cores)
    bench = Bench(options)
    result: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(cores),
        "options": {name: getattr(options, name) for name in options.__slots__ if name not in ("data", "sized")},
        "sections": bench.results,
    }
    try:
        for name in names:
            bench.results[name] = section(bench, name)
    finally:
        bench.close()
    result["postgresql"] = bench.postgresql
    json.dump(result, sys.stdout, indent=2)
    print()
    return 1 if any("error" in figures for figures in bench.results.values()) else 0


def read(arguments: Sequence[str], prog: str) -> tuple[Options, list[str]]:
    listed = "\n".join(f"  {name:<12} {text}" for name, (_, text) in SECTIONS.items())
    parser = argparse.ArgumentParser(
        prog=prog,
        description=f"{__doc__}\n\nsections:\n{listed}",
        epilog=EXAMPLES.format(prog=prog),
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
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(bench.options.limit_seconds)
    try:
        figures = SECTIONS[name][0](bench)
    except (WireError, SystemFailure, OSError, psycopg.Error, AssertionError) as error:
        bench.say(f"{name} failed: {error}")
        words = bench.last_words("worker")
        bench.stop()
        return {"error": f"{type(error).__name__}: {error}", "worker_log": words}
    finally:
        signal.alarm(0)
    return {**figures, "took_seconds": round(time.monotonic() - started, 1)}


def _too_long(*_: object) -> None:
    raise TimeoutError("The section took longer than --limit-seconds.")


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
