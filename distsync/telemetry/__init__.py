"""DistSync's own telemetry: traces and metrics by OTLP, where OpenTelemetry's standard variables name an endpoint.

Nothing of OpenTelemetry is imported, started or wrapped where they do not. docs/telemetry.md says what is sent.
"""

import structlog

from distsync.telemetry.switch import Signals, signals

__all__ = ["prepare", "prepare_web", "start", "stop"]

logger = structlog.get_logger(__name__)


def prepare_web() -> None:
    """Before Django builds its chain of middleware, which the web's processes then inherit."""
    prepare()
    if _wanted():
        try:
            from distsync.telemetry.instruments import instrument_web

            instrument_web()
        except Exception:  # whatever is wrong with it, orders go on
            logger.exception("telemetry_failed_to_start")


def prepare() -> None:
    """Before a process forks: what all need is loaded once, and a start takes no longer than it must."""
    if _wanted():
        try:
            import distsync.telemetry.running  # noqa: F401
        except Exception:  # see above
            logger.exception("telemetry_failed_to_start")


def start(kind: str, *, watches_pending: bool = False) -> None:
    """In each process, after its fork: threads that export do not survive one. `kind`: web, worker or beat.

    One process of a node watches the pending table. Telemetry that cannot start is logged and never stops the process.
    """
    wanted = _wanted()
    if not wanted:
        return
    try:
        from distsync.telemetry.running import start as begin

        begin(kind, wanted, watches_pending=watches_pending)
    except Exception:  # see above
        logger.exception("telemetry_failed_to_start")


def stop() -> None:
    """Sends what is left, for a few seconds at most. Nothing where nothing was started."""
    if signals():
        from distsync.telemetry.running import stop as end

        end()


def _wanted() -> Signals | None:
    wanted = signals()
    if wanted and wanted.faults:
        logger.error("telemetry_is_off", faults=list(wanted.faults))
        return None
    return wanted
