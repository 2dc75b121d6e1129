"""Events over HTTP until they show through the API: the product beside both yardsticks, round by round."""

import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from bench import limit, product
from bench.bench import Bench, paused
from bench.events import batches, interleaved
from bench.figures import percentiles
from bench.processes import cpu_seconds, spent
from bench.product import Cost
from bench.wire import post_all

WARM_ORDERS = 100
SINGLE_CLIENTS = 4
SINGLE_SHARE = 4  # single posts are slower: a round sends this part of the orders


def end_to_end(bench: Bench) -> dict[str, Any]:
    """Batches: product, plain pattern and limit in turns; ratios are of the medians of one run."""
    warm_up(bench, with_plain=True)
    options = bench.options
    ours: list[Cost] = []
    plain: list[Cost] = []
    limits: list[float] = []
    before, lost_before = bench.plain.differing, bench.plain.lost
    for number in range(options.rounds):
        bench.say(f"round {number + 1} of {options.rounds}")
        ours.append(told(bench, "product", product.run(bench.system, bench.load(options.orders))))
        plain.append(told(bench, "plain", bench.plain.run(bench.load(options.plain_orders))))
        limits.append(copied(bench, 1))
    product_figures, plain_figures = summary(ours), summary(plain)
    at_limit = round(median(limits), 1)
    return {
        "product": product_figures,
        "plain": plain_figures,
        "limit_per_second": at_limit,
        "plain_orders_that_differ": bench.plain.differing - before,
        "plain_events_lost": bench.plain.lost - lost_before,
        "product_to_plain": ratio(product_figures, plain_figures),
        "product_to_limit": round(product_figures["per_second"] / at_limit, 4),
    }


