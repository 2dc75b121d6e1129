"""How the processes log: one structured line an event, with tracebacks and never with local variables (they hold bodies)."""

from collections.abc import Iterable
from typing import Any

import structlog
from gunicorn import glogging

from distsync.redaction import Redaction
from distsync.telemetry.switch import signals

ACCESS = "distsync.access"  # a line for each request
BATCHES = "distsync.batches"  # a line for each batch
# They tell each task's coming and going, and all that they deleted, every time.
CHATTERS = ("axes", "celery.app.trace", "celery.beat", "celery.worker.request", "celery.worker.strategy")


class GunicornLogger(glogging.Logger):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's own words through the same handler, so that they have the same form and hide the same secrets."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def configure(level: str, *, as_json: bool, traffic: bool = False, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Configures structlog and gives Django's LOGGING: both write the same lines to stderr. `traffic`: also those of each
    request and batch. `secrets` never stand in a line."""
    redaction = Redaction(secrets)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if signals():
        from distsync.telemetry.lines import add_trace

        shared.append(add_trace)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    last: list[Any] = [meta, redaction.fields, structlog.processors.format_exc_info]
    if as_json:
        last.append(structlog.processors.JSONRenderer())
    else:
        plain = structlog.dev.plain_traceback
        last = [*last[:2], structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    last.append(redaction.line)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {"()": structlog.stdlib.ProcessorFormatter, "processors": last, "foreign_pre_chain": shared},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **{name: {"level": "WARNING"} for name in (*CHATTERS, *(() if traffic else (ACCESS, BATCHES)))},
            "django.request": {"level": "ERROR"},  # what was refused is in the access line, without paths that hold keys
        },
    }
