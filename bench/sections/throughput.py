"""Events over HTTP until they show through the API: the product beside both yardsticks, round by round."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from bench import limit, product
from bench.bench import Bench
from bench.events import interleaved
from bench.product import Cost, Load


def end_to_end(bench: Bench) -> dict[str, Any]:
    """Batches: product, plain pattern and limit in turns; ratios are of the medians of one run."""
    options = bench.options
    ours: list[Cost] = []
    plain: list[Cost] = []
    limits: list[float] = []
    for number in range(options.rounds + 1):
        load = Load(bench.prefix(), options.orders, options.in_flight, options.batch, options.connections)
        small = Load(bench.prefix(), options.plain_orders, options.in_flight, options.batch, options.connections)
        if number == 0:  # imports, plans, caches: told apart
            warm = Load(bench.prefix(), min(100, options.orders), options.in_flight, options.batch, options.connections)
            product.run(bench.system, warm)
            bench.plain.run(Load(bench.prefix(), 5, options.in_flight, options.batch, options.connections))
            continue
        bench.say(f"round {number} of {options.rounds}: product")
        ours.append(product.run(bench.system, load))
        bench.say(f"  {ours[-1].events / ours[-1].seconds:,.0f} events/s; plain pattern")
        plain.append(bench.plain.run(small))
        bench.say(f"  {plain[-1].events / plain[-1].seconds:,.0f} events/s; limit")
        limits.append(limit.run(bench.system, list(interleaved(load.told(), options.in_flight)), connections=1))
        bench.say(f"  {limits[-1]:,.0f} rows/s")
    figures = {"product": summary(ours), "plain": summary(plain), "limit_per_second": round(median(limits), 1)}
    rate = figures["product"]["per_second"]
    return {
        **figures,
        "plain_orders_that_differ": bench.plain.differing,
        "product_to_plain": round(rate / figures["plain"]["per_second"], 2),
        "product_to_limit": round(rate / figures["limit_per_second"], 4),
    }


def summary(rounds: Sequence[Cost]) -> dict[str, Any]:
    """Medians of the rounds' figures, and each round's rate."""
    told = [cost.figures() for cost in rounds]
    latencies = sorted(seconds for cost in rounds for seconds in cost.request_seconds)
    kinds = told[0]["cpu_us_per_event"]
    names = ("per_second", "intake_per_second", "cores_busy", "wal_bytes_per_event")
    return {
        "events_a_round": told[0]["events"],
        **{name: median(each[name] for each in told) for name in names},
        "cpu_us_per_event": {kind: round(median(each["cpu_us_per_event"][kind] for each in told), 1) for kind in kinds},
        "request_ms": {f"p{share}": round(percentile(latencies, share) * 1e3, 2) for share in (50, 95, 99)},
        "refusals": sum(cost.refusals for cost in rounds),
        "per_second_by_round": [each["per_second"] for each in told],
    }


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that `share` percent of the ordered values do not exceed."""
    return ordered[max(0, -(-len(ordered) * int(share * 100) // 10_000) - 1)]
