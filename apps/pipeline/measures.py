"""How the pipeline does, counted where it happens and written every few seconds by a thread beside the work.

A request or a batch only adds to sums in memory (microseconds, no statement). What a killed process has not written,
three seconds of counts at most, is lost: these are measures, not the log. docs/architecture.md says what was refused.
"""

import atexit
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final

import structlog
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from apps.contracts.facts import StampedFact
from apps.eventlog.shares import shares
from apps.eventlog.types import StoredMessage
from apps.intake.arrivals import Arrivals
from apps.pipeline import rollup
from apps.pipeline.tallies import MINUTE, Tallies, minute_of

logger = structlog.get_logger(__name__)

FLUSH_SECONDS: Final = 3.0
COMMAND: Final = "command"  # works batches without being a worker, such as a test or a shell


_place = attrgetter("source", "received_at")


def _by_source_and_time(messages: Iterable[StoredMessage]) -> Counter[tuple[str, datetime]]:
    """Messages of one request share their time, so that a batch has few of these; counted without a loop in Python."""
    return Counter(map(_place, messages))


class Recorder:
    """A process's sums, and the thread that writes them. `worker` names a process that works batches, else it is empty."""

    def __init__(self) -> None:
        self._reset()
        os.register_at_fork(after_in_child=self._reset)  # a fork inherits no thread, and the parent writes its own sums

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._tallies = Tallies()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._started_at = timezone.now()
        self._worked_at: datetime | None = None
        self._rolled_up_at: datetime | None = None
        self._oldest_written: datetime | None = None
        self._due_at = 0.0
        self.worker = ""

    def arrivals(self, arrivals: Arrivals) -> None:
        """Counts what a door took, source by source."""
        minute = minute_of(timezone.now())
        told = shares(arrivals.messages, arrivals.appended) if arrivals.messages else ()
        with self._lock:
            for share in told:
                tally = self._tallies.source(minute, share.source)
                tally.accepted += share.accepted
                tally.duplicates += share.duplicates
                tally.conflicts += share.conflicts
            if arrivals.rejected:
                self._tallies.source(minute, "", arrivals.credential).rejected += arrivals.rejected

    def batch(
        self,
        messages: Sequence[StoredMessage],
        facts: Sequence[StampedFact],
        *,
        started_at: datetime,
        replayed: Collection[int] = (),
    ) -> None:
        """Counts a batch that has just been committed: what is no fact of it was quarantined.

        Freshness is of what had its effect for the first time: what somebody replays (`replayed` holds the places in the
        log) was received long ago.
        """
        now = timezone.now()
        minute = minute_of(now)
        busy_seconds = max(0.0, (now - started_at).total_seconds())
        came = _by_source_and_time(messages)
        if len(facts) == len(messages) and not replayed:
            fresh, refused = came, Counter[str]()
        else:
            usable = {fact.stamp.position for fact in facts}
            refused = Counter(message.source for message in messages if message.position not in usable)
            usable.difference_update(replayed)
            fresh = _by_source_and_time([message for message in messages if message.position in usable])
        with self._lock:
            worker = self._tallies.worker(minute, self.worker or COMMAND)
            worker.batches += 1
            worker.worked += len(messages)
            worker.quarantined += refused.total()
            worker.busy_seconds += busy_seconds
            worker.batch_seconds.add(busy_seconds)
            for (source, _), count in came.items():
                self._tallies.source(minute, source).worked += count
            for source, count in refused.items():
                self._tallies.source(minute, source).quarantined += count
            for (source, received_at), count in fresh.items():
                seconds = (now - received_at).total_seconds()
                worker.freshness.add(seconds, count)
                self._tallies.source(minute, source).freshness.add(seconds, count)
            self._worked_at = now

    def write(self, *, now: datetime) -> bool:
        """Writes what was counted; where that fails it is kept for the next time. False when it failed."""
        with self._lock:
            taken, self._tallies = self._tallies, Tallies()
        if not taken:
            return True
        try:
            rollup.write(taken)
        except (DatabaseError, InterfaceError) as error:
            self._take_back(taken, error)
            return False
        oldest = min(taken.minutes())
        self._oldest_written = min(oldest, self._oldest_written or oldest)
        return True

    def write_when_due(self, *, now: datetime) -> None:
        """For a command, which has no thread that writes: now and then, between two pieces of its work."""
        if time.monotonic() >= self._due_at:
            self._due_at = time.monotonic() + FLUSH_SECONDS
            self.write(now=now)

    def _take_back(self, taken: Tallies, error: Exception) -> None:
        with self._lock:
            taken.merge(self._tallies)
            self._tallies = taken
            lost = taken.forget_oldest()
        logger.warning("measures_wait", error=str(error), minutes_lost=lost)

    def turn(self, *, now: datetime) -> None:
        """One turn of the thread: write, show that this worker is alive, look at the backlog, roll up once a minute."""
        if not self.write(now=now):
            return
        if self.worker:
            rollup.beat(self.worker, started_at=self._started_at, now=now, worked_at=self._worked_at)
        rollup.sample(now=now)
        if self._rolled_up_at is None or now - self._rolled_up_at >= MINUTE:
            since = min(self._oldest_written or now, now - MINUTE)
            if rollup.roll_up(now=now, since=since):
                self._oldest_written = None
                self._rolled_up_at = now

    def start(self, worker: str = "") -> None:
        """Begins to write every few seconds, in a thread of its own on a connection that it opens for each turn."""
        with self._lock:
            self.worker = worker
            if self._thread is not None:
                return
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="measures", daemon=True)
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Writes what is left, and says that this worker ended in order."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping.set()
        thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_SECONDS):
            self._safely(self.turn)
        self._safely(self._last_turn)

    def _last_turn(self, *, now: datetime) -> None:
        if self.write(now=now) and self.worker:
            rollup.stop(self.worker, now=now)

    def _safely(self, act: Callable[..., None]) -> None:
        try:
            act(now=timezone.now())
        except (DatabaseError, InterfaceError) as error:
            logger.info("measures_turn_failed", error=str(error))
        except Exception:  # whoever counts must outlive what it counts
            logger.exception("measures_turn_failed")
        finally:
            connection.close()


recorder: Final = Recorder()
