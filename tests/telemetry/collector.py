"""An OTLP/HTTP collector in this process, on loopback: keeps what it is sent, and can refuse, hang or ask for patience."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

PATIENCE_SECONDS = 20
CONSUMER, SERVER, CLIENT, INTERNAL, PRODUCER = 5, 2, 3, 1, 4  # kinds on the wire


@dataclass(frozen=True, slots=True)
class Collected:
    """A span as it came over the wire; ids in hex, `parent` empty for a first one, `links` the ids of spans."""

    name: str
    kind: int
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    links: tuple[tuple[str, str], ...]
    events: int
    status: tuple[int, str]
    resource: dict[str, Any]
    began_ns: int
    ended_ns: int


@dataclass(frozen=True, slots=True)
class Point:
    """A metric's point: `value` of a gauge or sum, `count` of a histogram."""

    name: str
    unit: str
    attributes: dict[str, Any]
    resource: dict[str, Any]
    value: float
    count: int


class Collector:
    """`behave` answers each request: None accepts it, a status refuses it; it may sleep."""

    def __init__(self) -> None:
        self.behave: Callable[[], int | None] = lambda: None
        self.bodies: list[tuple[str, dict[str, str], bytes]] = []
        self.requests = 0
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.requests += 1
                status = collector.behave()
                if status is None:
                    packed = self.headers.get("Content-Encoding") == "gzip"
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    collector.bodies.append((self.path, headers, gzip.decompress(body) if packed else body))
                self.send_response(status or 200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def everything(self) -> bytes:
        """All bytes that were taken: nothing that must not leave may stand in them."""
        return b"".join(body for _, _, body in list(self.bodies))

    def spans(self) -> list[Collected]:
        return [span for path, _, body in list(self.bodies) if path == "/v1/traces" for span in _spans(body)]

    def points(self) -> list[Point]:
        return [point for path, _, body in list(self.bodies) if path == "/v1/metrics" for point in _points(body)]

    def wait_for(self, found: Callable[[list[Collected]], Any]) -> Any:
        """What `found` finds in the spans, as soon as it finds something."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not (answer := found(self.spans())):
            names = [(span.name, span.resource.get("service.name")) for span in self.spans()]
            assert time.monotonic() < until, f"not exported within {PATIENCE_SECONDS} s; there are {names}"
            time.sleep(0.05)
        return answer


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def _spans(body: bytes) -> Iterator[Collected]:
    for told in ExportTraceServiceRequest.FromString(body).resource_spans:
        resource = _attributes(told.resource.attributes)
        for scope in told.scope_spans:
            for span in scope.spans:
                yield Collected(
                    name=span.name,
                    kind=span.kind,
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    attributes=_attributes(span.attributes),
                    links=tuple((link.span_id.hex(), _attributes(link.attributes)["distsync.link"]) for link in span.links),
                    events=len(span.events),
                    status=(span.status.code, span.status.message),
                    resource=resource,
                    began_ns=span.start_time_unix_nano,
                    ended_ns=span.end_time_unix_nano,
                )


def _points(body: bytes) -> Iterator[Point]:
    for told in ExportMetricsServiceRequest.FromString(body).resource_metrics:
        resource = _attributes(told.resource.attributes)
        for scope in told.scope_metrics:
            for metric in scope.metrics:
                data = getattr(metric, str(metric.WhichOneof("data")))
                for point in data.data_points:
                    value = point.as_double or point.as_int if hasattr(point, "as_double") else point.sum
                    count = getattr(point, "count", 0)
                    yield Point(metric.name, metric.unit, _attributes(point.attributes), resource, float(value), count)


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair) for pair in pairs}


def _value(pair: KeyValue) -> Any:
    return getattr(pair.value, str(pair.value.WhichOneof("value")))
