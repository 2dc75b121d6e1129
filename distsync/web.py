"""What the web process does that gunicorn's own classes do not: it ends without cutting anybody off, and logs as we log."""

import logging
import logging.config
import select
from datetime import timedelta
from typing import Any

import structlog
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from distsync.env import LOG_LEVELS, Env
from distsync.logs import ACCESS, configure

QUIET = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds for ever: told only when they fail
HIDDEN = "/accounts/"  # links in mails hold keys in their paths

access = structlog.get_logger(ACCESS)
_lines = logging.getLogger(ACCESS)


STAY_MILLISECONDS = 5
STAY_REQUESTS = 1_000


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Takes what already waits in the listening socket's queue before it stops listening: closing the socket resets those
    connections, and a sender cannot tell whether a request that was reset has been taken.

    A thread answers a connection's next requests too while they come at once: a sender that posts one event after the
    other would have each handed from thread to thread and back, which costs as much as answering it."""

    def handle(self, conn: Any) -> Any:
        for _ in range(STAY_REQUESTS):
            outcome = super().handle(conn)
            if outcome is not True or not self.alive or conn.is_http2 or not _comes_at_once(conn):
                break
        return outcome

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            if listener.sock.fileno() < 0:
                continue
            before = -1
            while before != self.nr_conns:
                before = self.nr_conns
                self.accept(listener)
            listener.close()  # from here on the kernel refuses; with SIGHUP the new processes listen on


def _comes_at_once(conn: Any) -> bool:
    """True when a further request's first bytes are there, or come within STAY_MILLISECONDS."""
    if conn.parser.unreader.buf.getvalue():
        return True
    poll = select.poll()
    poll.register(conn.sock, select.POLLIN)
    return bool(poll.poll(STAY_MILLISECONDS))


class Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own lines and one line for each request, in the form of all other lines."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        env = Env()
        level = env.log_level if env.log_level in LOG_LEVELS else "INFO"
        logging.config.dictConfig(configure(level, as_json=env.logs_as_json, traffic=env.logs_traffic))
        for handler in list(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        self.error_log.propagate = True

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """Never the query, the referrer or a header: they may hold what nobody else should read."""
        if not _lines.isEnabledFor(logging.INFO):
            return
        path = str(environ.get("PATH_INFO", ""))
        status = int(str(resp.status).split(" ", 1)[0])
        if path in QUIET and status < 400:
            return
        access.info(
            "request",
            method=environ.get("REQUEST_METHOD"),
            path=HIDDEN if path.startswith(HIDDEN) else path,
            status=status,
            bytes=getattr(resp, "sent", None),
            milliseconds=round(request_time.total_seconds() * 1000, 1),
            remote=environ.get("REMOTE_ADDR"),
        )
