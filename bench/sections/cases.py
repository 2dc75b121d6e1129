"""Exceptions: pages over 100,000 open cases, a bulk act on 10,000 of them, and what the sweep costs beside a million clocks.

The orders were told of weeks ago and stand still since: two warehouses that never acknowledged, and a promise that has passed,
make three cases each. All of it comes through the door and the pipeline; only the clocks that run beside the sweep are rows of
real orders copied under other keys, since a million of them would take an hour to tell.
"""

import http.client
import itertools
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from bench import database, product, system
from bench.bench import Bench
from bench.console import Console
from bench.events import batches, begin, encode, events_of, order_of
from bench.figures import percentiles
from bench.processes import cpu_seconds, spent
from bench.system import System
from bench.wire import Api, WireError, post_all

AGO = timedelta(days=20)
TOLD = 7  # events of an order: up to the releases of its two legs
CASES_AN_ORDER = 3
WHOLE_ORDERS = 60  # told to the end, so that it is known what each partner sends
REQUEST_EVENTS = 1_000
BULK_CASES = 10_000
BULK_PARTNER = "bluedock"
FEW_CLOCKS, MANY_CLOCKS = 10_000, 1_000_000
IDLE_SECONDS = 15
DUE_AFTER_SECONDS = 3.0
DUE_SAMPLES = 8
PATIENCE_SECONDS = 60
LOOK_SECONDS = 0.02
TARGET_MS = 100
LINES = [{"line": "1", "sku": "GLV-NIT-M", "quantity": 5, "uom": "EA", "unit_price": "9.50"}]

PAGES = {
    "page: severity": "/exceptions/?tab=all",
    "page: money at risk": "/exceptions/?tab=all&sort=money",
    "page: next cut-off": "/exceptions/?tab=all&sort=cut_off",
    "page: oldest first": "/exceptions/?tab=all&sort=age",
    "page: a partner's": "/exceptions/?tab=all&partner=northstar",
    "page: a type's": "/exceptions/?tab=all&code=ACK_OVERDUE",
    "page: a team's": "/exceptions/?tab=all&team=customer_service",
    "page: mine": "/exceptions/?tab=mine",
    "page: unassigned": "/exceptions/?tab=unassigned",
}
LISTS = {
    "API: open": "/api/v1/exceptions",
    "API: a team's": "/api/v1/exceptions?team=customer_service",
    "API: a partner's, of a type": "/api/v1/exceptions?partner=polaris&code=ACK_OVERDUE",
    "API: incidents": "/api/v1/incidents",
}
# Clocks of orders that stand in no table: nothing of them is due for a year.
COPY_CLOCKS = """
    INSERT INTO sla_clock (order_key, {names})
    SELECT decode(md5(number || encode(clock.order_key, 'hex')), 'hex'), {values}
    FROM (SELECT * FROM sla_clock WHERE void = '' AND stopped_heard_at IS NULL LIMIT 1000) AS clock,
        generate_series(%(first)s::int, %(last)s::int) AS number
"""
CLOCK_NAMES = "SELECT attname FROM pg_attribute WHERE attrelid = 'sla_clock'::regclass AND attnum > 0 AND NOT attisdropped"
RUNNING = "SELECT count(*) FROM sla_clock WHERE fires_at IS NOT NULL"


