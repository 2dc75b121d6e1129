"""People's acts as messages of the log (law 7): how they get in, which messages they are, and who hears of them.

Whoever performs an act writes its effect in the same transaction, so an act is settled as soon as it is appended. Through
the pipeline comes what a rebuild takes from the log again, and what was done while one ran: that stays pending, since its
effect may stand in tables that the rebuild replaces.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection
from django.db.transaction import TransactionManagementError

from apps.acts.types import Act, StampedAct
from apps.core.errors import Unreadable
from apps.core.text import flaw, printable
from apps.eventlog import log
from apps.eventlog.content import decode, structured_digest
from apps.eventlog.maintenance import rebuild_waits
from apps.eventlog.types import NewMessage, StoredMessage

SOURCE: Final = "distsync:people"
DOOR: Final = "console"  # only our own code sets the door: no message from outside has this one
TYPE_PREFIX: Final = "distsync.act."

ActHandler = Callable[[Sequence[StampedAct]], None]
_handlers: list[ActHandler] = []


class _Event(msgspec.Struct):
    """What is read of an act's CloudEvent; the rest stands beside its body."""

    data: Act


_decode_event: Final = msgspec.json.Decoder(_Event).decode


def perform(acts: Sequence[Act], *, now: datetime) -> list[StampedAct]:
    """Puts `acts` into the log in the caller's transaction, settled (see above); the caller writes their effect in it.

    They come back as the log has them, in the order given. Takes no lock that others wait for: an act's key is new. Raises
    TransactionManagementError outside a transaction, and Unreadable, before writing anything, for an act over its
    bounds (`types.Act`), or with text that PostgreSQL cannot keep.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("perform() belongs into the transaction that writes the acts' effect.")
    if not acts:
        return []
    messages = [_message(act, now) for act in acts]
    kept = [_decode_event(message.body).data for message in messages]
    appended = log.append(messages, now=now)
    if rebuild_waits():
        log.settle(appended.positions)
    return [
        StampedAct(act, position, now, message.id)
        for act, position, message in zip(kept, appended.positions, messages, strict=True)
    ]


def is_act(message: StoredMessage) -> bool:
    """True for what `perform` appended, whatever a message from outside says of itself."""
    return message.door == DOOR and message.source == SOURCE and message.type.startswith(TYPE_PREFIX)


def kind_of(source: str, wire_type: str) -> str | None:
    """The kind of act that a message of `source` and `wire_type` claims to be; None for what claims to be none."""
    if source != SOURCE or not wire_type.startswith(TYPE_PREFIX):
        return None
    return wire_type.removeprefix(TYPE_PREFIX).removesuffix(".v1")


def read(messages: Sequence[StoredMessage]) -> list[StampedAct]:
    """The acts among `messages`, in their order."""
    return [
        StampedAct(_decode_event(message.body).data, message.position, message.received_at, message.id)
        for message in messages
        if is_act(message)
    ]


def on_act(handler: ActHandler) -> None:
    """Has `handler` write what acts from the log mean to its room, in the batch's transaction, before the batch's facts are
    applied. Registering it twice calls it once. It has to stand acts whose effect is written already, in any order."""
    if handler not in _handlers:
        _handlers.append(handler)


def tell(acts: Sequence[StampedAct]) -> None:
    """Has everybody who registered write what `acts` mean to them."""
    for handler in _handlers:
        handler(acts)


def _message(act: Act, now: datetime) -> NewMessage:
    identifier, wire_type = str(uuid.uuid4()), f"{TYPE_PREFIX}{act.kind}.v1"
    event = {
        "specversion": "1.0",
        "id": identifier,
        "source": SOURCE,
        "type": wire_type,
        "time": now,
        "datacontenttype": "application/json",
        "data": act,
    }
    try:
        body = msgspec.json.encode(event)
        _decode_event(body)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise Unreadable(f"This act cannot be kept: {printable(str(error))}.") from error
    content = decode(body)
    if (why := _flaw(content["data"])) is not None:
        raise Unreadable(f"This act cannot be kept: a text of it {why}.")
    return NewMessage(
        source=SOURCE,
        id=identifier,
        type=wire_type,
        digest=structured_digest(content),
        body=body,
        content_type="application/cloudevents+json",
        time=now,
        door=DOOR,
    )


def _flaw(value: Any) -> str | None:
    """Why PostgreSQL cannot keep a JSON value, or None."""
    if isinstance(value, str):
        return flaw(value)
    if isinstance(value, dict):
        return next(filter(None, (_flaw(each) for pair in value.items() for each in pair)), None)
    return next(filter(None, map(_flaw, value)), None) if isinstance(value, list) else None
