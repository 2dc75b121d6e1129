"""Loads files into the log: each event once, in batches that are durable when they are counted.

Event ids come with the events or are derived from their content, so the same file again is all duplicates, and a run
that was killed is finished by running it again. docs/ingest.md is written for those who do it.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings

from apps.eventlog import log
from apps.eventlog.types import NewMessage, StoredMessage
from apps.intake.arrivals import Arrivals, tell
from apps.intake.doorbell import ring
from apps.intake.envelope import Arrival, Rejection, read_structured
from apps.partners.discovery import hear
from apps.pipeline.ingest_files import Item, items
from apps.pipeline.ingest_kept import KeptAside
from apps.pipeline.measures import recorder
from apps.translation.canonical import Refusal, translate
from apps.translation.mapping import MappedEvent, Mapper, Skipped, plan
from apps.translation.mapping_lines import InputFile, Refused, shown
from apps.translation.mapping_rules import MappingRules

BATCH_EVENTS = 1_000
BATCH_BYTES = 16 * 1024 * 1024
DOOR = "file"
_WAIT_SECONDS = 1.0
_ROOM_IS_ASKED_EVERY = 10  # batches

Outcome = Item | MappedEvent | Skipped | Refused


@dataclass(frozen=True, slots=True)
class Order:
    """What to load and how. `source` is the name of the source that the files come from, if one was given."""

    paths: Sequence[Path]
    mapping: MappingRules | None = None
    source: str = ""
    is_history: bool = False
    is_dry_run: bool = False
    keep_in: Path | None = None


@dataclass(slots=True)
class Summary:
    """What became of a run. read = accepted + duplicates + conflicts + rejected; skipped is apart."""

    kept: KeptAside
    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    types: Counter[str] = field(default_factory=Counter)
    unusable: Counter[str] = field(default_factory=Counter)  # a dry run's: what would be quarantined, by reason
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: bytes read of all bytes, and what it waits for, if it waits."""

    done_bytes: int
    read: int
    waits_for: str = ""


class Ingest:
    """One run over files. `tell` hears of progress after each batch."""

    def __init__(self, order: Order, tell: Callable[[Progress], None], now: Callable[[], datetime]) -> None:
        self._order = order
        self._tell = tell
        self._now = now
        started_at = now()
        self.summary = Summary(KeptAside(order.keep_in, started_at))
        self._arrival = Arrival(started_at, order.source, DOOR, order.is_history)
        self._done_bytes: Callable[[], int] = lambda: 0
        self._batch: list[NewMessage] = []
        self._batch_bytes = 0
        self._batches = 0

    def run(self) -> Summary:
        """Loads everything. Raises MappingError before anything is loaded where the files do not fit their mapping."""
        started = time.monotonic()
        planned = self._plan()
        with closing(self.summary.kept):
            for outcome in self._outcomes(planned):
                self._take(outcome)
            self._flush()
        if not self._order.is_dry_run:
            recorder.write(now=self._now())
        self.summary.seconds = time.monotonic() - started
        return self.summary

    def _plan(self) -> dict[str, list[Path]] | None:
        mapping = self._order.mapping
        return None if mapping is None else plan(mapping, self._order.paths)

    def _outcomes(self, planned: dict[str, list[Path]] | None) -> Iterator[Outcome]:
        if planned is not None and self._order.mapping is not None:
            mapper = Mapper(self._order.mapping)
            self._done_bytes = mapper.consumed
            yield from mapper.outcomes(planned)
            return
        done = 0
        for path in self._order.paths:
            with InputFile(path) as source:
                self._done_bytes = lambda before=done, source=source: before + source.consumed()  # type: ignore[misc]
                yield from items(source)
                done += source.size

    def _take(self, outcome: Outcome) -> None:
        if isinstance(outcome, Skipped):
            self.summary.kept.add(outcome)
            return
        self.summary.read += 1
        if isinstance(outcome, Refused):
            self.summary.kept.add(outcome)
            return
        message = self._message(outcome)
        if isinstance(message, Refused):
            self.summary.kept.add(message)
            return
        self.summary.types[message.type] += 1
        self._batch.append(message)
        self._batch_bytes += len(message.body)
        if len(self._batch) >= BATCH_EVENTS or self._batch_bytes >= BATCH_BYTES:
            self._flush()

    def _message(self, item: Item | MappedEvent) -> NewMessage | Refused:
        message = read_structured(item.body, self._arrival)
        if isinstance(message, Rejection):
            return Refused(item.file, item.line, message.reason, shown(item.body))
        reason = log.unstorable(message)
        return message if reason is None else Refused(item.file, item.line, reason, shown(item.body))

    def _flush(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        if self._order.is_dry_run:
            self._rehearse(batch)
        elif batch:
            if self._batches % _ROOM_IS_ASKED_EVERY == 0:
                self._wait_for_room()
            self._batches += 1
            now = self._now()
            appended = log.append(batch, now=now)
            hear({message.source for message in batch}, partner=None if self._order.is_history else "", now=now)
            tell(Arrivals(self._order.source, batch, appended))
            recorder.write_when_due(now=now)
            self.summary.accepted += appended.accepted
            self.summary.duplicates += appended.duplicates
            self.summary.conflicts += appended.conflicts
            if appended.accepted:
                ring()
        self._tell(Progress(self._done_bytes(), self.summary.read))

    def _rehearse(self, batch: list[NewMessage]) -> None:
        """What the pipeline would say of the batch, without a trace in the log."""
        now = self._now()
        for message in batch:
            translated = translate(_as_stored(message, now))
            if isinstance(translated, Refusal):
                self.summary.unusable[translated.reason] += 1

    def _wait_for_room(self) -> None:
        """A big file must not push the live sources out: it waits while the workers' backlog is at its bound."""
        while log.pending_count(at_most=settings.INTAKE_PENDING_LIMIT) >= settings.INTAKE_PENDING_LIMIT:
            waits_for = f"the workers: {settings.INTAKE_PENDING_LIMIT:,} messages are pending"
            self._tell(Progress(self._done_bytes(), self.summary.read, waits_for))
            ring()
            time.sleep(_WAIT_SECONDS)


def _as_stored(message: NewMessage, now: datetime) -> StoredMessage:
    return StoredMessage(
        position=0,
        received_at=now,
        heard_at=message.heard_at or now,
        source=message.source,
        id=message.id,
        type=message.type,
        time=message.time,
        is_history=message.is_history,
        subject=message.subject,
        content_type=message.content_type,
        attributes=message.attributes,
        body=message.body,
        digest=message.digest,
        credential=message.credential,
        door=message.door,
    )
