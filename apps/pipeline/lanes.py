"""Which of the waiting messages are worked next: by orders in turn, so that no message waits for all orders.

Folding an order costs the same for one of its messages as for five, so that a batch lasts as long as there are orders among
its messages. A message that comes while a batch is worked waits for the rest of it, and then for its own: twice that long.
So the orders are divided into lanes. Each batch takes the lane of the message that has waited longest, with all that waits in
that lane: every order is folded as often as before, and a message waits for the lanes before its own, and for its own alone.

The lane of a message is a guess about its order, from what it names and what earlier ones named with it. A wrong guess costs
one more fold of an order, and nothing else: the correlation decides, under its locks, what belongs to which.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from apps.contracts.facts import StampedFact
from apps.eventlog import log
from apps.eventlog.types import StoredMessage
from apps.orders.mentions import Bundle, bundle_of, key_of
from apps.translation.canonical import translate

LANES: Final = 4  # each costs a batch's fixed part once more a round, and shortens the wait by less than the one before it
FEWEST: Final = 200  # waiting messages that are worth dividing
NAMES: Final = 100_000  # remembered, then forgotten all at once: those of the orders in flight are learned again in a round


class Held(NamedTuple):
    """A message that waits, read once, and its lane."""

    message: StoredMessage
    lane: int


class Lanes:
    """One worker process's memory of what waits. `left` says how many due messages the last claim left for the next."""

    def __init__(self) -> None:
        self.left = 0
        self._held: dict[int, Held] = {}
        self._lanes: dict[bytes, int] = {}

    def claim(self, limit: int, *, now: datetime) -> list[StoredMessage]:
        """As `log.claim`, of one lane where there are enough to divide and few enough to be looked at whole."""
        self.left = 0
        waiting = log.due(limit, now=now)
        if not FEWEST <= len(waiting) < limit or sum(each.size_bytes for each in waiting) > log.CLAIM_LIMIT_BYTES:
            self._held = {}
            return log.claim(limit, now=now)
        self._look_at(waiting)
        if not self._held:
            return log.claim(limit, now=now)
        lane = next(iter(self._held.values())).lane
        chosen = [held.message for held in self._held.values() if held.lane == lane]
        claimed = log.claim_these(chosen, now=now)
        self.left = len(waiting) - len(chosen)
        return claimed or log.claim(limit, now=now)  # another worker has the whole lane

    def _look_at(self, waiting: Sequence[log.Waiting]) -> None:
        new = [each for each in waiting if each.position not in self._held]
        received = [each.received_at for each in new]
        between = (min(received), max(received)) if received else None
        read = {m.position: Held(m, self._lane(m)) for m in log.read([each.position for each in new], received_between=between)}
        both = self._held | read
        self._held = {each.position: both[each.position] for each in waiting if each.position in both}

    def _lane(self, message: StoredMessage) -> int:
        fact = translate(message)
        bundle = bundle_of(fact) if isinstance(fact, StampedFact) else None
        return 0 if bundle is None else self._guess(bundle)

    def _guess(self, bundle: Bundle) -> int:
        keys = [key_of(each.scheme, each.value) for each in bundle.mentions]
        known = None if bundle.order else next((lane for key in keys if (lane := self._lanes.get(key)) is not None), None)
        lane = keys[0][0] % LANES if known is None else known
        if len(self._lanes) > NAMES:
            self._lanes.clear()
        self._lanes.update(dict.fromkeys(keys, lane))
        return lane
