"""Whether the product keeps its rate, and its distance from the plain pattern, as the database grows."""

from typing import Any

from bench import database, plain_runs, prepared, product, system
from bench.bench import Bench
from bench.sections.throughput import ratio, summary, told

SMALL_ORDERS = 10_000
WARM_ORDERS = 1_000  # long enough for what starts beside (the clock) and for the file cache


def size(bench: Bench) -> dict[str, Any]:
    """Product and plain pattern with 10,000 orders in the database, then with `--sized-orders`."""
    bench.stop()
    small = min(SMALL_ORDERS, bench.options.sized_orders // 2)
    figures = {
        "small": at_size(bench, bench.folder("small"), small),
        "big": at_size(bench, bench.sized_folder(), bench.options.sized_orders),
    }
    before, after = figures["small"], figures["big"]
    return {
        **figures,
        "rate_kept": round(after["product"]["per_second"] / before["product"]["per_second"], 3),
        "ratio_kept": round(after["product_to_plain"] / before["product_to_plain"], 3),
    }


def at_size(bench: Bench, folder: Any, orders: int) -> dict[str, Any]:
    """Rounds in turns over a database that holds `orders` orders of each."""
    bench.say(f"{orders:,} orders")
    ours, plain = [], []
    with system.running(folder.resolve()) as running:
        loading = prepared.fill(bench, running, orders)
        size_bytes, messages = database.table_bytes(running.admin_url()), database.messages(running.admin_url())
        with plain_runs.running(running) as beside:
            beside.fill(orders)
            product.run(running, bench.load(WARM_ORDERS))
            beside.run(bench.load(5))
            for _ in range(bench.options.rounds):
                ours.append(told(bench, "product", product.run(running, bench.load(bench.options.orders))))
                plain.append(told(bench, "plain", beside.run(bench.load(bench.options.plain_orders))))
    mine, theirs = summary(ours), summary(plain)
    return {
        "loading": loading,
        "messages": messages,
        "bytes_per_event": {
            table: round(size / messages, 1)
            for table, size in sorted(size_bytes.items(), key=lambda pair: -pair[1])
            if size >= messages
        },
        "product": mine,
        "plain": theirs,
        "product_to_plain": ratio(mine, theirs),
    }
