"""What machines carry, reckoned from measured costs an event: docs/scaling.md says the assumptions."""

from dataclasses import dataclass
from typing import Any

BUSY = 0.7  # of a core's time: the rest is room for peaks, vacuum, checkpoints, readers
SHARDED = 0.8  # of what so many separate databases would carry: a batch whose identifiers lie elsewhere costs a second trip
CORES = (2, 16)  # of a machine: as measured; as people buy them
MACHINES = (1, 10, 100)


@dataclass(frozen=True, slots=True)
class Costs:
    """Of one event: microseconds of processor in the application and in PostgreSQL, bytes of write-ahead log and of disk."""

    application_us: float
    database_us: float
    wal_bytes: float
    disk_bytes: float | None


@dataclass(frozen=True, slots=True)
class Capacity:
    """So many machines, of which so many hold databases, and what they carry."""

    cores: int
    machines: int
    databases: int
    per_second: float


def costs_of(sections: dict[str, Any]) -> Costs:
    """Out of `end_to_end`, and, for the disk, of `size` where it ran."""
    product = sections["end_to_end"]["product"]
    cpu = product["cpu_us_per_event"]
    sized = sections.get("size", {}).get("big", {}).get("bytes_per_event")
    return Costs(
        application_us=sum(cpu[kind] for kind in ("web", "worker", "beat", "valkey")),
        database_us=cpu["postgres"] + cpu["upkeep"],
        wal_bytes=product["wal_bytes_per_event"],
        disk_bytes=sum(sized.values()) if sized else None,
    )


def capacity(costs: Costs, cores: int, machines: int) -> Capacity:
    """The best division of the machines between application and databases. One machine carries both on the same cores."""
    second = cores * BUSY * 1e6
    if machines == 1:
        return Capacity(cores, 1, 1, second / (costs.application_us + costs.database_us))
    options = []
    for databases in range(1, machines):
        share = SHARDED if databases > 1 else 1.0
        carried = min(databases * share * second / costs.database_us, (machines - databases) * second / costs.application_us)
        options.append(Capacity(cores, machines, databases, carried))
    return max(options, key=lambda option: option.per_second)


def capacities(costs: Costs) -> list[Capacity]:
    return [capacity(costs, cores, machines) for cores in CORES for machines in MACHINES]