def cases(bench: Bench) -> dict[str, Any]:
    """Pages, a bulk act and the sweep, on a system of its own."""
    bench.stop()
    with system.running(bench.folder("cases").resolve()) as running:
        bench.postgresql = database.settings(running.admin_url())
        loading = fill(bench, running, bench.options.open_cases)
        bench.say("pages")
        pages = ask_all(running, bench.options.picks)
        bench.say("a bulk act")
        bulk = bulk_act(running, min(BULK_CASES, bench.options.open_cases // 10))
        teach(running)
        bench.say(f"the sweep beside {FEW_CLOCKS:,} clocks")
        few = sweep(running, FEW_CLOCKS)
        many_clocks = MANY_CLOCKS * bench.options.open_cases // 100_000
        bench.say(f"the sweep beside {many_clocks:,} clocks")
        many = sweep(running, many_clocks)
    return {
        **loading,
        "picks": bench.options.picks,
        "pages_ms": pages,
        "over_target": [name for name, found in pages.items() if found["p95"] > TARGET_MS],
        "bulk": bulk,
        "sweep_few": few,
        "sweep_many": many,
    }


def fill(bench: Bench, running: System, wanted: int) -> dict[str, Any]:
    """Tells of as many orders as it takes for `wanted` open cases; what stands then. Raises WireError when fewer do."""
    orders = -(-wanted // CASES_AN_ORDER)
    begin("X", datetime.now(UTC) - AGO)
    bench.say(f"{orders:,} orders that stand still")
    whole = [event for number in range(WHOLE_ORDERS) for event in events_of(order_of("X", number))]
    start = time.perf_counter()
    post(running, whole)
    numbers = range(WHOLE_ORDERS, WHOLE_ORDERS + orders)
    post(running, [event for number in numbers for event in itertools.islice(events_of(order_of("X", number)), TOLD)])
    product.wait_until_visible(running.api())
    seconds = time.perf_counter() - start
    database.settle(running.admin_url())
    found = open_cases(running)
    if found < wanted:
        raise WireError(f"{orders:,} orders that stand still make {found:,} open cases, not {wanted:,}.")
    return {"orders": orders, "open_cases": found, "loaded_per_second": round((len(whole) + orders * TOLD) / seconds, 1)}


def post(running: System, events: list[bytes]) -> None:
    post_all(running.port, [running.door().request(body) for body in batches(events, REQUEST_EVENTS)], connections=2)


def open_cases(running: System) -> int:
    with psycopg.connect(running.admin_url()) as connection:
        row = connection.execute("SELECT count(*) FROM exceptions_case WHERE cleared_at IS NULL").fetchone()
    assert row is not None
    return int(row[0])


def ask_all(running: System, picks: int) -> dict[str, dict[str, float]]:
    """Milliseconds by page and list, which take turns."""
    console, api = Console(running.port, running.tokens["name"], running.tokens["password"]), running.api()
    taken: dict[str, list[float]] = {}
    for _ in range(picks):
        for name, path in {**PAGES, **LISTS}.items():
            start = time.perf_counter()
            status, body = (console if name in PAGES else api).ask(path)
            taken.setdefault(name, []).append(time.perf_counter() - start)
            if status != 200:
                raise WireError(f"GET {path}: expected 200, came {status}: {body[:300].decode(errors='replace')}")
    console.close()
    api.close()
    return {name: percentiles(seconds) for name, seconds in taken.items()}


def bulk_act(running: System, cases: int) -> dict[str, Any]:
    """Assigns `cases` cases of one partner in one job: seconds until it is done, and how often its progress was another."""
    api = running.api()
    ids = list(itertools.islice(case_ids(api), cases))
    start = time.perf_counter()
    job = ask(running, {"action": "assign", "to": running.tokens["name"], "ids": ids})
    steps = set()
    while job["state"] not in ("done", "failed"):
        if time.perf_counter() - start > PATIENCE_SECONDS:
            raise WireError(f"The job is not done after {PATIENCE_SECONDS} s: {job}")
        time.sleep(LOOK_SECONDS)
        job = api.get(f"/api/v1/jobs/{job['id']}")
        steps.add(job["done"])
    seconds = time.perf_counter() - start
    api.close()
    if job["succeeded"] != len(ids):
        raise WireError(f"Of {len(ids)} cases {job['succeeded']} were assigned: {job}")
    return {"cases": len(ids), "seconds": round(seconds, 2), "steps_of_progress": len(steps)}


def case_ids(api: Api) -> Iterator[str]:
    page = api.get(f"/api/v1/exceptions?partner={BULK_PARTNER}&page_size=500")
    while True:
        yield from (row["id"] for row in page["results"])
        if not page["next"]:
            return
        page = api.get(page["next"].partition("/api/")[2].join(("/api/", "")))


def ask(running: System, wish: dict[str, Any]) -> Any:
    """Posts a bulk act; the job."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE_SECONDS)
    headers = {"Authorization": f"Bearer {running.tokens['user']}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/exceptions/bulk", json.dumps(wish), headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 202:
        raise WireError(f"POST exceptions/bulk: expected 202, came {answer.status}: {body[:300].decode(errors='replace')}")
    return json.loads(body)


def sweep(running: System, clocks: int) -> dict[str, Any]:
    """With so many clocks running and none due: processor time while nothing happens; then clocks that become due one by one,
    and how long after its due time each has its case in the API."""
    run_clocks(running, clocks)
    families = running.families()
    before = cpu_seconds(families)
    time.sleep(IDLE_SECONDS)
    idle = spent(before, cpu_seconds(families))
    late = [due_to_shown(running, f"D{clocks}-{sample}") for sample in range(DUE_SAMPLES)]
    return {
        "clocks": clocks,
        "idle_cpu_ms_per_second": {kind: round(value / IDLE_SECONDS * 1e3, 1) for kind, value in idle.items()},
        "due_to_shown_ms": percentiles(late),
    }


def run_clocks(running: System, wanted: int) -> None:
    with psycopg.connect(running.admin_url(), autocommit=True) as connection:
        connection.execute("SELECT set_config('search_path', 'public', false)")
        (there,) = connection.execute(RUNNING).fetchone() or (0,)
        names = [name for (name,) in connection.execute(CLOCK_NAMES).fetchall() if name != "order_key"]
        later = {"due_at", "warn_at", "fires_at"}
        values = ", ".join("now() + interval '1 year'" if name in later else f"clock.{name}" for name in names)
        statement = COPY_CLOCKS.format(names=", ".join(names), values=values)
        rounds = -(-(wanted - there) // 1_000)
        if rounds > 0:
            connection.execute(statement, {"first": there + 1, "last": there + rounds})
    database.settle(running.admin_url())


def due_to_shown(running: System, order: str) -> float:
    """Seconds from when a leg should have left to its SHIP_OVERDUE in the API."""
    due_at = datetime.now(UTC) + timedelta(seconds=DUE_AFTER_SECONDS)
    post(running, released(order, due_at))
    api = running.api()
    path = f"/api/v1/exceptions?order={order}&code=SHIP_OVERDUE"
    product.wait_until_visible(api)
    while not api.get(path)["results"]:
        if datetime.now(UTC) - due_at > timedelta(seconds=PATIENCE_SECONDS):
            raise WireError(f"{order} was due at {due_at.isoformat()} and has no SHIP_OVERDUE after {PATIENCE_SECONDS} s.")
        time.sleep(LOOK_SECONDS)
    api.close()
    return (datetime.now(UTC) - due_at).total_seconds()


def released(order: str, ship_by: datetime) -> list[bytes]:
    leg = {"order": order, "leg": f"L-{order}", "partner": "northstar", "site": "ATL-1", "lines": LINES}
    return [
        event("order.placed", order, {"order": order, "lines": LINES, "currency": "USD"}),
        event("leg.released", order, {**leg, "ship_by": ship_by.isoformat()}),
    ]


def teach(running: System) -> None:
    """A first leg with a ship-by leaves in time: what a partner never says is not waited for."""
    shipped = {"leg": "L-T", "shipment": "S-T", "lines": LINES, "final": True}
    post(running, [*released("T", datetime.now(UTC) + timedelta(days=1)), event("leg.shipped", "T", shipped)])


def event(name: str, order: str, data: dict[str, Any]) -> bytes:
    now = datetime.now(UTC).isoformat()
    attributes = {"specversion": "1.0", "id": f"{name}/{order}", "source": "urn:bench:oms", "type": f"distsync.{name}.v1"}
    return encode({**attributes, "time": now, "data": data})
