"""How long after the 2xx an event shows through the API, at half of the load that the system carries."""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bench import product
from bench.bench import Bench
from bench.events import EVENTS_AN_ORDER, batches, interleaved
from bench.figures import percentiles
from bench.paced import Paced
from bench.processes import cpu_seconds, spent
from bench.sections.throughput import warm_up
from bench.wire import Api

SHARE = 0.5
SAMPLES_A_SECOND = 4.0
LOOK_SECONDS = 0.03  # between two looks, each at another event: a reading is late by as many of them as events are waited for


@dataclass(slots=True)
class Probe:
    """One event that is looked for: its post was due, then answered; then it showed, in a state."""

    source: str
    id: str
    due: float
    answered: float
    visible: float = 0.0
    state: str = ""


class Prober(threading.Thread):
    """Asks the API for each sampled event until it is no longer pending. None is given up: a slow one stays in the figures."""

    def __init__(self, api: Api) -> None:
        super().__init__(daemon=True)
        self._api = api
        self._new: list[Probe] = []
        self._is_over = threading.Event()
        self.seen: list[Probe] = []
        self.error: BaseException | None = None

    def add(self, probe: Probe) -> None:
        self._new.append(probe)

    def finish(self) -> list[Probe]:
        """All probes, when the last has been seen."""
        self._is_over.set()
        self.join()
        if self.error is not None:
            raise self.error
        return self.seen

    def run(self) -> None:
        try:
            self._run()
        except BaseException as error:  # noqa: BLE001 - raised again where somebody waits
            self.error = error

    def _run(self) -> None:
        """Looks for each in turn: what came later may well be shown before, and none may be read late for another's sake."""
        waiting: deque[Probe] = deque()
        while not self._is_over.is_set() or self._new or waiting:
            while self._new:
                waiting.append(self._new.pop(0))
            if waiting:
                probe = waiting.popleft()
                (self.seen if self._look(probe) else waiting).append(probe)
            time.sleep(LOOK_SECONDS)

    def _look(self, probe: Probe) -> bool:
        path = f"/api/v1/messages?source={quote(probe.source, safe='')}&id={quote(probe.id, safe='')}"
        results = self._api.get(path)["results"]
        if not results or results[0]["state"] == "pending":
            return False
        probe.visible, probe.state = time.perf_counter(), results[0]["state"]
        return True


def freshness(bench: Bench) -> dict[str, Any]:
    """A paced sender that waits for nobody, and a sample of its events, chosen before they are sent."""
    warm_up(bench)
    full = carried(bench)
    per_second = full * SHARE
    events_wanted = int(per_second * bench.options.seconds)
    load = bench.load(max(1, events_wanted // EVENTS_AN_ORDER))
    orders = load.told()
    events = list(interleaved(orders, load.in_flight))
    door = bench.system.door()
    requests = [door.request(body) for body in batches(events, load.batch)]
    every = max(1, round(per_second / load.batch / SAMPLES_A_SECOND))
    prober = Prober(bench.system.api())
    families = bench.system.families()

    def answered(index: int, due: float, now: float) -> None:
        if index % every == 0:
            event = json.loads(events[index * load.batch + index % load.batch])
            prober.add(Probe(event["source"], event["id"], due, now))

    bench.say(f"{full:,.0f} events/s carried; sending {per_second:,.0f}/s for {bench.options.seconds} s")
    prober.start()
    before = cpu_seconds(families)
    pace = Paced(bench.system.port, requests[: len(events) // load.batch], per_second / load.batch, answered).run()
    probes = prober.finish()
    after = cpu_seconds(families)
    return {
        "carried_per_second": round(full, 1),
        "sent_per_second": round(len(pace.latencies) * load.batch / pace.seconds, 1),
        "samples": len(probes),
        "answer_to_visible_ms": percentiles([probe.visible - probe.answered for probe in probes]),
        "due_to_visible_ms": percentiles([probe.visible - probe.due for probe in probes]),
        "post_ms": percentiles(pace.latencies),
        "sender_late_ms": percentiles(pace.lateness),
        "states": {state: sum(probe.state == state for probe in probes) for state in sorted({p.state for p in probes})},
        "refusals": pace.refusals,
        "cores_busy": round(sum(spent(before, after).values()) / pace.seconds, 2),
    }


def carried(bench: Bench) -> float:
    """Events a second end to end: of this run's own section, else of one round now."""
    known = bench.results.get("end_to_end", {}).get("product")
    if known:
        return float(known["per_second"])
    cost = product.run(bench.system, bench.load(bench.options.orders))
    return cost.events / cost.seconds
