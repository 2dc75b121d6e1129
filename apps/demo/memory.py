"""What the feed must know after a restart, and what it tells the page: two small files in the data folder.

Which messages there are follows from the plan, the regimes and the outages; so one moment says what has been told.
"""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from django.conf import settings

from apps.demo.world.conditions import NEVER, Regime, Spell
from apps.demo.world.faults import DEFAULT_RATES, FAULTS
from apps.demo.world.network import SOURCES
from apps.demo.world.programme import Plan, Programme

T = TypeVar("T")
ORDERS_PER_HOUR: Final = 20.0
MOST_PER_HOUR: Final = 3_600.0
RECENT_FAULTS: Final = 8


class Steering(msgspec.Struct, frozen=True):
    """What somebody asks the feed to do. `rates` are those that differ from the default; `away` the sources held away."""

    orders_per_hour: float = ORDERS_PER_HOUR
    rates: dict[str, float] = {}
    away: tuple[str, ...] = ()

    def all_rates(self) -> dict[str, float]:
        return {**DEFAULT_RATES, **self.rates}

    def bounded(self) -> "Steering":
        """The same within what the feed takes, whoever wrote it."""
        most = {fault.code: fault.most for fault in FAULTS}
        rates = {code: min(max(rate, 0.0), most[code]) for code, rate in self.rates.items() if code in most}
        away = tuple(source for source in SOURCES if source in self.away)
        return Steering(min(max(self.orders_per_hour, 0.0), MOST_PER_HOUR), rates, away)


class Era(msgspec.Struct, frozen=True):
    """From `since` on the feed was steered so."""

    since: datetime
    orders_per_hour: float
    rates: dict[str, float]


class Absence(msgspec.Struct):
    """An outage that somebody started; `until` None while it lasts."""

    source: str
    since: datetime
    until: datetime | None = None


class Recent(msgspec.Struct, frozen=True):
    """A fault that happened lately."""

    fault: str
    at: datetime
    order: str
    leg: str


class Memory(msgspec.Struct):
    """`told_until`: every message heard up to then has been told, none heard later. The counts are of messages told and
    of faults that happened."""

    plan: Plan
    told_until: datetime
    eras: list[Era]
    told: int = 0
    by_source: dict[str, int] = {}
    last_by_source: dict[str, datetime] = {}
    faults: dict[str, int] = {}
    recent: list[Recent] = []
    absences: list[Absence] = []

    @property
    def is_live(self) -> bool:
        return self.told_until >= self.plan.born_at

    def steering(self) -> Steering:
        """As the feed is steered now."""
        era = self.eras[-1]
        away = tuple(absence.source for absence in self.absences if absence.until is None)
        return Steering(era.orders_per_hour, era.rates, away)

    def programme(self) -> Programme:
        regimes = [Regime(era.since, {**DEFAULT_RATES, **era.rates}, era.orders_per_hour) for era in self.eras]
        spells = [Spell(absence.source, absence.since, absence.until or NEVER) for absence in self.absences]
        return Programme(self.plan, DEFAULT_RATES, regimes, spells)


class Report(msgspec.Struct, frozen=True):
    """How the feed is: written every few seconds. `per_minute` over the last minute; `trouble` why it waits."""

    at: datetime
    per_minute: float = 0.0
    trouble: str = ""


def new_memory(seed: int, now: datetime, *, days: int, orders: int) -> Memory:
    """A world whose history ends now."""
    now = now.replace(microsecond=0)
    plan = Plan(seed, now - timedelta(days=days), days, orders)
    return Memory(plan, plan.began_at - timedelta(days=1), [Era(plan.born_at, ORDERS_PER_HOUR, {})])


def read_memory() -> Memory | None:
    return _read(_path("memory"), Memory)


def keep_memory(memory: Memory) -> None:
    write_private(_path("memory"), msgspec.json.encode(memory).decode())


def read_steering() -> Steering | None:
    """What was asked last; None where nobody has asked for anything."""
    asked = _read(_path("steering"), Steering)
    return asked.bounded() if asked else None


def ask(steering: Steering) -> None:
    write_private(_path("steering"), msgspec.json.encode(steering.bounded()).decode())


def read_report() -> Report | None:
    return _read(_path("report"), Report)


def report(said: Report) -> None:
    write_private(_path("report"), msgspec.json.encode(said).decode())


def _path(name: str) -> Path:
    return settings.DATA_DIR / f"demo-{name}.json"


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_private(path: Path, text: str) -> None:
    """Writes the file whole or not at all, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text)
    fresh.replace(path)


def rates_that_differ(rates: Mapping[str, float]) -> dict[str, float]:
    return {code: rate for code, rate in rates.items() if rate != DEFAULT_RATES[code]}
