"""OpenTelemetry's instrumentations of Django, Celery, psycopg and Redis, with what of them DistSync wants."""

import os
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.django.middleware.otel_middleware import _DjangoMiddleware
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from apps.core import short_ways

# Probes and files say nothing; a live stream is minutes of waiting; DistSync's own OTLP doors would report that they were
# reported to, for ever.
EXCLUDED_URLS: Final = r"/healthz$,/readyz$,/metrics$,/static/,/live/,/favicon\.ico$,/v1/(traces|metrics|logs)$"
# Today's names of HTTP's and databases' attributes and metrics; without this the libraries send those of 2022.
STABLE: Final = "http,database"
INSTRUMENTORS: Final[tuple[Any, ...]] = (CeleryInstrumentor, PsycopgInstrumentor, RedisInstrumentor)
# Its span begins behind the middleware that makes `%2F` of an identifier routable, so that the route is known.
PATHS: Final = "apps.core.paths.EncodedSlashMiddleware"


def use_stable_names() -> None:
    """Before any instrumentation is used."""
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", STABLE)


def instrument_web() -> None:
    """Adds Django's middleware. It takes its tracer and meter from the global providers, which each process sets."""
    use_stable_names()
    excluded = os.environ.get("OTEL_PYTHON_DJANGO_EXCLUDED_URLS") or EXCLUDED_URLS
    position = settings.MIDDLEWARE.index(PATHS) + 1
    DjangoInstrumentor().instrument(excluded_urls=excluded, middleware_position=position, skip_dep_check=True)
    short_ways.before_view[:] = [_DjangoMiddleware(HttpResponse).process_view]  # type: ignore[no-untyped-call]  # it has no types


def instrument_clients(traced: TracerProvider, measured: MeterProvider) -> None:
    """Everything but Django. A process that inherited another's instrumentation, across a fork, replaces it."""
    use_stable_names()
    release_clients()
    for each in INSTRUMENTORS:
        each().instrument(tracer_provider=traced, meter_provider=measured, skip_dep_check=True)


def release_clients() -> None:
    """Leaves them as they were; connections that are open keep their cursors, whose spans then go nowhere."""
    for each in INSTRUMENTORS:
        if each().is_instrumented_by_opentelemetry:
            each().uninstrument()
