"""How often a part that died is started again, and when the supervisor gives up on it."""

import time
from collections import defaultdict
from collections.abc import Callable

LIMIT = 5
WINDOW_SECONDS = 60.0
FIRST_DELAY_SECONDS = 0.25


class Restarts:
    """Counts deaths by name. A part may die LIMIT times within WINDOW_SECONDS, and is waited for twice as long each time:
    what is only interrupted comes back at once, what cannot run does not turn in a circle for ever."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deaths: defaultdict[str, list[float]] = defaultdict(list)

    def delay_after_death(self, name: str) -> float | None:
        """Notes that `name` died now; in how many seconds to start it again, or None to give up."""
        now = self._clock()
        recent = [at for at in self._deaths[name] if now - at < WINDOW_SECONDS]
        self._deaths[name] = [*recent, now]
        return None if len(recent) >= LIMIT else FIRST_DELAY_SECONDS * 2 ** len(recent)
