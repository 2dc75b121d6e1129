"""One round of the product: events through the door until all of them show through the API, and what it cost."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import database
from bench.events import Order, batches, interleaved, order_of
from bench.expected import expected, shown
from bench.processes import cpu_seconds, spent
from bench.system import System
from bench.wire import Api, Posting, WireError, post_all

PENDING = "/api/v1/messages?state=pending&page_size=1"
LOOK_SECONDS = 0.05
LOOK_SHARE = 0.01  # of the time waited: looking must not become the load
LOOKS_A_PROGRESS = 20
STALLED_SECONDS = 45
SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Load:
    """What a round sends: `orders` orders of twenty events, `in_flight` at a time, `batch` events a request."""

    prefix: str
    orders: int
    in_flight: int = 500
    batch: int = 100
    connections: int = 2

    def told(self) -> list[Order]:
        return [order_of(self.prefix, number) for number in range(self.orders)]


@dataclass(frozen=True, slots=True)
class Cost:
    """A round's figures. `cpu` holds processor seconds by kind of process."""

    events: int
    seconds: float
    intake_seconds: float
    cpu: dict[str, float]
    wal_bytes: int
    refusals: int
    request_seconds: Sequence[float]

    def figures(self) -> dict[str, Any]:
        """For the JSON: rates a second, and microseconds of processor an event by kind of process."""
        return {
            "events": self.events,
            "seconds": round(self.seconds, 3),
            "per_second": round(self.events / self.seconds, 1),
            "intake_per_second": round(self.events / self.intake_seconds, 1),
            "cpu_us_per_event": {kind: round(value / self.events * 1e6, 1) for kind, value in self.cpu.items()},
            "cores_busy": round(sum(self.cpu.values()) / self.seconds, 2),
            "wal_bytes_per_event": round(self.wal_bytes / self.events),
            "refusals": self.refusals,
        }


def run(system: System, load: Load) -> Cost:
    """Raises WireError when something is refused, does not show in time, or shows otherwise than it was told."""
    orders = load.told()
    events = list(interleaved(orders, load.in_flight))
    door = system.door(batched=load.batch > 1)
    bodies = batches(events, load.batch) if load.batch > 1 else events
    requests = [door.request(body) for body in bodies]
    api, admin = system.api(), system.admin_url()
    families = system.families()
    wait_until_visible(api)
    wal, before = database.wal_bytes(admin), cpu_seconds(families)
    posting = post_all(system.port, requests, connections=load.connections)
    visible = wait_until_visible(api)
    after, wal_after = cpu_seconds(families), database.wal_bytes(admin)
    check(api, orders)
    api.close()
    return _cost(len(events), posting, visible, spent(before, after), wal_after - wal)


def _cost(events: int, posting: Posting, visible: float, cpu: dict[str, float], wal: int) -> Cost:
    seconds = visible - posting.started
    return Cost(events, seconds, posting.seconds, cpu, wal, posting.refusals, posting.latencies)


def wait_until_visible(api: Api) -> float:
    """When (perf_counter) the API said that no message waits any more. Raises WireError when nothing moves any more."""
    started = time.perf_counter()
    oldest, since, asked = 0.0, started, 0
    while api.get(PENDING)["results"]:
        asked += 1
        if asked % LOOKS_A_PROGRESS == 0:
            now = time.perf_counter()
            waits_since = now - api.get("/readyz")["pending_age_seconds"]
            if waits_since > oldest + 0.5:
                oldest, since = waits_since, now
            elif now - since > STALLED_SECONDS:
                raise WireError(f"For {STALLED_SECONDS} s no message was processed: worker.log in the data folder may say why.")
        time.sleep(max(LOOK_SECONDS, LOOK_SHARE * (time.perf_counter() - started)))
    return time.perf_counter()


def check(api: Api, orders: Sequence[Order], *, sample: int = SAMPLE, seed: int = 1) -> int:
    """Counts this round's orders, and compares the whole content of some. Raises WireError for any difference."""
    names = {order.order for order in orders}
    found = _latest(api, len(names))
    if found != names:
        missing, foreign = sorted(names - found)[:5], sorted(found - names)[:5]
        raise WireError(f"{len(names)} orders were told. Missing: {missing}; not told: {foreign}.")
    chosen = [orders[-1], *random.Random(seed).sample(list(orders), min(sample, len(orders)))]
    for order in chosen:
        answer, told = shown(api.get(f"/api/v1/orders/{order.order}")), expected(order)
        for name, value in told.items():
            if answer[name] != value:
                raise WireError(f"{order.order} {name}: expected {value}, the API says {answer[name]}.")
    return len(chosen)


def _latest(api: Api, count: int) -> set[str]:
    """The numbers of the `count` orders heard last, by the list as a user pages through it."""
    found: list[str] = []
    path = "/api/v1/orders?page_size=500"
    while path and len(found) < count:
        page = api.get(path)
        found += [row["order"] for row in page["results"]]
        path = page["next"]
    return set(found[:count])
