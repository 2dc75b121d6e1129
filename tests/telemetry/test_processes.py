"""Processes of their own: what telemetry costs while it is off, across forks, and with an endpoint that takes nothing."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from distsync.env import ROOT
from distsync.telemetry.running import resource_of
from tests.telemetry.collector import Collector, collecting

FLUSH_SECONDS = 3.0
SETUP = """
import json, os, sys, threading, time
import django
django.setup()
from distsync import telemetry
"""


def run(program: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A Python of its own under these OpenTelemetry variables and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    environment = {**inherited, "DJANGO_SETTINGS_MODULE": "distsync.settings", **variables}
    command = [sys.executable, "-c", SETUP + program]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


def test_unset_it_loads_starts_and_wraps_nothing() -> None:
    """Web and worker as they start, with every hook called. (redis-py loads OpenTelemetry's SDK for itself.)"""
    told = run("""
import psycopg, redis
ours = lambda name: name.startswith(("opentelemetry.instrumentation", "opentelemetry.exporter", "distsync.telemetry."))
standing = psycopg.connect, psycopg.Connection.connect, redis.Redis.execute_command, psycopg.Cursor.copy
from distsync import gunicorn, celery, logs
from distsync.wsgi import application
from apps.core import tracing
gunicorn.post_fork(None, None)
telemetry.prepare(); telemetry.start("worker", watches_pending=True)
print(json.dumps({
    "loaded": sorted(filter(ours, sys.modules)),
    "threads": [thread.name for thread in threading.enumerate()],
    "wrapped": (psycopg.connect, psycopg.Connection.connect, redis.Redis.execute_command, psycopg.Cursor.copy) != standing,
    "recorder": type(tracing._recorder).__name__,
    "middleware": [name for name in django.conf.settings.MIDDLEWARE if "opentelemetry" in name],
}))
telemetry.stop()
""")
    assert json.loads(told.stdout) == {
        "loaded": ["distsync.telemetry.switch"],
        "threads": ["MainThread"],
        "wrapped": False,
        "recorder": "_Nobody",
        "middleware": [],
    }


def test_what_cannot_be_meant_is_logged_and_stops_nothing() -> None:
    done = run(
        'telemetry.prepare(); telemetry.start("web"); telemetry.stop(); print("on")', OTEL_EXPORTER_OTLP_ENDPOINT="nowhere"
    )
    assert done.stdout == "on\n"
    assert "telemetry_is_off" in done.stderr
    assert "OTEL_EXPORTER_OTLP_ENDPOINT must be an http:// or https:// address" in done.stderr


FORKED = """
from opentelemetry import trace
telemetry.prepare()
telemetry.start("worker", watches_pending=False)
from apps.core import tracing
from distsync.telemetry import running
def work(name):
    with tracing._recorder._tracer.start_as_current_span(name):
        with tracing.phase("fold"):
            pass
work("parent before")
child = os.fork()
if child == 0:
    telemetry.start("worker")
    work("child")
    telemetry.stop()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
work("parent after")
telemetry.stop()
"""


def test_a_fork_of_a_process_that_exports_speaks_for_itself(collector: Collector) -> None:
    """As a killed child of the worker is replaced. Nothing is told twice, nothing is lost."""
    run(FORKED, OTEL_EXPORTER_OTLP_ENDPOINT=collector.address, OTEL_BSP_SCHEDULE_DELAY="60000")
    firsts = {span.name: span for span in collector.spans() if not span.parent}
    assert sorted(span.name for span in collector.spans() if not span.parent) == ["child", "parent after", "parent before"]
    assert len(collector.spans()) == 6
    own = ("service.instance.id", "process.pid")
    parent, child = (tuple(firsts[name].resource[key] for key in own) for name in ("parent before", "child"))
    assert tuple(firsts["parent after"].resource[key] for key in own) == parent
    assert {parent[0]} & {child[0]} == set()
    assert {parent[1]} & {child[1]} == set()


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "distsync-worker"),
        ({"OTEL_SERVICE_NAME": "orders"}, "orders"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=shop,service.version=7"}, "shop"),
    ],
)
def test_the_variables_name_the_service(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    attributes = resource_of("worker").attributes
    assert (attributes["service.name"], attributes["distsync.process"]) == (name, "worker")
    assert attributes.get("service.version") == ("7" if name == "shop" else None)


WORKING = """
telemetry.start("web")
from apps.core import tracing
began = time.perf_counter()
for _ in range(20_000):
    with tracing._recorder._tracer.start_as_current_span("request"):
        pass
worked = time.perf_counter() - began
from distsync.telemetry import running
began = time.perf_counter()
telemetry.stop()
print(json.dumps({"worked": worked, "stopped": time.perf_counter() - began}))
"""


@pytest.mark.long
@pytest.mark.parametrize("trouble", ["refuses", "hangs", "asks for patience", "fails"])
def test_an_endpoint_in_trouble_holds_nobody(collector: Collector, trouble: str) -> None:
    """Ten times the queue is recorded while nothing is taken: nobody waits, the rest is dropped, and the stop is short.

    The bound is no measurement: without the queue's own each span would wait for ten seconds of the exporter's patience.
    """
    behaviours = {
        "hangs": lambda: time.sleep(30) or None,
        "asks for patience": lambda: 429,
        "fails": lambda: 400,
        "refuses": lambda: None,
    }
    collector.behave = behaviours[trouble]
    address = "http://127.0.0.1:9" if trouble == "refuses" else collector.address
    done = run(WORKING, OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_BSP_SCHEDULE_DELAY="50")
    figures = json.loads(done.stdout)
    assert figures["worked"] < 20
    assert figures["stopped"] < FLUSH_SECONDS + 2
    assert done.stderr.count("Failed to export span") <= 2  # once a minute of each kind, not once a try


def test_log_lines_carry_the_trace() -> None:
    done = run(
        """
import logging, structlog
telemetry.start("web")
from apps.core import tracing
with tracing._recorder._tracer.start_as_current_span("request") as span:
    structlog.get_logger("apps.one").warning("told", a=1)
    logging.getLogger("apps.two").warning("told too")
structlog.get_logger("apps.three").warning("outside")
print(format(span.get_span_context().trace_id, "032x"), format(span.get_span_context().span_id, "016x"))
""",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
        DISTSYNC_PRODUCTION="1",
    )
    trace_id, span_id = done.stdout.split()
    lines = {line["logger"]: line for line in map(json.loads, done.stderr.splitlines()) if line["logger"].startswith("apps.")}
    assert [(lines[name].get("trace_id"), lines[name].get("span_id")) for name in ("apps.one", "apps.two", "apps.three")] == [
        (trace_id, span_id),
        (trace_id, span_id),
        (None, None),
    ]
