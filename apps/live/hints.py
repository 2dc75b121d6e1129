"""Hints that orders, or somebody's inbox, have changed: handles alone, never data. A hint may be lost; a page then asks
again by itself."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from apps.core.broker import broker
from apps.core.cache import Breaker

_PERSON: Final = "\0"  # no order's handle has this character: before a name it makes the handle of that person's inbox
HANDLES_PER_HINT: Final = 1_000  # more are told in further hints, so that no single message grows without bound

_breaker = Breaker()


def publish(handles: Sequence[str]) -> None:
    """Tells every web process which orders changed. Called after the commit; a broker that is away costs the hint only."""
    for start in range(0, len(handles), HANDLES_PER_HINT):
        hint = msgspec.json.encode(handles[start : start + HANDLES_PER_HINT])
        _breaker.call(partial(_publish, hint), otherwise=0)


def publish_people(usernames: Sequence[str]) -> None:
    """Tells every web process whose inbox changed, as `publish` does."""
    publish([of_person(name) for name in usernames])


def of_person(username: str) -> str:
    """The handle of a person's inbox."""
    return _PERSON + username


def is_persons(handle: str) -> bool:
    """Whether it is the handle of an inbox, not of an order."""
    return handle.startswith(_PERSON)


def channel() -> str:
    """Where hints are published. Channels, unlike keys, are shared by all databases of a server: the name tells ours."""
    return f"distsync:changed:{broker().get_connection_kwargs().get('db', 0)}"


def read(message: bytes) -> list[str] | None:
    """The handles of a hint; None for what is no hint."""
    try:
        return msgspec.json.decode(message, type=list[str])
    except msgspec.MsgspecError:
        return None


def _publish(hint: bytes) -> int:
    return int(broker().publish(channel(), hint))
