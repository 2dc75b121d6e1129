"""Starts and stops the exports of one process. Threads of their own export; what they cannot get rid of is dropped."""

import logging
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Thread
from typing import Final
from uuid import uuid4

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import MeterProvider, NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider as SdkMeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
from opentelemetry.trace import NoOpTracerProvider, TracerProvider

from apps.core import tracing
from distsync.telemetry.instruments import instrument_clients, release_clients
from distsync.telemetry.measures import Measures
from distsync.telemetry.privacy import PrivateBatches
from distsync.telemetry.recorder import Recorder
from distsync.telemetry.sampling import Admission
from distsync.telemetry.statements import record_copies
from distsync.telemetry.switch import Signals

FLUSH_SECONDS: Final = 3.0  # a stop waits no longer for an endpoint: gunicorn gives its workers 5 in all
SCOPE: Final = "distsync"
REPEAT_SECONDS: Final = 60.0
COMPLAINERS: Final = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
    "opentelemetry.sdk._shared_internal",
)


@dataclass(slots=True)
class Exports:
    """The exports of the process `pid`. `sends` send what is left and end; `cuts` first make that a sending to nobody."""

    pid: int = field(default_factory=os.getpid)
    sends: list[Callable[[], None]] = field(default_factory=list)
    cuts: list[Callable[[], None]] = field(default_factory=list)


_exports: Exports | None = None


def start(kind: str, wanted: Signals, *, watches_pending: bool = False) -> None:
    """Exports this process's spans and metrics from now on, as `distsync-<kind>` unless a variable names the service."""
    global _exports
    if _exports is not None:
        if _exports.pid == os.getpid():
            return
        _cut_off(_exports)  # those of the process that forked this one
    is_first, _exports = _exports is None, Exports()
    complain_rarely()
    resource = resource_of(kind)
    traced = _traces(resource, _exports) if wanted.traces else NoOpTracerProvider()
    measured = _metrics(resource, _exports) if wanted.metrics else NoOpMeterProvider()
    if is_first:  # they can be set once; what is instrumented after a second fork is given them
        trace.set_tracer_provider(traced)
        metrics.set_meter_provider(measured)
    instrument_clients(traced, measured)
    tracer, measures = traced.get_tracer(SCOPE), Measures(measured.get_meter(SCOPE))
    record_copies(tracer)
    tracing.install(Recorder(tracer, measures, is_tracing=wanted.traces))
    if watches_pending:
        measures.watch_pending()


def stop() -> None:
    """Sends what is left within FLUSH_SECONDS; drops what an endpoint does not take in that time."""
    global _exports
    ending, _exports = _exports, None
    if ending is not None and ending.pid == os.getpid():
        tracing.install(tracing.NOBODY)
        release_clients()
        _end(ending.sends)


def _cut_off(exports: Exports) -> None:
    for cut in exports.cuts:
        cut()
    _end(exports.sends)


def _end(steps: Sequence[Callable[[], None]]) -> None:
    """Side by side, in threads that die with the process: none waits for an endpoint that hangs."""
    threads = [Thread(target=step, daemon=True) for step in steps]
    until = time.monotonic() + FLUSH_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def resource_of(kind: str) -> Resource:
    """Who speaks. What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before what is said here."""
    ours: dict[str, str | int] = {
        "service.namespace": "distsync",
        "service.name": f"distsync-{kind}",
        "service.instance.id": str(uuid4()),
        "host.name": platform.node(),
        "process.pid": os.getpid(),
        "distsync.process": kind,
    }
    told = OTELResourceDetector().detect().attributes
    return Resource.create({name: value for name, value in ours.items() if name not in told})


def _traces(resource: Resource, exports: Exports) -> TracerProvider:
    exporter = OTLPSpanExporter()
    provider = SdkTracerProvider(resource=resource, shutdown_on_exit=False)
    provider.sampler = Admission(provider.sampler)
    provider.add_span_processor(PrivateBatches(exporter))
    exports.sends.append(provider.shutdown)
    exports.cuts.append(exporter.shutdown)
    return provider


def _metrics(resource: Resource, exports: Exports) -> MeterProvider:
    exporter = OTLPMetricExporter()
    reader = PeriodicExportingMetricReader(exporter)
    provider = SdkMeterProvider([reader], resource=resource, shutdown_on_exit=False)
    exports.sends.append(provider.shutdown)
    exports.cuts.append(exporter.shutdown)
    return provider


class OncePerMinute(logging.Filter):
    """The same complaint once a minute: an endpoint that is away is no news five seconds later."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now - self._said.get(str(record.msg), -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        self._said[str(record.msg)] = now
        return True


def complain_rarely() -> None:
    """Of the exporters: what they say, but not at each try."""
    for name in COMPLAINERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, OncePerMinute) for each in logger.filters):
            logger.addFilter(OncePerMinute())
