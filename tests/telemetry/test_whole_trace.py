"""One trace from the HTTP request through the worker to the write, of the whole running system, as a collector gets it."""

import json
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import STRUCTURED, World, placed
from tests.telemetry.collector import CLIENT, CONSUMER, PRODUCER, SERVER, Collected, Collector, collecting
from tests.whole_system import WholeSystem, data_folder

pytestmark = pytest.mark.e2e
CALLER = "b7ad6b7169203331"
HANGING_STOP_SECONDS = 30  # three seconds are given to the exports; the rest is the other processes' and this machine's
CUSTOMER, COOKIE = "Ines Secretperson", "very-secret-cookie"
UNITS = {
    "http.server.request.duration": "s",
    "messaging.process.duration": "s",
    "messaging.client.consumed.messages": "{message}",
    "distsync.batch.size": "{message}",
    "distsync.freshness": "s",
    "distsync.pending.messages": "{message}",
    "distsync.pending.age": "s",
}


@dataclass
class Exporting:
    """A whole system that exports to `collector`."""

    world: World
    collector: Collector

    def post(self, trace: str, order: str, *, flags: str = "01", **attributes: Any) -> int:
        """One event in the caller's trace; the status."""
        told = placed(order, attributes=attributes, customer={"id": "C1", "name": CUSTOMER})
        headers = {**STRUCTURED, "traceparent": f"00-{trace}-{CALLER}-{flags}", "Cookie": f"sessionid={COOKIE}"}
        return self.world.post(told, headers).status

    def whole(self, trace: str) -> dict[str, Collected]:
        """The trace's spans by id, once its batch has come and no parent is missing."""
        return self.collector.wait_for(lambda spans: _complete({span.id: span for span in spans if span.trace == trace}))


def _complete(spans: dict[str, Collected]) -> dict[str, Collected] | None:
    """`spans` of a trace, once its batch is among them and every parent: processes export by turns."""
    has_batch = any(_is_batch(span) for span in spans.values())
    return spans if has_batch and all(span.parent in spans or span.parent == CALLER for span in spans.values()) else None


def _is_batch(span: Collected) -> bool:
    return span.name == "process eventlog"


@pytest.fixture(scope="module")
def exporting() -> Iterator[Exporting]:
    with collecting() as collector:
        settings = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
            "OTEL_EXPORTER_OTLP_HEADERS": "x-api-key=of-the-collector",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=tests",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "OTEL_METRIC_EXPORT_INTERVAL": "500",
        }
        system = WholeSystem(data_folder(), settings=settings)
        system.start()
        try:
            system.wait_until_ready()
            world = World(system)
            world.credential()
            yield Exporting(world, collector)
        finally:
            status = system.stop()
            shutil.rmtree(system.data.parent)
        assert status == 0, system.output


def ancestry(span: Collected, spans: dict[str, Collected]) -> list[str]:
    """The names from `span` up to the caller, which is not ours."""
    names = [span.name]
    while span.parent in spans:
        span = spans[span.parent]
        names.append(span.name)
    return [*names, "caller"] if span.parent == CALLER else names


def test_one_trace_from_the_request_to_the_write(exporting: Exporting) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    assert exporting.post(trace, "TRACED-1") == 202
    spans = exporting.whole(trace)
    assert {spans[i].name: ancestry(spans[i], spans)[-1] for i in spans} == {spans[i].name: "caller" for i in spans}

    request = "POST api/v1/events"
    texts = [(s.attributes.get("db.query.text", ""), ancestry(s, spans)) for s in spans.values() if s.kind == CLIENT]
    batch = ["process eventlog", request, "caller"]
    assert [path for text, path in texts if "eventlog_append_one(" in text] == [["SELECT", request, "caller"]]
    assert [path for text, path in texts if text.startswith("COPY orders_fact")] == [["COPY", "write facts", *batch]]
    assert [path for text, path in texts if text.startswith("COPY orders_order")] == [["COPY", "write orders", *batch]]
    parts = {"claim", "translate", "correlate", "write facts", "fold", "write orders", "commit"}
    (whole,) = (span for span in spans.values() if _is_batch(span))
    assert {s.name for s in spans.values() if s.parent == whole.id} >= parts
    names = Counter((span.name, span.resource["service.name"]) for span in spans.values() if span.kind == CONSUMER)
    assert names[("process eventlog", "distsync-worker")] == 1
    (server,) = (span for span in spans.values() if span.kind == SERVER)
    assert (server.resource["service.name"], server.resource["deployment.environment.name"]) == ("distsync-web", "tests")


