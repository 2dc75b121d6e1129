"""The load: threads that tell many orders at once, in a shuffled order, at a bounded rate; and a probe that times them."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from soak.client import Client, Door
from soak.ledger import Ledger
from soak.stories import ALLOCATIONS, OMS, Event, story

SENDERS = 4
LARGEST_BATCH = 20
GIVES_UP = 0.3  # of the events that no other depends on, after an answer that was no 2xx
SENDS_AGAIN = 0.02  # of what was acknowledged: a sender that missed the answer
PROBE_PAUSE_SECONDS = 0.1
VISIBLE_POLL_SECONDS = 0.02
FINISH_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Shape:
    """How much load: events a second in all, and over how many orders at once."""

    rate: float = 120.0
    orders_at_once: int = 30
    allocations: int = ALLOCATIONS


class Feed:
    """Events of `orders_at_once` stories in a random order; an order that is told makes room for the next."""

    def __init__(self, prefix: str, dice: random.Random, shape: Shape) -> None:
        self._prefix, self._dice, self._shape = prefix, dice, shape
        self._lock = threading.Lock()
        self._open: list[list[Event]] = []
        self._is_ending = False
        self.orders: list[str] = []

    def take(self) -> list[Event]:
        """The next request's events; empty when all is told."""
        with self._lock:
            dice = self._dice
            wanted = 1 if dice.random() < 0.4 else dice.randint(2, LARGEST_BATCH)
            return [event for _ in range(wanted) if (event := self._next()) is not None]

    def end(self) -> None:
        """Opens no further order; those that were begun are told to their end."""
        with self._lock:
            self._is_ending = True

    def draw(self) -> float:
        with self._lock:
            return self._dice.random()

    def _next(self) -> Event | None:
        while not self._is_ending and len(self._open) < self._shape.orders_at_once:
            order = f"{self._prefix}{len(self.orders)}"
            self.orders.append(order)
            events = story(order, self._dice, self._shape.allocations)
            self._dice.shuffle(events)
            self._open.append(events)
        if not self._open:
            return None
        chosen = self._dice.randrange(len(self._open))
        event = self._open[chosen].pop()
        if not self._open[chosen]:
            del self._open[chosen]
        return event


@dataclass(frozen=True, slots=True)
class Probe:
    """One order that was told to see how long it takes: when its event was first sent, acknowledged, and seen."""

    sent_at: float
    acknowledged_at: float
    visible_at: float

    @property
    def wait_seconds(self) -> float:
        return self.visible_at - self.acknowledged_at


class Load:
    """Runs from `start` to `finish`. `prefix` begins every order and event id of it."""

    def __init__(self, door: Door, prefix: str, seed: int, shape: Shape) -> None:
        self.ledger = Ledger()
        self.prefix = prefix
        self.feed = Feed(prefix, random.Random(seed), shape)
        self.probes: list[Probe] = []
        self._door = door
        self._interval = 1 / shape.rate
        self._pace = threading.Lock()
        self._next_at = 0.0
        self._ending = threading.Event()
        self._deadline = float("inf")
        targets = [self._send] * SENDERS + [self._probe]
        self._threads = [threading.Thread(target=target, daemon=True, name=f"soak-{target.__name__}") for target in targets]

    def start(self) -> None:
        self._next_at = time.monotonic()
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Tells the begun orders to their end. Notes a violation when the system does not take them in time."""
        self.feed.end()
        self._deadline = time.monotonic() + FINISH_SECONDS
        self._ending.set()
        for thread in self._threads:
            thread.join()

    @contextmanager
    def running(self) -> Iterator[None]:
        self.start()
        try:
            yield
        finally:
            self.finish()

    def _send(self) -> None:
        client = Client(self._door, self.ledger)
        while events := self.feed.take():
            self._wait_for_turn(len(events))
            while events and (wait := client.post(events)):
                events = [event for event in events if event.is_structural or self.feed.draw() > GIVES_UP]
                if time.monotonic() + wait > self._deadline:
                    self.ledger.note_violation(f"events were not taken {FINISH_SECONDS} s after the load's end")
                    return
                time.sleep(wait)
            if events and self.feed.draw() < SENDS_AGAIN:
                client.post(events)
        client.close()

    def _wait_for_turn(self, count: int) -> None:
        """Spaces the requests so that all senders together keep to the rate; what was missed is not made up for."""
        with self._pace:
            now = time.monotonic()
            self._next_at = max(self._next_at, now - 1.0) + count * self._interval
            wait = self._next_at - now
        if wait > 0:
            time.sleep(wait)

    def _probe(self) -> None:
        client = Client(self._door, self.ledger)
        number = 0
        while not self._ending.is_set():
            number += 1
            probe = self._one_probe(client, f"{self.prefix}probe-{number}")
            if probe is None:
                return
            self.probes.append(probe)
            time.sleep(PROBE_PAUSE_SECONDS)
        client.close()

    def _one_probe(self, client: Client, order: str) -> Probe | None:
        event = Event(order, "order.placed", OMS, f"{order}:0", 0, {"order": order, "lines": []}, is_structural=True)
        sent_at = time.monotonic()
        while wait := client.post([event]):
            if time.monotonic() > self._deadline:
                return None
            time.sleep(min(wait, 0.1))  # it asks more often than a sender should: it measures
        acknowledged_at = time.monotonic()
        while (answer := client.order(order)) is None or answer[0] != 200:
            if time.monotonic() > self._deadline:
                self.ledger.note_violation(f"{event.id} was acknowledged and never shown")
                return None
            time.sleep(VISIBLE_POLL_SECONDS)
        return Probe(sent_at, acknowledged_at, time.monotonic())
