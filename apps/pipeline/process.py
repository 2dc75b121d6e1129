"""The main loop, one batch at a time: claim, translate, correlate, fold, judge, write. Read this first.

A batch is one transaction: its messages leave the pending table together with the effect that they have.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import psycopg
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError, transaction

from apps.acts import log as acts_log
from apps.acts import store as acts_store
from apps.contracts.facts import StampedFact
from apps.core import collector, tracing
from apps.eventlog import log
from apps.eventlog.maintenance import rebuild_waits
from apps.eventlog.types import StoredMessage
from apps.exceptions import rules
from apps.exceptions.store import judge, keep_acts
from apps.exceptions.subjects.batch import Refusal as Refused
from apps.exceptions.subjects.batch import Told, take
from apps.exceptions.sweep import judge_again
from apps.orders.store import apply_facts
from apps.partners.discovery import discover
from apps.pipeline import batch_log, quarantine, turns
from apps.pipeline.lanes import Lanes
from apps.pipeline.measures import recorder
from apps.pipeline.naming import names_in
from apps.translation.canonical import Refusal

logger = structlog.get_logger(__name__)

BATCH_LIMIT: Final = 5_000  # an order is folded once a batch, however many of its messages are in it; nobody waits for more
SMALLEST_BATCH: Final = 20
PIECES: Final = 10  # that a failed batch is taken again in, and a failed piece of it, down to the message
ATTEMPT_LIMIT: Final = 5
TURN_SECONDS: Final = 3.0  # then whoever has the turn is not waited for: it may be cut off from the network (law 5)
TURN_LOOK_SECONDS: Final = 0.05

# The database away, or not as the code expects it (a migration is missing): no message's fault, none is set aside.
OURS: Final = (OperationalError, InterfaceError, ProgrammingError)

ChangeListener = Callable[[Sequence[str]], None]
_listeners: list[ChangeListener] = []
lanes: Final = Lanes()


def on_change(listener: ChangeListener) -> None:
    """Registers who is told, after each commit, the handles of the orders that changed."""
    _listeners.append(listener)


@dataclass(slots=True)
class Attempt:
    """One go at a batch: when, for whom, and what it had in hand, for when it fails."""

    now: datetime
    is_rebuild: bool
    messages: Sequence[StoredMessage] = ()
    batch: str = field(default_factory=batch_log.begin)


def process_batch(limit: int = BATCH_LIMIT, *, now: datetime, is_rebuild: bool = False) -> int:
    """Processes up to `limit` due messages; how many it took. 0 when nothing is due or a rebuild is under way.

    `is_rebuild` says that the caller is that rebuild: it holds the maintenance lock, and nobody is told of changes.
    A batch that fails is taken again in pieces, down to the message, so that one poisonous message stops no other.
    Raises OURS: the database is away, or not as the code expects it; the messages are still pending.
    """
    try:
        return _process(limit, Attempt(now, is_rebuild))
    except OURS as error:
        if _needs_fewer_locks(error) and limit > SMALLEST_BATCH:
            return process_batch(limit // 4, now=now, is_rebuild=is_rebuild)
        raise
    except Exception:  # whatever a message does to us, it must not stop the others
        logger.exception("batch_failed", limit=limit)
        return _in_pieces(limit, now, is_rebuild=is_rebuild)


def _process(limit: int, attempt: Attempt) -> int:
    with tracing.batch(is_rebuild=attempt.is_rebuild) as recorded, collector.paused(), transaction.atomic():
        attempt.messages = messages = log.claim(limit, now=attempt.now) if attempt.is_rebuild else _claim(limit, attempt)
        if not messages:
            return 0
        rules.keep()
        recorded.claimed(messages)
        told, acted_on = _take_acts(messages)
        with tracing.phase("translate"):
            translated = [(message, lanes.translated(message)) for message in told]
        facts = [fact for _, fact in translated if isinstance(fact, StampedFact)]
        refused = [(message, refusal) for message, refusal in translated if isinstance(refusal, Refusal)]
        quarantine.record(refused)
        replayed = quarantine.release([fact.stamp.position for fact in facts])
        discover(**names_in(facts))
        refolded = apply_facts(facts)
        changed = refolded.changed
        if not attempt.is_rebuild:  # which judges every order once, at its end
            changed = sorted(
                {*changed, *judge(refolded.orders, refolded.gone, now=attempt.now), *judge_again(acted_on, attempt.now)}
            )
        changed = [*changed, *_take_subjects(told, facts, refused, replayed, attempt)]
        log.settle([message.position for message in messages])
        recorded.written()
        if changed and not attempt.is_rebuild:
            transaction.on_commit(lambda: tell_changed(changed))
        if not attempt.is_rebuild:
            counted = partial(recorder.batch, told, facts, started_at=attempt.now, replayed=replayed)
            transaction.on_commit(counted, robust=True)
            logged = partial(batch_log.committed, messages, len(refused), changed, started_at=attempt.now)
            transaction.on_commit(logged, robust=True)
        return len(messages)


def _take_subjects(
    messages: Sequence[StoredMessage],
    facts: Sequence[StampedFact],
    refused: Sequence[tuple[StoredMessage, Refusal]],
    replayed: set[int],
    attempt: Attempt,
) -> set[str]:
    """What the batch says of what is no order: circuits, queues, transfers, messages themselves, and who was heard at all."""
    told = Told(messages, facts, [Refused(message, each.code, each.reason) for message, each in refused], replayed)
    return take(told, now=attempt.now, is_rebuild=attempt.is_rebuild)


def _take_acts(messages: Sequence[StoredMessage]) -> tuple[Sequence[StoredMessage], set[bytes]]:
    """Writes what people's acts among `messages` amount to, first: their settings hold for the facts. The other messages, and
    the keys of the orders on whose cases somebody acted.

    An act is settled when it is performed, so that one comes here in a rebuild, or when it was performed during one.
    """
    acts = acts_log.read(messages)
    if not acts:
        return messages, set()
    acts_store.write(acts)
    acts_log.tell(acts)
    quarantine.release([act.position for act in acts])
    return [message for message in messages if not acts_log.is_act(message)], keep_acts(acts)


def _in_pieces(limit: int, now: datetime, *, is_rebuild: bool) -> int:
    size = limit // PIECES
    if size < 1:
        return _one_by_one(limit, now, is_rebuild=is_rebuild)
    taken = 0
    while taken < limit:
        try:
            piece = _process(size, Attempt(now, is_rebuild))
        except OURS:
            raise
        except Exception:  # noqa: BLE001 - told when the batch failed; the message that did it is told on its own
            piece = _in_pieces(size, now, is_rebuild=is_rebuild)
        if piece == 0:
            break
        taken += piece
    return taken


def _one_by_one(limit: int, now: datetime, *, is_rebuild: bool) -> int:
    taken = 0
    for _ in range(limit):
        attempt = Attempt(now, is_rebuild)
        try:
            if _process(1, attempt) == 0:
                return taken
        except OURS:
            raise
        except Exception as error:  # the one message that is left is the one that fails
            logger.exception("message_failed", position=attempt.messages[0].position if attempt.messages else None)
            if not attempt.messages:
                raise
            _set_aside(attempt.messages[0], error, now)
        taken += 1
    return taken


def _set_aside(message: StoredMessage, error: Exception, now: datetime) -> None:
    """Postpones a message that we fail on, longer each time, and at last quarantines it: kept, shown, replayable."""
    reason = f"DistSync failed on this message ({type(error).__name__}); it is kept and can be replayed once that is mended."
    with transaction.atomic():
        attempts = log.attempts(message.position)
        if attempts + 1 >= ATTEMPT_LIMIT:
            quarantine.record([(message, Refusal("internal_error", reason))])
            take(Told([message], refused=[Refused(message, "internal_error", reason)]), now=now)
            log.settle([message.position])
            transaction.on_commit(partial(recorder.batch, [message], (), started_at=now), robust=True)
        else:
            log.postpone([message.position], now + timedelta(seconds=2 ** (attempts + 1)), reason)


def _claim(limit: int, attempt: Attempt) -> Sequence[StoredMessage]:
    """The messages of the batch, once it is its turn; none while a rebuild is under way.

    One batch at a time of what belongs together: a second one would find the same orders locked, and fold them once more for
    the half that it took. Who has the turn is not waited for endlessly, and where PIPELINE_HELP_FROM messages wait, and every
    lane has its worker, not at all.
    """
    until = time.monotonic() + TURN_SECONDS
    while rebuild_waits():
        claimed = _claim_in_turn(limit, attempt.now)
        if claimed is not None:
            return claimed
        if time.monotonic() > until or _is_enough_for_many(attempt.now):
            return log.claim(limit, now=attempt.now)
        time.sleep(TURN_LOOK_SECONDS)
    return ()


def _is_enough_for_many(now: datetime) -> bool:
    return log.due_count(settings.PIPELINE_HELP_FROM, now=now) >= settings.PIPELINE_HELP_FROM


def _claim_in_turn(limit: int, now: datetime) -> list[StoredMessage] | None:
    if limit == BATCH_LIMIT:
        return lanes.claim(limit, now=now)
    return log.claim(limit, now=now) if turns.take_everything() else None  # a piece of a batch that failed


def _needs_fewer_locks(error: Exception) -> bool:
    """A server with few lock slots (max_locks_per_transaction) cannot hold a large batch's advisory locks."""
    return isinstance(error.__cause__, psycopg.errors.OutOfMemory)


def tell_changed(handles: Sequence[str]) -> None:
    """Tells everybody who registered that these orders have changed; to be called after the commit."""
    for listener in _listeners:
        listener(handles)
