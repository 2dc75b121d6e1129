"""The web process of the plain pattern: the product's own settings, without its hooks."""

from distsync.gunicorn import (
    control_socket_disable,
    graceful_timeout,
    keepalive,
    loglevel,
    preload_app,
    threads,
    timeout,
    worker_class,
    worker_tmp_dir,
    workers,
)

__all__ = [
    "control_socket_disable",
    "graceful_timeout",
    "keepalive",
    "loglevel",
    "preload_app",
    "threads",
    "timeout",
    "worker_class",
    "worker_tmp_dir",
    "workers",
]
