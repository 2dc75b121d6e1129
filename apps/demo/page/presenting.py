"""What the sandbox's page shows, from the feed's memory, its last report and what somebody asked for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from apps.console.times import duration
from apps.console.words import Chip, count_of
from apps.demo.memory import Memory, Report, Steering
from apps.demo.world.conditions import Conditions
from apps.demo.world.faults import DEFAULT_RATES, FAULTS, Fault
from apps.demo.world.network import CARRIERS, POLARIS, REGIONS, SYSTEMS, WAREHOUSES

SILENT_AFTER: Final = timedelta(seconds=30)
_CARRIER_NAMES: Final = {"UPSN": "Carrier, UPSN", "FDEG": "Carrier, FDEG"}


@dataclass(frozen=True, slots=True)
class SystemRow:
    """One system. `hours` and `cut_off` are empty where it never closes."""

    source: str
    key: str
    name: str
    role: str
    local_time: str
    hours: Chip | None
    cut_off: str
    told: int
    last_told_at: datetime | None
    state: Chip
    note: str
    is_held_away: bool


@dataclass(frozen=True, slots=True)
class FaultRow:
    fault: Fault
    percent: str
    default: str
    most: str
    count: int
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The sentence that the page opens with."""

    tone: str
    word: str
    text: str


def answer_of(memory: Memory | None, report: Report | None, asked: Steering, now: datetime) -> Answer:
    """What the feed does now."""
    if memory is None or report is None:
        return Answer("wait", "Starting", "The sandbox has not told anything yet. Its history begins within seconds.")
    if now - report.at > SILENT_AFTER:
        ago = duration(now - report.at)
        return Answer("late", "Not running", f"The feed has not reported for {ago}. Start it with manage.py demo live.")
    if report.trouble:
        return Answer("risk", "Waiting", report.trouble)
    told = count_of(memory.told, "message")
    if not memory.is_live:
        days = max(0.0, (memory.told_until - memory.plan.began_at) / timedelta(days=1))
        return Answer(
            "info", "History", f"{days:.1f} of {memory.plan.days} days are told, {told} so far. The live feed follows."
        )
    rate = f"{asked.orders_per_hour:g} new {'order' if asked.orders_per_hour == 1 else 'orders'} an hour"
    away = f" {_joined(_names(asked.away))} {'is' if len(asked.away) == 1 else 'are'} held away." if asked.away else ""
    return Answer(
        "risk" if away else "ok", "Live", f"{rate}, {told} told so far, {report.per_minute:g} in the last minute.{away}"
    )


def is_waiting(memory: Memory | None, asked: Steering | None) -> bool:
    """Whether something was asked for that the feed has not taken over yet."""
    return memory is not None and asked is not None and asked != memory.steering()


def progress_of(memory: Memory | None) -> int | None:
    """How much of the history is told, in percent; None once all is."""
    if memory is None or memory.is_live:
        return None
    return max(0, int(100 * (memory.told_until - memory.plan.began_at) / timedelta(days=memory.plan.days)))


def systems(memory: Memory | None, asked: Steering, now: datetime) -> list[SystemRow]:
    """OMS, ERP and middleware, then the 3PLs, then the carriers."""
    conditions = memory.programme().conditions if memory else None
    rows = [_row(source, name, kind, memory, asked, conditions, now) for source, (name, kind) in _roles().items()]
    return [row for row in rows if row]


def _roles() -> dict[str, tuple[str, str]]:
    words = {"oms": "OMS", "erp": "ERP", "middleware": "Middleware"}
    found = {source: (name, words[kind]) for source, (name, kind) in SYSTEMS.items()}
    for warehouse in WAREHOUSES:
        kind = "Cold-chain 3PL" if warehouse is POLARIS else "3PL"
        found[warehouse.source] = (warehouse.partner_name, f"{kind}, {warehouse.site_name}, {REGIONS[warehouse.region]}")
    return found | {source: (_CARRIER_NAMES[scac], "Carrier") for scac, source in CARRIERS.items()}


def _row(  # noqa: PLR0913, PLR0917 - a row, column by column
    source: str, name: str, role: str, memory: Memory | None, asked: Steering, conditions: Conditions | None, now: datetime
) -> SystemRow:
    warehouse = next((warehouse for warehouse in WAREHOUSES if warehouse.source == source), None)
    state, note = _state(source, asked, conditions, now)
    hours, local, cut_off = None, "", ""
    if warehouse:
        is_open = warehouse.hours.next_open(now) == now
        hours = Chip("Open", "ok") if is_open else Chip("Closed", "wait", "Work goes on when it opens again.")
        local = f"{now.astimezone(ZoneInfo(warehouse.zone)):%a %H:%M}"
        cut_off = f"{warehouse.hours.cut_off:%H:%M}"
    return SystemRow(
        source=source,
        key=source.strip("/").replace("/", "-"),
        name=name,
        role=role,
        local_time=local,
        hours=hours,
        cut_off=cut_off,
        told=memory.by_source.get(source, 0) if memory else 0,
        last_told_at=memory.last_by_source.get(source) if memory else None,
        state=state,
        note=note,
        is_held_away=source in asked.away,
    )


def _state(source: str, asked: Steering, conditions: Conditions | None, now: datetime) -> tuple[Chip, str]:
    """How the system is, and since when or by how much."""
    if source in asked.away:
        return Chip("Held away", "late", "Somebody holds it away: it says nothing until its outage is ended."), ""
    spell = conditions.away(source, now) if conditions else None
    if spell:
        back = duration(spell.until - now)
        return Chip("Away", "late", "An outage of the world's own; what it has to tell comes in a burst."), f"back in {back}"
    offset = conditions.skew(source, now) if conditions else timedelta(0)
    if offset:
        sign = "ahead" if offset > timedelta(0) else "behind"
        return Chip("Clock off", "risk", "Its claimed times are wrong by as much."), f"{duration(abs(offset))} {sign}"
    return Chip("Speaks", "ok"), ""


def fault_rows(memory: Memory | None, asked: Steering) -> list[FaultRow]:
    rates = asked.all_rates()
    counts = _counts(memory) if memory else {}
    return [
        FaultRow(
            fault=fault,
            percent=percent(rates[fault.code]),
            default=percent(DEFAULT_RATES[fault.code]),
            most=percent(fault.most),
            count=counts.get(fault.code, 0),
            is_changed=rates[fault.code] != fault.rate,
        )
        for fault in FAULTS
    ]


def _counts(memory: Memory) -> dict[str, int]:
    """How often each fault has happened in what is told; those of whole systems follow from the plan."""
    conditions, began = memory.programme().conditions, memory.plan.began_at
    spells = {kind: len(conditions.spells(kind, began, memory.told_until)) for kind in ("outage", "clock_skew")}
    return memory.faults | spells


def percent(rate: float) -> str:
    """A share as a person types it: `1.5`."""
    return f"{round(100 * rate, 4):g}"


def name_of(source: str) -> str:
    return _roles()[source][0]


def _names(sources: Sequence[str]) -> list[str]:
    return [name_of(source) for source in sources]


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
