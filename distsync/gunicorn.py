"""gunicorn's settings of the web process: threads, because most of them wait (for the database, or on live streams)."""

import os
from pathlib import Path
from typing import Any

bind = os.environ.get("DISTSYNC_BIND") or f"127.0.0.1:{os.environ.get('DISTSYNC_PORT') or '8000'}"
worker_class = "distsync.web.Worker"
workers = int(os.environ.get("DISTSYNC_WEB_PROCESSES") or 2)
threads = int(os.environ.get("DISTSYNC_WEB_THREADS") or 32)
preload_app = True  # one import for all workers; nothing connects before the fork
timeout = 60
graceful_timeout = 5  # a live stream never ends by itself, and a client asks again
keepalive = 30
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 16384
logger_class = "distsync.web.Log"  # one line a request, where settings ask for it
accesslog = None
errorlog = "-"
loglevel = "warning"
# The heartbeat file: in memory, else a slow disk makes the master take a worker for dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - the memory file system itself
control_socket_disable = True
# Whether a proxy's headers are believed is said in one place: Django's settings.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}


def post_fork(_server: Any, _worker: Any) -> None:
    """Exporters' threads do not survive a fork."""
    from distsync import telemetry

    telemetry.start("web")


def post_worker_init(worker: Any) -> None:
    """Live streams end by themselves when their worker is told to stop, instead of holding it for the grace period."""
    from apps.live.hub import hub
    from apps.pipeline.measures import recorder

    hub.is_stopping = lambda: not worker.alive
    recorder.start()


def worker_exit(_server: Any, _worker: Any) -> None:
    """What was counted and not written yet is written, and what was recorded and not exported is exported."""
    from apps.pipeline.doorbell import ringer
    from apps.pipeline.measures import recorder
    from distsync import telemetry

    ringer.finish()
    recorder.stop()
    telemetry.stop()
