"""Each section's figures as a Markdown table."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bench.model import capacities, costs_of

Figures = dict[str, Any]
KINDS = ("web", "worker", "beat", "postgres", "upkeep", "valkey", "client")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column is text, the others are right-aligned."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)])


def whole(value: float) -> str:
    return f"{value:,.0f}"


def micro(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"


def conditions(run: Figures) -> str:
    machine, options, server = run["machine"], run["options"], run["postgresql"]
    told = f"PostgreSQL {server['server_version']} with fsync {server['fsync']}" if server else "PostgreSQL"
    told += f" and synchronous_commit {server['synchronous_commit']}" if server else " as it is started"
    return (
        f"Measured at {run['at']} on {machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, "
        f"Python {machine['python']}, {told}; load average before: {machine['load_before']}. "
        f"{options['orders']:,} orders of 20 events a round ({options['plain_orders']:,} for the plain pattern), "
        f"{options['in_flight']} in flight, {options['batch']} events a request, {options['connections']} connections, "
        f"medians of {options['rounds']} rounds."
    )


def end_to_end(found: Figures) -> str:
    ours, plain = found["product"], found["plain"]
    rows: list[Sequence[object]] = [
        ("product, door to API", whole(ours["per_second"]), f"{found['product_to_plain']} x plain (asked: 20, aim: 33)"),
        ("product, intake alone", whole(ours["intake_per_second"]), ""),
        ("plain pattern", whole(plain["per_second"]), "1 x"),
        ("limit: COPY", whole(found["limit_per_second"]), f"product is {found['product_to_limit']:.1%} of it"),
    ]
    return "\n\n".join(
        [table(("what", "events a second", "ratio"), rows), costs((("product", ours), ("plain pattern", plain)))]
    )


def costs(of: Iterable[tuple[str, Figures]]) -> str:
    """Microseconds of processor an event by kind of process; upkeep is PostgreSQL's own: vacuum, checkpoints, log writer."""
    rows = [
        (name, *(micro(figures["cpu_us_per_event"].get(kind)) for kind in KINDS), figures["cores_busy"]) for name, figures in of
    ]
    return table(("processor an event, µs", *KINDS, "cores busy"), rows)


def apart(found: Figures) -> str:
    rows = [(name, whole(found[name]["per_second"])) for name in ("door", "pipeline")]
    return "\n\n".join(
        [
            table(("what", "events a second"), rows),
            costs((name, found[name]) for name in ("door", "pipeline")),
        ]
    )


def single(found: Figures) -> str:
    ours, plain = found["product"], found["plain"]
    rows: list[Sequence[object]] = [
        ("product", whole(ours["per_second"]), f"{found['product_to_plain']} x (asked: 6)", ours["request_ms"]["p95"]),
        ("plain pattern", whole(plain["per_second"]), "1 x", plain["request_ms"]["p95"]),
    ]
    return "\n\n".join(
        [
            table(("one event a post, 4 clients", "events a second", "ratio", "answer p95, ms"), rows),
            costs((("product", ours), ("plain pattern", plain))),
        ]
    )


def plain(found: Figures) -> str:
    return table(
        ("plain pattern", "events a second"), [(name, whole(found[name]["per_second"])) for name in ("batches", "single")]
    )


def limit(found: Figures) -> str:
    names = {"one_connection_per_second": "one connection", "two_connections_per_second": "two connections"}
    return table(("COPY", "rows a second"), [(text, whole(found[name])) for name, text in names.items()])


def freshness(found: Figures) -> str:
    names = {
        "answer_to_visible_ms": "from the 2xx to visible (asked: p99 under 1,000)",
        "due_to_visible_ms": "from when the post was due to visible",
        "post_ms": "from the post to its answer",
    }
    rows = [(text, *(found[name][share] for share in ("p50", "p95", "p99", "max"))) for name, text in names.items()]
    sent = f"{whole(found['sent_per_second'])} events/s sent of {whole(found['carried_per_second'])}/s carried"
    return "\n\n".join([f"{sent}, {found['samples']:,} events looked for.", table(("ms", "p50", "p95", "p99", "max"), rows)])


def memory(found: Figures) -> str:
    rows = [
        (f"{each['kind']} {each['process']}", *(each[f"{name}_mib"] for name in ("first_quarter", "last_quarter", "largest")))
        for each in found["processes"]
    ]
    told = f"{found['events']:,} events; the worker process that grew most grew by {found['worker_growth_share']:.1%}."
    return "\n\n".join([told, table(("resident MiB", "first quarter", "last quarter", "largest"), rows)])


def size(found: Figures) -> str:
    rows = [
        (
            f"{part['loading']['orders']:,}",
            whole(part["product"]["per_second"]),
            whole(part["plain"]["per_second"]),
            f"{part['product_to_plain']} x",
        )
        for part in (found["small"], found["big"])
    ]
    kept = f"Kept from the small to the big: rate {found['rate_kept']:.1%}, ratio {found['ratio_kept']:.1%} (asked: 90 %)."
    disk = [(name, micro(value)) for name, value in found["big"]["bytes_per_event"].items()]
    total = sum(found["big"]["bytes_per_event"].values())
    return "\n\n".join(
        [
            table(("orders in the database", "product, events/s", "plain, events/s", "ratio"), rows),
            kept,
            table(("table, with its indexes", "bytes an event"), [*disk, ("all", micro(total))]),
        ]
    )


