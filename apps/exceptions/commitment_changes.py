"""How people change what is promised: a commitment is set, moved among the others, or ended, each from a time on.

Of the commitments for one measure the first that matches holds. Each version has a place of its own, so that a move changes
nothing for clocks that have started.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from msgspec.structs import replace

from apps.acts import settings as kept
from apps.acts.settings import Standing
from apps.core.errors import Conflict, NotFound, Unreadable
from apps.exceptions.changes import (
    Author,
    Changed,
    Key,
    Version,
    as_text,
    ask,
    before,
    begin_of,
    changing,
    check_name,
    put,
    refuse_unseen,
    versions_of,
)
from apps.sla.commitments import DEFAULTS, Commitment, Match, commitment_of
from apps.sla.reading import read_time
from apps.sla.settings_reading import placed_commitment

KIND: Final = "commitment"
GAP: Final = 1_024  # between two places, so that many fit between them
DEFAULT_NAMES: Final = frozenset(commitment.name for commitment in DEFAULTS)


@dataclass(frozen=True, slots=True)
class Placed:
    """A commitment with its versions, the latest first, and its place."""

    name: str
    place: int
    versions: tuple[Commitment, ...]

    @property
    def latest(self) -> Commitment:
        return self.versions[0]


def set_commitment(name: str, value: Mapping[str, Any], *, author: Author) -> Changed:
    """Sets a commitment from `effective_from` of `value` on (a commitment without its name; now where it is left out, null:
    always). Versions that were to begin later give way. A new one is tried before those that match more loosely.

    Raises Unreadable, Conflict, Unavailable.
    """
    check_name(name, "name")
    if name in DEFAULT_NAMES:
        raise Unreadable(f"`name`: `{name}` is the default of that measure, which stays. Give yours another name.")
    commitment = commitment_of({"effective_from": as_text(author.now), **value, "name": name})
    with changing(author, [KIND]) as standing:
        found = standing.get((KIND, name))
        refuse_unseen(found, author)
        order = arrangement(standing, commitment.measure)
        own = next((each for each in order if each.name == name), None)
        place = commitment.place if commitment.place is not None else own.place if own else None
        moved: dict[str, int] = {}
        if place is None:
            place, moved = _place_for(commitment, [each for each in order if is_alive(each, author.now)])
        versions = before(_placed_versions(found), commitment.effective_from)
        versions.append(as_value(replace(commitment, place=place)))
        new = {"place": place, "versions": versions}
        placed_commitment(name, new)
        position = put(KIND, name, new, author)
        _move(moved, standing, author)
        since = commitment.effective_from if not moved else _earlier(commitment.effective_from, author.now)
        return Changed(position, ask(since))


def end_commitment(name: str, *, at: datetime | None = None, author: Author) -> Changed:
    """Ends a commitment at a time (None: now): clocks that start later are under the next that matches. Raises NotFound,
    Conflict, Unavailable."""
    ends = at or author.now
    with changing(author, [KIND]) as standing:
        found = standing.get((KIND, name))
        if found is None or not found.is_there:
            raise NotFound(f"There is no commitment “{name}”.")
        refuse_unseen(found, author)
        versions = before(versions_of(found), ends)
        if versions:
            _refuse_ended(name, versions[-1], ends)
            versions[-1] = versions[-1] | {"effective_to": as_text(ends)}
            value = {**found.value, "versions": versions}
            placed_commitment(name, value)
            return Changed(put(KIND, name, value, author), ask(ends))
        removed = kept.remove(KIND, name, who=author.who, reason=author.reason.strip(), now=author.now)
        return Changed(removed.position, ask(ends))


def move_commitment(name: str, direction: Literal["up", "down"], *, author: Author) -> Changed:
    """Has a commitment tried before (up) or after (down) its neighbour of the same measure from now on. `seen` of the author is
    the position of the last act about any commitment. Raises NotFound, Conflict, Unavailable."""
    with changing(author, [KIND]) as standing:
        refuse_unseen(last_of(standing), author)
        found = standing.get((KIND, name))
        if found is None or not found.is_there:
            raise NotFound(f"There is no commitment “{name}”.")
        measure = placed_commitment(name, found.value)[1][0].measure
        order = [each for each in arrangement(standing, measure) if is_alive(each, author.now)]
        at = next((index for index, each in enumerate(order) if each.name == name), None)
        if at is None:
            raise NotFound(f"The commitment “{name}” has ended.")
        other = at + (-1 if direction == "up" else 1)
        if not 0 <= other < len(order):
            raise Conflict(f"“{name}” is the {'first' if direction == 'up' else 'last'} of its measure already.")
        places = {each.name: each.place for each in order}
        if places[order[other].name] == places[name]:
            places = {each.name: (index + 1) * GAP for index, each in enumerate(order)}
        places[name], places[order[other].name] = places[order[other].name], places[name]
        changed = {each.name: places[each.name] for each in order if places[each.name] != each.place}
        return Changed(_move(changed, standing, author), ask(author.now))


def arrangement(standing: Mapping[Key, Standing], measure: str) -> list[Placed]:
    """The commitments for a measure in the order in which they are tried, ended ones among them; what cannot be read is left
    out."""
    found = []
    for (kind, name), each in standing.items():
        if kind != KIND or not each.is_there:
            continue
        try:
            place, versions = placed_commitment(name, each.value)
        except Unreadable:
            continue
        if versions and versions[0].measure == measure:
            own = versions[0].place
            found.append(Placed(name, place if own is None else own, versions))
    return sorted(found, key=lambda placed: (placed.place, placed.name))


def is_alive(placed: Placed, now: datetime) -> bool:
    """Whether it holds, or is to hold."""
    return placed.latest.effective_to is None or placed.latest.effective_to > now


def last_of(standing: Mapping[Key, Standing]) -> Standing | None:
    """What was done last to any commitment."""
    return max((each for (kind, _), each in standing.items() if kind == KIND), key=lambda each: each.position, default=None)


def as_value(commitment: Commitment) -> Version:
    """The commitment as it is kept, without its name."""
    value: Version = {
        "measure": commitment.measure,
        "expectation": commitment.expectation,
        "basis": commitment.basis,
        "seconds": commitment.seconds,
        "warning_seconds": commitment.warning_seconds,
        "target": str(commitment.target),
        "match": {field: text for field in Match.__struct_fields__ if (text := getattr(commitment.match, field)) is not None},
        "is_measured": commitment.is_measured,
        "effective_from": as_text(commitment.effective_from),
    }
    if commitment.effective_to is not None:
        value["effective_to"] = as_text(commitment.effective_to)
    if commitment.place is not None:
        value["place"] = commitment.place
    return value


def tightness(match: Match) -> int:
    """How many things it asks for."""
    return sum(getattr(match, field) is not None for field in Match.__struct_fields__)


def _place_for(commitment: Commitment, order: list[Placed]) -> tuple[int, dict[str, int]]:
    """A place before the first that matches more loosely, and the places of others that had to make room."""
    tight = tightness(commitment.match)
    at = next((index for index, each in enumerate(order) if tightness(each.latest.match) < tight), len(order))
    if at == len(order):
        return (order[-1].place if order else 0) + GAP, {}
    low, high = order[at - 1].place if at else order[at].place - 2 * GAP, order[at].place
    if high - low >= 2:
        return (low + high) // 2, {}
    moved = {each.name: (index + 1 + (index >= at)) * GAP for index, each in enumerate(order)}
    return (at + 1) * GAP, {each.name: moved[each.name] for each in order if moved[each.name] != each.place}


def _move(places: Mapping[str, int], standing: Mapping[Key, Standing], author: Author) -> int:
    """Puts these commitments at other places from now on; the position of the last act."""
    values = {}
    for name, place in places.items():
        found = standing[KIND, name]
        past = before(_placed_versions(found), author.now)
        coming = [each for each in versions_of(found) if (begins := begin_of(each)) is not None and begins >= author.now]
        if past and not _has_ended(past[-1], author.now):
            coming.insert(0, past[-1] | {"effective_from": as_text(author.now)})
        versions = [*past, *(each | {"place": place} for each in coming)]
        values[KIND, name] = found.value | {"place": place, "versions": versions}
    acts = kept.put_all(values, who=author.who, reason=author.reason.strip(), now=author.now)
    return max((act.position for act in acts), default=0)


def _placed_versions(found: Standing | None) -> list[Version]:
    """The versions, each with its place, so that it stays there whatever the setting's own place becomes."""
    return [{"place": found.value.get("place")} | version for version in versions_of(found)] if found else []


def _has_ended(version: Version, now: datetime) -> bool:
    ends = read_time(version.get("effective_to"), "`effective_to`")
    return ends is not None and ends <= now


def _refuse_ended(name: str, version: Version, at: datetime) -> None:
    if _has_ended(version, at):
        raise Conflict(f"“{name}” has ended already, on {version['effective_to']}.")


def _earlier(since: datetime | None, now: datetime) -> datetime | None:
    return None if since is None else min(since, now)
