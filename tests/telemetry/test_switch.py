"""What OpenTelemetry's variables ask for, and what they say that cannot be meant."""

import pytest

from distsync.telemetry.switch import Signals, signals

ALL, TRACES, METRICS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
AT = "http://collector:4318"


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, None),
        ({ALL: ""}, None),
        ({"OTEL_SERVICE_NAME": "distsync", "OTEL_TRACES_SAMPLER": "always_on"}, None),
        ({ALL: AT}, Signals(traces=True, metrics=True)),
        ({ALL: AT, "OTEL_SDK_DISABLED": "TRUE"}, None),
        ({ALL: AT, "OTEL_SDK_DISABLED": "false"}, Signals(traces=True, metrics=True)),
        ({TRACES: f"{AT}/v1/traces"}, Signals(traces=True, metrics=False)),
        ({METRICS: f"{AT}/v1/metrics"}, Signals(traces=False, metrics=True)),
        ({ALL: AT, "OTEL_METRICS_EXPORTER": "none"}, Signals(traces=True, metrics=False)),
        ({ALL: AT, "OTEL_METRICS_EXPORTER": "none", "OTEL_TRACES_EXPORTER": "none"}, None),
        ({ALL: AT, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, Signals(traces=True, metrics=True)),
        ({ALL: "collector:4318", METRICS: AT, "OTEL_TRACES_EXPORTER": "none"}, Signals(traces=False, metrics=True)),
        ({ALL: AT, "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.05"}, Signals(True, True)),
    ],
)
def test_what_is_wanted(variables: dict[str, str], wanted: Signals | None) -> None:
    assert signals(variables) == wanted


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        ({ALL: "collector:4318"}, f"{ALL} must be an http:// or https:// address, such as http://collector:4318."),
        ({TRACES: "http://"}, f"{TRACES} must be an http:// or https:// address, such as http://collector:4318."),
        (
            {ALL: AT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            (
                "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'; DistSync speaks http/protobuf: set that, and the collector's HTTP "
                "port (4318)."
            ),
        ),
        ({ALL: AT, "OTEL_TRACES_EXPORTER": "console"}, "OTEL_TRACES_EXPORTER is 'console'; expected otlp or none."),
        (
            {ALL: AT, "OTEL_TRACES_SAMPLER": "jaeger_remote"},
            (
                "OTEL_TRACES_SAMPLER is 'jaeger_remote'; expected one of always_on, always_off, traceidratio, "
                "parentbased_always_on, parentbased_always_off, parentbased_traceidratio."
            ),
        ),
        (
            {ALL: AT, "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "10%"},
            "OTEL_TRACES_SAMPLER_ARG is '10%'; expected a number from 0 to 1.",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_once(variables: dict[str, str], fault: str) -> None:
    wanted = signals(variables)
    assert wanted is not None
    assert wanted.faults == (fault,)
