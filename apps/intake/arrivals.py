"""Tells how each request ended, once its messages are durable. Rooms above register at start-up; nobody needs to."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.eventlog.types import Appended, NewMessage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What one append took (`messages` and what became of them), and how many items with it could not be taken."""

    credential: str
    messages: Sequence[NewMessage]
    appended: Appended
    rejected: int = 0


_listeners: list[Callable[[Arrivals], None]] = []


def on_arrival(listener: Callable[[Arrivals], None]) -> None:
    """Call `listener` after each append. Registering it twice calls it once."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(arrivals: Arrivals) -> None:
    """Tell everybody who registered. Never raises: the sender's answer must not depend on who counts."""
    for listener in _listeners:
        try:
            listener(arrivals)
        except Exception:
            logger.exception("The arrivals of %s could not be counted.", arrivals.credential)
