"""What a batch of messages says of subjects that are no order: kept, and judged at once where nobody else is at them.

A batch holds its orders' locks already, so it waits for no other lock: whom it does not get is asked for, and the sweep judges
it a second later. It comes last in the batch.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apps.contracts.facts import MessageDeadLettered, MessageEvent, MessageFailed, StampedFact, TransferEvent
from apps.core import tracing
from apps.eventlog.types import StoredMessage
from apps.exceptions.rules import in_force
from apps.exceptions.subjects import hearings, numbers, store
from apps.exceptions.subjects.conditions import Refused
from apps.exceptions.subjects.judging import judge_subjects
from apps.exceptions.subjects.names import EVENT, FAILURES, TRANSFER, Named, key_of
from apps.exceptions.subjects.sequences import number_of
from apps.exceptions.subjects.signals import Signal, signal_of
from apps.exceptions.subjects.thresholds import Thresholds
from apps.orders.mentions import bundle_of
from apps.translation.canonical import sequence_of

LOCKS_LIMIT: Final = 1_000  # a batch of broken messages alone would need more locks than a server has


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that could not be used, and why."""

    message: StoredMessage
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """A batch: every message of it, the facts that they are, those that could not be used, and the places of those that could,
    and could not before."""

    messages: Sequence[StoredMessage]
    facts: Sequence[StampedFact] = ()
    refused: Sequence[Refusal] = ()
    released: Collection[int] = ()


def take(told: Told, *, now: datetime, is_rebuild: bool = False) -> set[str]:
    """Keeps what the batch says, and judges whom it is about; {""} where cases changed, as of an order without a handle.
    `is_rebuild`: everything is judged at its end."""
    with tracing.phase("subjects"):
        hearings.hear(hearings.merged((message.source, message.heard_at) for message in told.messages))
        numbers.keep(_numbers(told), is_rebuild=is_rebuild)
        thresholds = in_force().thresholds
        signals = [signal for stamped in told.facts if (signal := _signal(stamped, thresholds)) is not None]
        facts = [*_facts(told)]
        released = [
            Named(EVENT, stamped.stamp.id, stamped.stamp.source)
            for stamped in told.facts
            if stamped.stamp.position in told.released
        ]
        return _keep(signals, facts, released, now=now, is_rebuild=is_rebuild)


def _keep(
    signals: Sequence[Signal], facts: Sequence[store.NewFact], released: Sequence[Named], *, now: datetime, is_rebuild: bool
) -> set[str]:
    about = [*(signal.named for signal in signals), *(fact.named for fact in facts if fact.named.kind != FAILURES), *released]
    keys = {key_of(named) for named in about}
    locked = store.try_locks(sorted(keys)[:LOCKS_LIMIT]) if not is_rebuild else set()
    store.add_subjects([named for named in about if named not in set(released)])
    store.add_facts(facts)
    store.forget_refusals(released)
    store.add_signals(signals)
    if is_rebuild or not keys:
        return set()
    signalled = {key_of(signal.named) for signal in signals}
    turned = store.turns([signal for signal in signals if key_of(signal.named) in locked])
    store.ask(keys - locked)
    return judge_subjects((locked - signalled) | turned, now=now)


def _numbers(told: Told) -> Iterator[numbers.Numbered]:
    """The numbers that sources gave the messages, also those that could not be used: they have come."""
    for stamped in told.facts:
        if (number := number_of(stamped.stamp.sequence)) is not None:
            yield stamped.stamp.source, number, stamped.stamp.heard_at
    for each in told.refused:
        if (number := number_of(sequence_of(each.message))) is not None:
            yield each.message.source, number, each.message.heard_at


def _signal(stamped: StampedFact, thresholds: Thresholds) -> Signal | None:
    """A word about a subject; what the middleware says of a message of an order is that order's."""
    if isinstance(stamped.fact, MessageEvent) and bundle_of(stamped) is not None:
        return None
    return signal_of(stamped, thresholds)


def _facts(told: Told) -> Iterator[store.NewFact]:
    for stamped in told.facts:
        fact = stamped.fact
        if isinstance(fact, TransferEvent):
            yield store.of_fact(Named(TRANSFER, fact.transfer), stamped)
        elif isinstance(fact, MessageFailed | MessageDeadLettered) and fact.partner:
            failures = Named(FAILURES, fact.partner)
            yield store.NewFact(failures, stamped.stamp.position, stamped.name, stamped.stamp.heard_at)
    for each in told.refused:
        message = each.message
        packed = store.pack_refused(Refused(each.code, each.reason, message.type, message.heard_at))
        yield store.NewFact(Named(EVENT, message.id, message.source), message.position, store.REFUSED, message.heard_at, packed)
