"""Whether the processes' memory stays flat over as many events as an hour brings."""

from statistics import mean
from typing import Any

import psutil

from bench import product
from bench.bench import Bench
from bench.events import EVENTS_AN_ORDER
from bench.sections.throughput import warm_up

CHUNKS = 20
KINDS = ("worker", "web", "beat")
MIB = 1024**2


def memory(bench: Bench) -> dict[str, Any]:
    """Resident and own (unique) memory of each process after every twentieth of the events: first against last quarter."""
    warm_up(bench)
    samples: dict[tuple[str, int], list[tuple[float, float]]] = {}
    orders = max(1, bench.options.memory_events // EVENTS_AN_ORDER // CHUNKS)
    for chunk in range(CHUNKS):
        cost = product.run(bench.system, bench.load(orders))
        for kind, pid, resident, own in sizes(bench):
            samples.setdefault((kind, pid), []).append((resident, own))
        bench.say(f"{(chunk + 1) * cost.events:,} events, {cost.events / cost.seconds:,.0f}/s")
    quarter = CHUNKS // 4
    processes = [
        {
            "kind": kind,
            "process": number,
            "first_quarter_mib": round(mean(r for r, _ in taken[:quarter]), 1),
            "last_quarter_mib": round(mean(r for r, _ in taken[-quarter:]), 1),
            "first_quarter_own_mib": round(mean(o for _, o in taken[:quarter]), 1),
            "last_quarter_own_mib": round(mean(o for _, o in taken[-quarter:]), 1),
            "largest_mib": round(max(r for r, _ in taken), 1),
            "lived_through": len(taken) == CHUNKS,
        }
        for number, ((kind, _), taken) in enumerate(sorted(samples.items()), start=1)
    ]
    growth = [
        each["last_quarter_mib"] / each["first_quarter_mib"] - 1  # type: ignore[operator]
        for each in processes
        if each["kind"] == "worker"
    ]
    return {
        "events": CHUNKS * orders * EVENTS_AN_ORDER,
        "processes": processes,
        "worker_growth_share": round(max(growth), 4),
    }


def sizes(bench: Bench) -> list[tuple[str, int, float, float]]:
    """Kind, pid, resident MiB, own MiB."""
    found = []
    for family in bench.system.families():
        if family.kind in KINDS:
            for process in family.members():
                try:
                    info = process.memory_full_info()
                except psutil.NoSuchProcess:
                    continue
                found.append((family.kind, process.pid, info.rss / MIB, info.uss / MIB))
    return found
