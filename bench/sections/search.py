"""Order search and order trace in a big database: how long each kind of question takes, and the plans of the slow ones."""

import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from bench import prepared, product, system
from bench.bench import Bench
from bench.console import Console
from bench.events import batches, interleaved
from bench.figures import percentiles
from bench.lookups import API, CONSOLE, NAMES_THE_ORDER, Question
from bench.paced import Paced
from bench.plans import logged
from bench.system import System
from bench.wire import Api, WireError

TARGET_MS = 50
LOGGED_OVER_MS = 10
COLD_PICKS = 20
LOAD_SHARE = 0.25  # of what the system carries: readers beside senders
CHUNK_ORDERS = 1_000
EXPLAINED_PICKS = 10
SHOWN_PLANS = 2


def search(bench: Bench) -> dict[str, Any]:
    """Each kind of question: on a system just started with nothing in memory, warm, and while events come in."""
    bench.stop()
    orders, picks = bench.options.sized_orders, bench.options.picks
    with system.running(bench.sized_folder()) as running:
        loading = prepared.fill(bench, running, orders)
        running.stop()
        forgot = forget_files()
        running.start()
        bench.say("cold")
        cold = ask_all(running, orders, min(COLD_PICKS, picks), seed=1)
        bench.say("warm")
        ask_all(running, orders, COLD_PICKS, seed=2)
        warm = ask_all(running, orders, picks, seed=3)
        carried = rate_of(running, bench)
        bench.say(f"while {carried * LOAD_SHARE:,.0f} events/s come in")
        with senders(running, bench, carried * LOAD_SHARE):
            loaded = ask_all(running, orders, picks, seed=4)
        bench.skip_prefixes()
        slow = [name for name in warm if max(warm[name]["p95"], loaded[name]["p95"]) > TARGET_MS]
        bench.say(f"over {TARGET_MS} ms: {', '.join(slow) or 'none'}")
        plans = explain(running, orders, slow) if slow else {}
    return {
        "orders": orders,
        "messages": loading["events"],
        "picks": picks,
        "file_cache_dropped": forgot,
        "load_events_per_second": round(carried * LOAD_SHARE, 1),
        "cold_ms": cold,
        "warm_ms": warm,
        "loaded_ms": loaded,
        "over_target": slow,
        "slow_statements": plans,
    }


def ask_all(running: System, orders: int, picks: int, *, seed: int) -> dict[str, dict[str, float]]:
    """Milliseconds by kind of question. The kinds take turns, so that none has the caches for itself."""
    taken: dict[str, list[float]] = {}
    chance = random.Random(seed)
    with asker(running) as ask:
        for _ in range(picks):
            for name, question in {**API, **CONSOLE}.items():
                taken.setdefault(name, []).append(ask(name, question, chance, orders))
    return {name: percentiles(seconds) for name, seconds in taken.items()}


@contextmanager
def asker(running: System) -> Iterator[Any]:
    """A function that asks one question of a random order and gives the seconds. Raises WireError for anything but 200."""
    api: Api = running.api()
    console = Console(running.port, running.tokens["name"], running.tokens["password"])

    def ask(name: str, question: Question, chance: random.Random, orders: int) -> float:
        order = prepared.prepared_order(chance.randrange(orders))
        path = question(order, chance)
        start = time.perf_counter()
        status, body = (console if name in CONSOLE else api).ask(path)
        seconds = time.perf_counter() - start
        if status != HTTPStatus.OK:
            raise WireError(f"GET {path}: expected 200, came {status}: {body[:300].decode(errors='replace')}")
        if name in NAMES_THE_ORDER and order.order.encode() not in body:
            raise WireError(f"GET {path} does not name {order.order}: {body[:300].decode(errors='replace')}")
        return seconds

    try:
        yield ask
    finally:
        api.close()
        console.close()


def explain(running: System, orders: int, names: list[str]) -> dict[str, Any]:
    """For each of the slow kinds: its slowest statements with their plans, or that none was slow (then it is Python)."""
    found: dict[str, Any] = {}
    chance = random.Random(5)
    with logged(running, LOGGED_OVER_MS) as plans, asker(running) as ask:
        for name in names:
            question = {**API, **CONSOLE}[name]
            seconds = [ask(name, question, chance, orders) for _ in range(EXPLAINED_PICKS)]
            statements = plans.new()
            found[name] = {
                "asked_again_ms": percentiles(seconds),
                "statements_over_ms": LOGGED_OVER_MS,
                "count": len(statements),
                "slowest": [{"ms": ms, "plan": plan} for ms, plan in statements[:SHOWN_PLANS]],
            }
    return found


def rate_of(running: System, bench: Bench) -> float:
    """Events a second that this system carries now."""
    cost = product.run(running, bench.load(bench.options.orders))
    return cost.events / cost.seconds


@contextmanager
def senders(running: System, bench: Bench, per_second: float) -> Iterator[None]:
    """A process that posts at that pace until the end. Raises WireError when it did not last."""

    def send() -> None:
        while True:
            load = bench.load(CHUNK_ORDERS)
            events = list(interleaved(load.told(), load.in_flight))
            requests = [running.door().request(body) for body in batches(events, load.batch)]
            Paced(running.port, requests, per_second / load.batch).run()

    process = multiprocessing.get_context("fork").Process(target=send, daemon=True)
    process.start()
    try:
        yield
        if not process.is_alive():
            raise WireError("The sender beside the questions ended before them: see above.")
    finally:
        process.terminate()
        process.join()
        product.wait_until_visible(running.api())


def forget_files() -> bool:
    """Has the kernel forget what it holds of files, where we may; whether it did."""
    os.sync()
    with suppress(OSError):
        Path("/proc/sys/vm/drop_caches").write_text("3")
        return True
    return False
