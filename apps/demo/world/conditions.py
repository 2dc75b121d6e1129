"""The world's weather: at which moment which fault is how likely, who is away, and whose clock is off."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from apps.demo.world.chance import Chance
from apps.demo.world.network import SOURCES

NEVER: Final = datetime(9000, 1, 1, tzinfo=UTC)
_BURST_SECONDS: Final = 150
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spell:
    """From when to when a source is away, or its clock is off. `until` NEVER: it still is."""

    source: str
    since: datetime
    until: datetime
    offset: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Regime:
    """From `since` on these are the rates of faults, and of new orders while the feed is live."""

    since: datetime
    rates: Mapping[str, float]
    orders_per_hour: float = 0.0


@dataclass(slots=True)
class Conditions:
    """`regimes` are in order of time and hold from the first on. `outages` are those that somebody started by hand."""

    seed: str
    regimes: Sequence[Regime]
    outages: Sequence[Spell] = ()
    _chance: Chance = field(init=False)
    _starts: list[datetime] = field(init=False)
    _spells: dict[tuple[str, str, int], Spell | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = Chance(self.seed)
        self._starts = [regime.since for regime in self.regimes]

    def rate(self, fault: str, at: datetime) -> float:
        return self.regimes[max(0, bisect_right(self._starts, at) - 1)].rates.get(fault, 0.0)

    def skew(self, source: str, at: datetime) -> timedelta:
        """By how much the source's clock is ahead."""
        spell = self._at("clock_skew", source, at)
        return spell.offset if spell else timedelta(0)

    def away(self, source: str, at: datetime) -> Spell | None:
        """The outage that the source is in."""
        for spell in self.outages:
            if spell.source == source and spell.since <= at < spell.until:
                return spell
        return self._at("outage", source, at)

    def heard(self, source: str, at: datetime, name: str) -> datetime:
        """When the source can tell what it would tell at `at`: at once, or in the burst after its outage."""
        share = None
        while spell := self.away(source, at):
            if spell.until >= NEVER:
                return NEVER
            share = self._chance.share(f"burst/{source}/{name}") if share is None else share
            at = spell.until + timedelta(seconds=1 + _BURST_SECONDS * share)
        return at

    def spells(self, kind: str, since: datetime, until: datetime) -> list[Spell]:
        """The outages (kind `outage`) or wrong clocks (`clock_skew`) that begin in that time, of all sources."""
        days = range(_day(since) - 1, _day(until) + 1)
        found = [self._spell(kind, source, day) for source in SOURCES for day in days]
        made = [spell for spell in self.outages if kind == "outage"]
        return sorted(
            (spell for spell in (*found, *made) if spell and since <= spell.since < until),
            key=lambda spell: (spell.since, spell.source),
        )

    def _at(self, kind: str, source: str, at: datetime) -> Spell | None:
        day = _day(at)
        for each in (day, day - 1):
            spell = self._spell(kind, source, each)
            if spell and spell.since <= at < spell.until:
                return spell
        return None

    def _spell(self, kind: str, source: str, day: int) -> Spell | None:
        name = (kind, source, day)
        if name not in self._spells:
            self._spells[name] = self._draw(*name)
        return self._spells[name]

    def _draw(self, kind: str, source: str, day: int) -> Spell | None:
        start = datetime.fromtimestamp(day * 86_400, UTC)
        name = f"{kind}/{source}/{day}"
        if not self._chance.hits(name, self.rate(kind, start)):
            return None
        since = start + timedelta(minutes=self._chance.whole(f"{name}/since", 0, 20 * 60))
        until = since + timedelta(minutes=self._chance.whole(f"{name}/length", 80, 8 * 60))
        return Spell(source, since, until, self._offset(name) if kind == "clock_skew" else timedelta(0))

    def _offset(self, name: str) -> timedelta:
        """Minutes or a few hours, either way; one time in five more than a day ahead, which nobody should believe."""
        if self._chance.hits(f"{name}/far", 0.2):
            return timedelta(minutes=self._chance.whole(f"{name}/offset", 26 * 60, 40 * 60))
        minutes = self._chance.whole(f"{name}/offset", 6, 190)
        return timedelta(minutes=minutes if self._chance.hits(f"{name}/ahead", 0.6) else -minutes)


def _day(moment: datetime) -> int:
    return int(moment.timestamp() // 86_400)