def search(found: Figures) -> str:
    modes = ("cold_ms", "warm_ms", "loaded_ms")
    rows = [
        (name, *(f"{found[mode][name]['p50']} / {found[mode][name]['p95']} / {found[mode][name]['p99']}" for mode in modes))
        for name in found["warm_ms"]
    ]
    cold = "file cache dropped" if found["file_cache_dropped"] else "file cache kept"
    told = (
        f"{found['orders']:,} orders, {found['messages']:,} messages; {found['picks']} random picks of each kind (cold: fewer; "
        f"server restarted, {cold}); loaded: while {whole(found['load_events_per_second'])} events/s come in. p50 / p95 / p99 "
        f"in ms. Over 50 ms at p95, warm or loaded: {', '.join(found['over_target']) or 'none'}."
    )
    return "\n\n".join([told, table(("question", "cold", "warm", "loaded"), rows)])


def cases(found: Figures) -> str:
    rows = [(name, *(f"{taken[share]:.1f}" for share in ("p50", "p95", "p99"))) for name, taken in found["pages_ms"].items()]
    few, many, bulk = found["sweep_few"], found["sweep_many"], found["bulk"]
    sweeps = [
        (
            whole(each["clocks"]),
            f"{each['idle_cpu_ms_per_second'].get('worker', 0):.1f}",
            f"{each['idle_cpu_ms_per_second'].get('postgres', 0):.1f}",
            f"{each['due_to_shown_ms']['p50']:.0f}",
            f"{each['due_to_shown_ms']['max']:.0f}",
        )
        for each in (few, many)
    ]
    told = (
        f"{whole(found['open_cases'])} open cases of {whole(found['orders'])} orders, which came in at "
        f"{whole(found['loaded_per_second'])} events/s and opened them on the way. {found['picks']} requests of each "
        f"kind; over 100 ms at p95: {', '.join(found['over_target']) or 'none'}."
    )
    job = (
        f"A bulk assignment of {whole(bulk['cases'])} cases was done after {bulk['seconds']} s, with "
        f"{bulk['steps_of_progress']} different states of progress on the way."
    )
    return "\n\n".join(
        [
            told,
            table(("list", "p50 ms", "p95 ms", "p99 ms"), rows),
            job,
            table(
                (
                    "clocks that run",
                    "worker, CPU ms a second, idle",
                    "PostgreSQL, the same",
                    "due to shown, median ms",
                    "longest ms",
                ),
                sweeps,
            ),
        ]
    )


def scaling(found: Figures) -> str:
    rows = [
        (
            f"{workers} worker process{'es' * (workers != '1')}",
            whole(figures["end_to_end"]["per_second"]),
            whole(figures["pipeline"]["per_second"]),
            figures["pipeline"]["cores_busy"],
            *(micro(figures["pipeline"]["cpu_us_per_event"][kind]) for kind in ("worker", "postgres")),
        )
        for workers, figures in found["workers"].items()
    ]
    head = (
        "",
        "end to end, events/s",
        "pipeline alone, events/s",
        "its cores busy",
        "worker, µs an event",
        "postgres, µs an event",
    )
    return table(head, rows)


def model(sections: Figures) -> str:
    """The cost of an event, and what one, ten and a hundred machines carry."""
    cost = costs_of(sections)
    disk = "not measured" if cost.disk_bytes is None else f"{cost.disk_bytes / 1e3:,.2f} GB"
    of_event = [
        ("application (web, worker, beat, broker), µs of processor", micro(cost.application_us)),
        ("PostgreSQL, µs of processor", micro(cost.database_us)),
        ("write-ahead log, bytes", whole(cost.wal_bytes)),
        ("disk, of a million events", disk),
    ]
    rows = [
        (
            f"{each.machines} of {each.cores} cores",
            each.databases if each.machines > 1 else "the same",
            whole(each.per_second),
            whole(each.per_second * 86_400 / 1e6),
            whole(each.per_second * cost.wal_bytes / each.databases / 1e6),
        )
        for each in capacities(cost)
    ]
    head = ("machines", "of them databases", "events a second", "million a day", "log a database writes, MB/s")
    return "\n\n".join([table(("one event costs", ""), of_event), table(head, rows)])


def inside(found: Figures) -> str:
    shares = {"copy": 1, **found["share_of_copy"]}
    names = {"copy": "COPY, the limit", "append": "append to the log", "process": "claim, translate, correlate, fold, write"}
    rows = [(text, whole(found["per_second"][name]), shares[name]) for name, text in names.items()]
    return table(("inside one process", "messages a second", "share of the limit"), rows)


SECTIONS: dict[str, Callable[[Figures], str]] = {
    "end_to_end": end_to_end,
    "apart": apart,
    "single": single,
    "plain": plain,
    "limit": limit,
    "freshness": freshness,
    "memory": memory,
    "size": size,
    "search": search,
    "cases": cases,
    "inside": inside,
    "scaling": scaling,
}
