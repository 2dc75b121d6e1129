"""That somebody had quarantined messages taken up again, as acts in the log: so that the log alone tells what was refused once,
and with which replay it was used."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from apps.acts import log as acts_log
from apps.acts import store as acts_store
from apps.acts.types import Act, StampedAct
from apps.exceptions.subjects import store
from apps.exceptions.subjects.conditions import Refused
from apps.exceptions.subjects.names import EVENT, Named

KIND: Final = "message.replay"
MESSAGES_LIMIT: Final = 200  # that one act tells of


class Replayed(msgspec.Struct, frozen=True):
    """A message that is taken up again, and why it could not be used until then."""

    source: str
    id: str
    type: str
    code: str
    reason: str
    heard_at: datetime


def perform(messages: Sequence[Replayed], *, who: str, now: datetime) -> None:
    """Puts into the log that these are taken up again, and keeps it. In the transaction that makes them pending."""
    stamped = acts_log.perform([*_acts(messages, who)], now=now)
    acts_store.write(stamped)
    keep(stamped)


def keep(acts: Iterable[StampedAct]) -> None:
    """Keeps what acts from the log say of replays; others are passed over. It stands acts that are kept already."""
    facts = []
    for stamped in acts:
        if stamped.act.kind == KIND:
            for told in msgspec.convert(stamped.act.value, list[Replayed]):
                refused = Refused(told.code, told.reason, told.type, told.heard_at, stamped.at)
                named = Named(EVENT, told.id, told.source)
                packed = store.pack_refused(refused)
                facts.append(store.NewFact(named, stamped.position, store.REPLAYED, told.heard_at, packed))
    store.add_subjects(fact.named for fact in facts)
    store.add_facts(facts)


def _acts(messages: Sequence[Replayed], who: str) -> Iterator[Act]:
    for start in range(0, len(messages), MESSAGES_LIMIT):
        part = messages[start : start + MESSAGES_LIMIT]
        subject = f"message {part[0].id}" if len(part) == 1 else f"{len(part)} messages"
        yield Act(kind=KIND, who=who, subject=subject[:500], value=msgspec.to_builtins(part))
