"""The doorbell: rings after a commit for whoever works the log. Rooms above register at start-up; nobody needs to."""

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)
_callbacks: list[Callable[[], None]] = []


def on_append(callback: Callable[[], None]) -> None:
    """Call `callback` after each commit of new messages. Registering it twice rings it once."""
    if callback not in _callbacks:
        _callbacks.append(callback)


def ring() -> None:
    """Tell everybody who registered that there is work. Never raises."""
    for callback in _callbacks:
        try:
            callback()
        except Exception:  # the messages are durable and the sweep finds them: the sender's answer must not depend on this
            logger.exception("The doorbell failed; the sweep will find the work.")
