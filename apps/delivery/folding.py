"""Many events that say the same of one case each become one that says it of all of them: whoever assigns 10,000 cases tells
their new owner once. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from apps.delivery.kinds import ASSIGNED, ESCALATED, MENTIONED
from apps.delivery.sources import Event
from apps.exceptions.catalogue import TEAMS

FOLDED_FROM: Final = 10
_FOLDED: Final = frozenset({ASSIGNED, ESCALATED, MENTIONED})
_Key = tuple[object, ...]


def fold(events: Sequence[Event]) -> list[Event]:
    """The events, each group of FOLDED_FROM or more that were done by one to one, with the same words, as one at its place."""
    groups: dict[_Key, list[Event]] = {}
    for place, event in enumerate(events):
        groups.setdefault(_key(event) if event.kind in _FOLDED else (place,), []).append(event)
    folded = []
    for group in groups.values():
        folded += [_together(group)] if len(group) >= FOLDED_FROM else group
    return folded


def _key(event: Event) -> _Key:
    # A partner's user is told of its own partner's cases alone, and so of how many of those.
    partner = event.partner if event.is_for_partners else None
    return event.kind, event.source, event.who, event.team, event.names, event.text, event.is_for_partners, partner


def _together(group: Sequence[Event]) -> Event:
    first, count = group[0], f"{len(group):,} cases"
    codes, partners = {event.code for event in group}, {event.partner for event in group}
    code, partner = (next(iter(each)) if len(each) == 1 else None for each in (codes, partners))
    return replace(
        first,
        subject=f"{first.subject}+{len(group) - 1}",
        at=max(event.at for event in group),
        title=_title(first, count),
        path=_path(first, code, partner),
        code=code or "",
        partner=partner,
    )


def _title(event: Event, count: str) -> str:
    if event.kind == MENTIONED:
        return f"{event.who} mentioned you on {count}"
    if event.kind == ASSIGNED:
        return f"{count} were assigned to you"
    return f"{count} were escalated to {TEAMS.get(event.team, event.team) if event.team else 'you'}"


def _path(event: Event, code: str | None, partner: str | None) -> str:
    """The queue with what all of them have in common."""
    is_mine = event.kind != MENTIONED and not event.team
    common = {"tab": "mine" if is_mine else "all", "team": event.team, "code": code, "partner": partner}
    return f"/exceptions/?{urlencode({name: value for name, value in common.items() if value})}"