def test_the_event_s_own_trace_is_linked_to(exporting: Exporting) -> None:
    """Its `traceparent` is the source's business trace: data, and never the parent of a span of ours."""
    trace, business = "1af7651916cd43dd8448eb211c80319c", "00-2af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"
    assert exporting.post(trace, "TRACED-2", traceparent=business) == 202
    (whole,) = (span for span in exporting.whole(trace).values() if _is_batch(span))
    assert ("00f067aa0ba902b7", "event") in whole.links


def test_a_caller_that_does_not_record_is_not_recorded(exporting: Exporting) -> None:
    quiet, loud = "3af7651916cd43dd8448eb211c80319c", "4af7651916cd43dd8448eb211c80319c"
    assert exporting.post(quiet, "TRACED-3", flags="00") == 202
    exporting.world.settle()
    assert exporting.post(loud, "TRACED-4") == 202
    exporting.whole(loud)
    assert [span.name for span in exporting.collector.spans() if span.trace == quiet] == []


def test_one_batch_for_several_requests(exporting: Exporting) -> None:
    """It is a trace of its own that links to each; each has a span of its share, which links back."""
    traces = [f"{number}5f7651916cd43dd8448eb211c80319c" for number in range(1, 9)]
    together: list[Collected] = []
    for turn in range(20):  # which requests fall into one batch is the doorbell's affair: ask until some do
        with ThreadPoolExecutor(8) as pool:
            orders = [f"TRACED-5-{turn}-{number}" for number in range(8)]
            assert set(pool.map(exporting.post, traces, orders)) == {202}
        exporting.world.settle()
        time.sleep(0.5)
        spans = exporting.collector.spans()
        together = [span for span in spans if _is_batch(span) and span.attributes.get("distsync.batch.traces", 1) > 1]
        if together:
            break
    whole = together[0]
    shares = [span for span in spans if (whole.id, "batch") in span.links]
    assert (whole.parent, len(shares)) == ("", whole.attributes["distsync.batch.traces"])
    assert whole.trace not in traces
    assert {(span.parent, "append") for span in shares} == {link for link in whole.links if link[1] == "append"}
    assert whole.attributes["messaging.batch.message_count"] == sum(
        span.attributes["messaging.batch.message_count"] for span in shares
    )
    requests = {span.id: span.trace for span in spans if span.kind == SERVER}
    assert [requests[span.parent] for span in shares] == [span.trace for span in shares]
    parts = [span.name for span in spans if span.parent == whole.id]
    assert {"claim", "fold", "commit"} <= set(parts)


def test_metrics_of_the_doors_and_the_pipeline(exporting: Exporting) -> None:
    exporting.post("6af7651916cd43dd8448eb211c80319c", "TRACED-6")
    exporting.world.settle()
    exporting.collector.wait_for(lambda _: UNITS.keys() <= {point.name for point in exporting.collector.points()})
    points = exporting.collector.points()
    assert {point.name: point.unit for point in points if point.name in UNITS} == UNITS
    requests = [point for point in points if point.name == "http.server.request.duration"]
    doors = [point for point in requests if point.attributes.get("http.route") == "api/v1/events"]
    assert {point.attributes["http.response.status_code"] for point in doors} == {202}
    assert {point.resource["service.name"] for point in doors} == {"distsync-web"}
    assert {point.resource["service.name"] for point in points if point.name == "distsync.freshness"} == {"distsync-worker"}
    assert {len(point.attributes) for point in points if point.name == "distsync.freshness"} == {0}


def test_what_nobody_asked_for_is_no_trace(exporting: Exporting) -> None:
    """Probes, the sweep's looks at the database, beats of the broker."""
    assert [exporting.world.stack.status_of(path) for path in ("/healthz", "/readyz")] == [200, 200]
    trace = "7af7651916cd43dd8448eb211c80319c"
    exporting.post(trace, "TRACED-7")
    exporting.whole(trace)
    time.sleep(2)  # two turns of the sweep
    spans = exporting.collector.spans()
    first = {span.name for span in spans if not span.parent}
    assert [span.name for span in spans if not span.parent and span.kind in {CLIENT, PRODUCER}] == []
    assert {span.attributes.get("http.route") for span in spans if span.kind == SERVER}.isdisjoint({"healthz", "readyz"})
    assert "run/pipeline.drain" not in first


