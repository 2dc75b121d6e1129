"""Writes what acts amount to: a row of the audit log each, and the settings in force. The order in which they come, and
how often, makes no difference: their positions decide."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from apps.acts.types import SETTING_PUT, SETTING_REMOVE, Act, StampedAct
from apps.acts.words import sentence
from apps.core.sql import run

AUDIT: Final = """
    INSERT INTO acts_audit (position, at, who, kind, "order", subject, case_id, summary, detail)
    SELECT position, at, who, kind, handle, subject, case_id, summary, detail::jsonb
    FROM unnest(%b::bigint[], %b::timestamptz[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
        %b::text[]) AS act (position, at, who, kind, handle, subject, case_id, summary, detail)
    ON CONFLICT (position) DO NOTHING
"""
SETTING: Final = """
    INSERT INTO acts_setting AS standing (kind, name, value, position, at, who, reason)
    SELECT kind, name, value::jsonb, position, at, who, reason
    FROM unnest(%b::text[], %b::text[], %b::text[], %b::bigint[], %b::timestamptz[], %b::text[], %b::text[])
        AS act (kind, name, value, position, at, who, reason)
    ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value, position = excluded.position, at = excluded.at,
        who = excluded.who, reason = excluded.reason
    WHERE standing.position < excluded.position
"""
_OF_COLUMNS: Final = ("kind", "who", "order", "subject", "case")


def write(acts: Sequence[StampedAct]) -> None:
    """Writes the audit rows of `acts`, and what they do to settings."""
    if not acts:
        return
    run(AUDIT, _columns([(act.position, act.at, *_audit(act.act)) for act in acts]))
    # Of several about one setting the last; sorted, so that two who write the same ones do not wait in a circle.
    last = {(act.act.setting, act.act.name): act for act in sorted(acts, key=_place) if _is_about_setting(act)}
    if last:
        run(SETTING, _columns([_setting(last[key]) for key in sorted(last)]))


def _place(act: StampedAct) -> int:
    return act.position


def _is_about_setting(act: StampedAct) -> bool:
    return act.act.kind in (SETTING_PUT, SETTING_REMOVE)


def _audit(act: Act) -> tuple[str, ...]:
    more = {name: value for name, value in msgspec.to_builtins(act).items() if name not in _OF_COLUMNS}
    return (act.who, act.kind, act.order, act.subject, act.case, sentence(act), msgspec.json.encode(more).decode())


def _setting(stamped: StampedAct) -> tuple[Any, ...]:
    act = stamped.act
    value = msgspec.json.encode(act.value).decode() if act.kind == SETTING_PUT else None
    return (act.setting, act.name, value, stamped.position, stamped.at, act.who, act.reason)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
