"""A big database, made through the door and the pipeline like any other, and kept in a folder for the next run.

Orders come one after the other, twenty events together, so that each is folded about once: the rows are the same whatever
the order of arrival (law 3), and it takes minutes instead of an hour. What was loaded is written down after every chunk,
and an event that comes twice is a duplicate: a run that was cut off is finished by the next.
"""

import json
import random
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import database, product
from bench.bench import Bench
from bench.events import EVENTS_AN_ORDER, Order, batches, began, begin, events_of, order_of
from bench.expected import expected, shown
from bench.processes import cpu_seconds, spent
from bench.system import System
from bench.wire import Api, WireError, post_all

PREFIX = "P"
CHUNK_ORDERS = 2_000
REQUEST_EVENTS = 1_000
CONNECTIONS = 2
SAMPLE = 200


def prepared_order(number: int) -> Order:
    return order_of(PREFIX, number)


def fill(bench: Bench, system: System, orders: int) -> dict[str, Any]:
    """Brings the system to `orders` prepared orders, settles the tables and checks a sample; figures of the loading."""
    kept = system.data / "bench-prepared.json"
    done = recall(kept)
    start, first, api, families = time.perf_counter(), done, system.api(), system.families()
    before = cpu_seconds(families)
    while done < orders:
        upto = min(orders, done + CHUNK_ORDERS)
        events = [event for number in range(done, upto) for event in events_of(prepared_order(number))]
        requests = [system.door().request(body) for body in batches(events, REQUEST_EVENTS)]
        post_all(system.port, requests, connections=CONNECTIONS)
        product.wait_until_visible(api)
        done = upto
        remember(kept, done)
        if done % (CHUNK_ORDERS * 5) == 0:
            rate = (done - first) * EVENTS_AN_ORDER / (time.perf_counter() - start)
            bench.say(f"  {done:,} of {orders:,} orders, {rate:,.0f} events/s")
    if done > orders:
        raise WireError(f"{system.data} holds {done:,} prepared orders, not {orders:,}: name another folder.")
    seconds, cpu = time.perf_counter() - start, spent(before, cpu_seconds(families))
    bench.say("  settling the tables")
    database.settle(system.admin_url())
    check_sample(api, orders)
    api.close()
    loaded = (done - first) * EVENTS_AN_ORDER
    figures: dict[str, Any] = {"orders": orders, "events": orders * EVENTS_AN_ORDER, "checked_orders": min(SAMPLE, orders)}
    if loaded:
        figures["loaded_per_second"] = round(loaded / seconds, 1)
        figures["loading_cpu_us_per_event"] = {kind: round(value / loaded * 1e6, 1) for kind, value in cpu.items()}
    return figures


def remember(kept: Path, orders: int) -> None:
    kept.write_text(json.dumps({"orders": orders, "began": began(PREFIX).isoformat()}))


def recall(kept: Path) -> int:
    """How many orders are in already; what is told of them goes on from when their run began."""
    if not kept.is_file():
        return 0
    told = json.loads(kept.read_text())
    begin(PREFIX, datetime.fromisoformat(told["began"]))
    return int(told["orders"])


def check_sample(api: Api, orders: int) -> None:
    """Raises WireError when a prepared order shows otherwise than it was told."""
    for number in random.Random(orders).sample(range(orders), min(SAMPLE, orders)):
        order = prepared_order(number)
        answer, told = shown(api.get(f"/api/v1/orders/{order.order}")), expected(order)
        if answer != told:
            raise WireError(f"Prepared order {order.order}: expected {told}, the API says {answer}.")
