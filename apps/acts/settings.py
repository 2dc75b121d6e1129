"""Settings that people change while the system runs (calendars, commitments, rules): each change an act in the log.

A setting is a JSON value under a kind and a name; what the values mean is the business of the rooms that use them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec
from django.db import transaction

from apps.acts import log, store
from apps.acts.types import SETTING_PUT, SETTING_REMOVE, Act, StampedAct
from apps.core.sql import fetch

IN_FORCE: Final = "SELECT kind, name, value::text FROM acts_setting WHERE kind = ANY(%b::text[]) AND value IS NOT NULL"
STANDING: Final = """
    SELECT kind, name, value::text, position, at, who, reason FROM acts_setting WHERE kind = ANY(%b::text[])
"""
# Not the highest position: of two transactions the one with the lower position may commit last.
REVISION: Final = "SELECT coalesce(sum(position), 0)::bigint FROM acts_setting"
HISTORY: Final = """
    SELECT position, at, who, coalesce(detail ->> 'reason', ''), kind = 'setting.remove', (detail -> 'value')::text
    FROM acts_audit
    WHERE kind IN ('setting.put', 'setting.remove') AND (detail ->> 'setting') = %s AND (detail ->> 'name') = %s
    ORDER BY position DESC
"""

ChangeListener = Callable[[frozenset[str]], None]
_listeners: list[ChangeListener] = []


@dataclass(frozen=True, slots=True)
class Change:
    """One act about a setting. `value` is None where it was removed."""

    position: int
    at: datetime
    who: str
    reason: str
    is_removal: bool
    value: Any


@dataclass(frozen=True, slots=True)
class Standing:
    """A setting as the last act about it left it. `is_there`: it is in force; `value` is None where it was removed."""

    value: Any
    is_there: bool
    position: int
    at: datetime
    who: str
    reason: str


def put(  # noqa: PLR0913 - which setting, its value, and what every act says
    kind: str, name: str, value: Any, *, who: str, reason: str, now: datetime
) -> StampedAct:
    """Sets a setting to a JSON value. Raises Unreadable as `log.perform` does."""
    (stamped,) = put_all({(kind, name): value}, who=who, reason=reason, now=now)
    return stamped


def put_all(values: Mapping[tuple[str, str], Any], *, who: str, reason: str, now: datetime) -> list[StampedAct]:
    """Sets several settings, (kind, name) to JSON value, all or none."""
    return _change(
        [
            Act(kind=SETTING_PUT, who=who, reason=reason, setting=kind, name=name, value=value)
            for (kind, name), value in values.items()
        ],
        now,
    )


def remove(kind: str, name: str, *, who: str, reason: str, now: datetime) -> StampedAct:
    """Removes a setting; one that is not there stays so, and the act is kept."""
    (stamped,) = _change([Act(kind=SETTING_REMOVE, who=who, reason=reason, setting=kind, name=name)], now)
    return stamped


def settings_of(kinds: Collection[str]) -> dict[tuple[str, str], Any]:
    """The settings of these kinds that are in force: (kind, name) to JSON value."""
    return {(kind, name): msgspec.json.decode(value) for kind, name, value in fetch(IN_FORCE, (list(kinds),))}


def standing(kinds: Collection[str]) -> dict[tuple[str, str], Standing]:
    """The settings of these kinds by (kind, name), those that were removed too, each with its last act."""
    return {
        (kind, name): Standing(None if value is None else msgspec.json.decode(value), value is not None, *last)
        for kind, name, value, *last in fetch(STANDING, (list(kinds),))
    }


def revision() -> int:
    """A number that grows with every change of any setting: whoever has read settings at this number has them still. It is
    no place in the log."""
    ((number,),) = fetch(REVISION)
    return int(number)


def history(kind: str, name: str) -> list[Change]:
    """What was done to a setting, the newest first."""
    return [
        Change(position, at, who, reason, is_removal, None if value is None else msgspec.json.decode(value))
        for position, at, who, reason, is_removal, value in fetch(HISTORY, (kind, name))
    ]


def on_change(listener: ChangeListener) -> None:
    """Has `listener` told, after each commit, of which kinds settings have changed in this process. Registering it twice
    calls it once. Other processes ask for `revision`."""
    if listener not in _listeners:
        _listeners.append(listener)


@transaction.atomic
def _change(acts: Sequence[Act], now: datetime) -> list[StampedAct]:
    stamped = log.perform(acts, now=now)
    store.write(stamped)
    if stamped:
        transaction.on_commit(partial(_tell, frozenset(act.setting for act in acts)))
    return stamped


def _tell(kinds: frozenset[str]) -> None:
    for listener in _listeners:
        listener(kinds)