def test_nothing_leaves_that_must_not(exporting: Exporting) -> None:
    """No customer, credential, cookie, search, path or reset link, no message of an error, no value of a statement."""
    world = exporting.world
    trace = "8af7651916cd43dd8448eb211c80319c"
    exporting.post(trace, "TRACED-8")
    exporting.whole(trace)
    assert world.get(f"orders?search={CUSTOMER.replace(' ', '%20')}").status == 200
    assert world.get("orders/TRACED-8").status == 200
    world.request("GET", "/accounts/password/reset/key/1-secretkey/")
    form = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "secret-agent"}
    world.request("POST", "/accounts/login/", b"login=someone&password=pass-phrase", form)
    after = "8bf7651916cd43dd8448eb211c80319c"
    exporting.post(after, "TRACED-8-2")
    exporting.whole(after)
    taken = exporting.collector.everything
    made = json.loads((world.stack.data / "secrets.json").read_text()).values()
    forbidden = [CUSTOMER, COOKIE, "Bearer", *world.tokens.values(), *map(str, made)]
    forbidden += ["secretkey", "pass-phrase", "secret-agent", "of-the-collector", "TRACED-", "urn:e2e:oms"]
    assert [secret for secret in forbidden if secret.encode() in taken] == []
    assert {headers["x-api-key"] for _, headers, _ in exporting.collector.bodies} == {"of-the-collector"}
    spans = exporting.collector.spans()
    assert ({span.events for span in spans}, {span.status[1] for span in spans}) == ({0}, {""})


def test_a_killed_child_s_successor_tells_who_it_is(exporting: Exporting) -> None:
    """It is forked by the worker's main process, whose exports run: it must not speak as that one, or stay silent."""
    stack = exporting.world.stack
    before = {span.resource["service.instance.id"] for span in exporting.collector.spans()}
    for child in children_of(worker_of(stack)):
        os.kill(child, signal.SIGKILL)
    trace = "9af7651916cd43dd8448eb211c80319c"
    exporting.collector.wait_for(lambda spans: _told_by_a_new_child(exporting, before) or None)
    assert exporting.post(trace, "TRACED-9") == 202
    exporting.whole(trace)


def _told_by_a_new_child(exporting: Exporting, before: set[str]) -> bool:
    exporting.post("afa7651916cd43dd8448eb211c80319c", f"TRACED-10-{time.monotonic_ns()}")
    exporting.world.settle()
    batches = [span for span in exporting.collector.spans() if _is_batch(span)]
    return any(span.resource["service.instance.id"] not in before for span in batches)


def worker_of(stack: WholeSystem) -> int:
    """The worker's main process: the one that has children of its kind."""
    assert stack.process is not None
    (worker,) = (pid for pid in children_of(stack.process.pid) if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes())
    return worker


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_stops(exporting: Exporting) -> None:
    """While every export hangs, requests are answered and worked, and the stop is in order. Started so that nothing is sent
    for a minute, it sends what is left when it stops."""
    stack, collector = exporting.world.stack, exporting.collector
    given_back = threading.Event()
    collector.behave = lambda: given_back.wait(120) and None
    asked = collector.requests
    for number in range(200):
        assert exporting.post(f"c{number:031x}", f"TRACED-11-{number}") == 202
    exporting.world.settle()
    began = time.monotonic()
    assert stack.stop() == 0
    assert time.monotonic() - began < HANGING_STOP_SECONDS
    assert collector.requests > asked
    given_back.set()
    collector.behave = lambda: None

    usual = stack.settings
    stack.settings = {**usual, "OTEL_BSP_SCHEDULE_DELAY": "60000", "OTEL_METRIC_EXPORT_INTERVAL": "60000"}
    stack.start()
    stack.wait_until_ready()
    trace = "bfa7651916cd43dd8448eb211c80319c"
    assert exporting.post(trace, "TRACED-12") == 202
    exporting.world.settle()
    assert [span for span in collector.spans() if span.trace == trace] == []
    assert stack.stop() == 0
    spans = {span.id: span for span in collector.spans() if span.trace == trace}
    told = Counter((span.name, span.resource["service.name"], span.resource["process.pid"]) for span in spans.values())
    assert {"distsync-web", "distsync-worker"} == {service for _, service, _ in told}, (told, stack.output)
    (copy,) = (span for span in spans.values() if span.attributes.get("db.query.text", "").startswith("COPY orders_order"))
    assert ancestry(copy, spans)[-3:] == ["process eventlog", "POST api/v1/events", "caller"]
    stack.settings = usual
    stack.start()
    stack.wait_until_ready()
