"""Whether telemetry is wanted, by OpenTelemetry's standard variables alone. Imports nothing of OpenTelemetry."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

PROTOCOL: Final = "http/protobuf"
SAMPLERS: Final = (
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
)


@dataclass(frozen=True, slots=True)
class Signals:
    """What is exported. `faults` says, in sentences, what in the variables cannot be meant; then nothing is."""

    traces: bool
    metrics: bool
    faults: tuple[str, ...] = ()


def signals(environment: Mapping[str, str] = os.environ) -> Signals | None:
    """What the variables ask for; None: nothing. A signal is exported where it, or OTLP as a whole, has an endpoint."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    traces, metrics = (_is_wanted(environment, signal) for signal in ("TRACES", "METRICS"))
    if not (traces or metrics):
        return None
    wanted = [name for name, is_wanted in (("TRACES", traces), ("METRICS", metrics)) if is_wanted]
    faults = [fault for signal in wanted for fault in _faults(environment, signal)]
    return Signals(traces, metrics, tuple(dict.fromkeys((*faults, *_sampler_faults(environment)))))


def _is_wanted(environment: Mapping[str, str], signal: str) -> bool:
    if environment.get(f"OTEL_{signal}_EXPORTER", "").strip().lower() == "none":
        return False
    return bool(_first(environment, signal, "ENDPOINT")[1])


def _first(environment: Mapping[str, str], signal: str, name: str) -> tuple[str, str]:
    """The variable that decides, and its value: the signal's own before the one for all."""
    for variable in (f"OTEL_EXPORTER_OTLP_{signal}_{name}", f"OTEL_EXPORTER_OTLP_{name}"):
        if value := environment.get(variable, "").strip():
            return variable, value
    return f"OTEL_EXPORTER_OTLP_{name}", ""


def _faults(environment: Mapping[str, str], signal: str) -> Iterator[str]:
    variable, endpoint = _first(environment, signal, "ENDPOINT")
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield f"{variable} must be an http:// or https:// address, such as http://collector:4318."
    variable, protocol = _first(environment, signal, "PROTOCOL")
    if protocol not in ("", PROTOCOL):
        yield f"{variable} is {protocol!r}; DistSync speaks {PROTOCOL}: set that, and the collector's HTTP port (4318)."
    exporter = environment.get(f"OTEL_{signal}_EXPORTER", "").strip().lower()
    if exporter not in ("", "otlp"):
        yield f"OTEL_{signal}_EXPORTER is {exporter!r}; expected otlp or none."


def _sampler_faults(environment: Mapping[str, str]) -> Iterator[str]:
    sampler = environment.get("OTEL_TRACES_SAMPLER", "").strip()
    if sampler and sampler.lower() not in SAMPLERS:
        yield f"OTEL_TRACES_SAMPLER is {sampler!r}; expected one of {', '.join(SAMPLERS)}."
    ratio = environment.get("OTEL_TRACES_SAMPLER_ARG", "").strip()
    if ratio and sampler.lower().endswith("traceidratio") and not _is_ratio(ratio):
        yield f"OTEL_TRACES_SAMPLER_ARG is {ratio!r}; expected a number from 0 to 1."


def _is_ratio(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False
