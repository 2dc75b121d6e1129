"""Which of the waiting messages are worked next: by orders in turn, so that no message waits for all orders.

Folding an order costs the same for one of its messages as for five, so that a batch lasts as long as there are orders among
its messages. A message that comes while a batch is worked waits for the rest of it, and then for its own: twice that long.
So the orders are divided into lanes. Each batch takes the lane of the message that has waited longest, with all that waits in
that lane: every order is folded as often as before, and a message waits for the lanes before its own, and for its own alone.
Several workers take a lane each, and meet at no order.

The lane of a message is a guess about its order, from what it names and what earlier ones named with it, here or as the
database has it. A wrong guess costs one more fold of an order, and nothing else: the correlation decides, under its locks, what
belongs to which.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from apps.acts import log as acts_log
from apps.contracts.facts import StampedFact
from apps.eventlog import log
from apps.eventlog.types import StoredMessage
from apps.orders.mentions import bundle_of, key_of
from apps.orders.region import orders_that_are_named
from apps.pipeline import turns
from apps.translation.canonical import Translation, translate

LANES: Final = 4  # each costs a batch's fixed part once more a round, and shortens the wait by less than the one before it
FEWEST: Final = 500  # waiting messages that are worth dividing
WINDOW: Final = 10_000  # that are looked at, in a backlog: what an order's next messages are folded with
NAMES: Final = 100_000  # remembered, then forgotten all at once: those of the orders in flight are learned again in a round


class Held(NamedTuple):
    """A message that waits, read once, what it says, and its lane."""

    message: StoredMessage
    said: Translation
    lane: int


class Names(NamedTuple):
    """The keys of the identifiers that a message names; the order's own comes first where it names one (`is_order`)."""

    keys: Sequence[bytes] = ()
    is_order: bool = False


class Lanes:
    """One worker process's memory of what waits. `left` says how many due messages the last claim left for the next."""

    def __init__(self) -> None:
        self.left = 0
        self._held: dict[int, Held] = {}
        self._lanes: dict[bytes, int] = {}

    def claim(self, limit: int, *, now: datetime) -> list[StoredMessage] | None:
        """As `log.claim`, of a lane that nobody else works, or of all lanes: where few messages wait, or a person's act does,
        whose settings hold for what comes after it. None while others are at work on what there is."""
        self.left = 0
        waiting = log.that_fit(log.due(WINDOW, now=now))
        if not self._is_divided(waiting):
            return log.claim(limit, now=now) if turns.take_everything() else None
        lane = turns.take_first_free(dict.fromkeys(held.lane for held in self._held.values()))
        if lane is None:
            return None
        chosen = [held.message for held in self._held.values() if held.lane == lane]
        claimed = log.claim_these(chosen[:limit], now=now)
        self.left = len(waiting) - len(claimed)
        return claimed or None  # whoever had the lane before has worked it: what waits is to be looked at again

    def translated(self, message: StoredMessage) -> Translation:
        """What `message` says: translated once, whether it was looked at before or not."""
        held = self._held.get(message.position)
        return translate(message) if held is None else held.said

    def _is_divided(self, waiting: Sequence[log.Waiting]) -> bool:
        if len(waiting) < FEWEST:
            self._held = {}
            return False
        self._look_at(waiting)
        return bool(self._held) and not any(acts_log.is_act(held.message) for held in self._held.values())

    def _look_at(self, waiting: Sequence[log.Waiting]) -> None:
        new = [each for each in waiting if each.position not in self._held]
        received = [each.received_at for each in new]
        between = (min(received), max(received)) if received else None
        messages = log.read([each.position for each in new], received_between=between)
        read = [(message, said, _named(said)) for message, said in ((each, translate(each)) for each in messages)]
        self._learn(names for _, _, names in read)
        both = self._held | {message.position: Held(message, said, self._guess(names)) for message, said, names in read}
        self._held = {each.position: both[each.position] for each in waiting if each.position in both}

    def _learn(self, messages: Iterable[Names]) -> None:
        """Asks the database for what this process has not seen: another one may have worked what names it first."""
        unknown = {key for names in messages if not names.is_order for key in names.keys if key not in self._lanes}
        if unknown:
            self._lanes |= {key: _lane_of(order) for key, order in orders_that_are_named(unknown).items()}

    def _guess(self, names: Names) -> int:
        if not names.keys:
            return 0
        keys = names.keys
        known = None if names.is_order else next((lane for key in keys if (lane := self._lanes.get(key)) is not None), None)
        lane = _lane_of(keys[0]) if known is None else known
        if len(self._lanes) > NAMES:
            self._lanes.clear()
        self._lanes.update(dict.fromkeys(keys, lane))
        return lane


def _named(said: Translation) -> Names:
    bundle = bundle_of(said) if isinstance(said, StampedFact) else None
    if bundle is None:
        return Names()
    return Names([key_of(each.scheme, each.value) for each in bundle.mentions], bundle.order is not None)


def _lane_of(key: bytes) -> int:
    return key[0] % LANES