def single(bench: Bench) -> dict[str, Any]:
    """One event a post, from four clients: product and plain pattern in turns."""
    warm_up(bench, with_plain=True)
    options = bench.options
    ours: list[Cost] = []
    plain: list[Cost] = []
    for number in range(options.rounds):
        bench.say(f"round {number + 1} of {options.rounds}")
        load = bench.load(max(1, options.orders // SINGLE_SHARE), batch=1, connections=SINGLE_CLIENTS)
        small = bench.load(options.plain_orders, batch=1, connections=SINGLE_CLIENTS)
        ours.append(told(bench, "product", product.run(bench.system, load)))
        plain.append(told(bench, "plain", bench.plain.run(small)))
    mine, theirs = summary(ours), summary(plain)
    return {"clients": SINGLE_CLIENTS, "product": mine, "plain": theirs, "product_to_plain": ratio(mine, theirs)}


def plain_alone(bench: Bench) -> dict[str, Any]:
    """The plain pattern by itself: in batches, and one event a post."""
    options = bench.options
    batched: list[Cost] = []
    one_by_one: list[Cost] = []
    bench.plain.run(bench.load(5))
    for _ in range(options.rounds):
        batched.append(told(bench, "batches", bench.plain.run(bench.load(options.plain_orders))))
        load = bench.load(options.plain_orders, batch=1, connections=SINGLE_CLIENTS)
        one_by_one.append(told(bench, "single", bench.plain.run(load)))
    return {"batches": summary(batched), "single": summary(one_by_one)}


def limit_alone(bench: Bench) -> dict[str, Any]:
    """Bare COPY of the same messages, on one connection and on two."""
    rounds = [(copied(bench, 1), copied(bench, 2)) for _ in range(bench.options.rounds)]
    return {
        "one_connection_per_second": round(median(one for one, _ in rounds), 1),
        "two_connections_per_second": round(median(two for _, two in rounds), 1),
    }


def apart(bench: Bench) -> dict[str, Any]:
    """The door while the workers are stopped, then the workers while the door is idle: who costs what in PostgreSQL."""
    warm_up(bench)
    families, api = bench.system.families(), bench.system.api()
    rounds: dict[str, list[dict[str, Any]]] = {"door": [], "pipeline": []}
    for number in range(bench.options.rounds):
        load = bench.load(bench.options.orders)
        orders = load.told()
        events = list(interleaved(orders, load.in_flight))
        door = bench.system.door()
        requests = [door.request(body) for body in batches(events, load.batch)]
        with paused(families, "worker"):
            before = cpu_seconds(families)
            posting = post_all(bench.system.port, requests, connections=load.connections)
            between = cpu_seconds(families)
            started = time.perf_counter()
        seconds = product.wait_until_visible(api) - started
        product.check(api, orders)
        rounds["door"].append(part(len(events), posting.seconds, spent(before, between)))
        rounds["pipeline"].append(part(len(events), seconds, spent(between, cpu_seconds(families))))
        rates = [f"{name} {figures[-1]['per_second']:,.0f}/s" for name, figures in rounds.items()]
        bench.say(f"round {number + 1}: {', '.join(rates)}")
    api.close()
    return {name: medians(figures) for name, figures in rounds.items()}


def scaling(bench: Bench) -> dict[str, Any]:
    """End to end, and the pipeline alone, with one, two and four worker processes."""
    figures: dict[str, Any] = {}
    for workers in (1, 2, 4):
        bench.stop()
        with bench.set_environment(DISTSYNC_WORKER_PROCESSES=str(workers)):
            warm_up(bench)
            rounds = [
                told(bench, f"{workers} workers", product.run(bench.system, bench.load(bench.options.orders)))
                for _ in range(bench.options.rounds)
            ]
            figures[str(workers)] = {"end_to_end": summary(rounds), **apart(bench)}
    bench.stop()
    return {"workers": figures}


def warm_up(bench: Bench, *, with_plain: bool = False) -> None:
    """Imports, plans and caches are not what is measured."""
    product.run(bench.system, bench.load(min(WARM_ORDERS, bench.options.orders)))
    if with_plain:
        bench.plain.run(bench.load(5))


def told(bench: Bench, what: str, cost: Cost) -> Cost:
    bench.say(f"  {what}: {cost.events / cost.seconds:,.0f} events/s")
    return cost


def copied(bench: Bench, connections: int) -> float:
    load = bench.load(bench.options.orders)
    rate = limit.run(bench.system, list(interleaved(load.told(), load.in_flight)), connections=connections)
    bench.say(f"  limit, {connections} connection{'s' * (connections > 1)}: {rate:,.0f} rows/s")
    return rate


def ratio(one: dict[str, Any], other: dict[str, Any]) -> float:
    return round(float(one["per_second"]) / float(other["per_second"]), 2)


def part(events: int, seconds: float, cpu: dict[str, float]) -> dict[str, Any]:
    return {
        "per_second": round(events / seconds, 1),
        "cpu_us_per_event": {kind: round(value / events * 1e6, 1) for kind, value in cpu.items()},
        "cores_busy": round(sum(cpu.values()) / seconds, 2),
    }


def medians(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    kinds = rounds[0]["cpu_us_per_event"]
    return {
        **{name: round(median(each[name] for each in rounds), 2) for name in ("per_second", "cores_busy")},
        "cpu_us_per_event": {kind: round(median(each["cpu_us_per_event"][kind] for each in rounds), 1) for kind in kinds},
    }


def summary(rounds: Sequence[Cost]) -> dict[str, Any]:
    """Medians of the rounds' figures, and each round's rate."""
    figures = [cost.figures() for cost in rounds]
    names = ("intake_per_second", "wal_bytes_per_event")
    return {
        "events_a_round": figures[0]["events"],
        **medians(figures),
        **{name: round(median(each[name] for each in figures), 1) for name in names},
        "request_ms": percentiles([seconds for cost in rounds for seconds in cost.request_seconds]),
        "refusals": sum(cost.refusals for cost in rounds),
        "per_second_by_round": [each["per_second"] for each in figures],
    }
