"""How many live streams are open over all web processes: each tells its own number, and is forgotten when it falls silent."""

import os
import socket
import time
from typing import Any, Final

from apps.core.broker import broker
from apps.core.cache import Breaker

KEY: Final = "distsync:streams"
SILENT_AFTER_SECONDS: Final = 15.0  # three pulses of the hub

_breaker = Breaker()


def tell(count: int) -> None:
    """Notes that this process holds `count` streams now. Without the broker nothing is told, and nothing is live either."""
    process, text = f"{socket.gethostname()}:{os.getpid()}", f"{count} {time.time():.0f}"
    _breaker.call(lambda: broker().hset(KEY, process, text), otherwise=0)


def streams() -> int:
    """Open streams, of all processes that were heard of lately; also forgets the others."""
    nobody: dict[Any, Any] = {}
    told: dict[Any, Any] = _breaker.call(lambda: broker().hgetall(KEY), otherwise=nobody)
    total, silent = 0, []
    for process, text in told.items():
        count, _, at = bytes(text).partition(b" ")
        if time.time() - float(at) <= SILENT_AFTER_SECONDS:
            total += int(count)
        else:
            silent.append(process)
    if silent:
        _breaker.call(lambda: broker().hdel(KEY, *silent), otherwise=0)
    return total
