"""Until when a case is to sleep: the few times that people ask for, in their own zone, and any other. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from apps.console.times import Clock

MORNING: Final = time(9)
MONDAY: Final = 0


@dataclass(frozen=True, slots=True)
class Preset:
    """`code` is what the form sends; `key` chooses it while the dialog is open."""

    code: str
    key: str
    word: str
    moment: datetime
    shown: str


def presets(clock: Clock) -> list[Preset]:
    """The times to choose from, as of the clock."""
    words = {"1h": "One hour", "4h": "Four hours", "tomorrow": "Tomorrow morning", "monday": "Next Monday"}
    found = []
    for key, (code, word) in enumerate(words.items(), 1):
        moment = moment_of(code, clock)
        if moment is not None:
            found.append(Preset(code, str(key), word, moment, f"{clock.local(moment):%a %H:%M}"))
    return found


def moment_of(text: str, clock: Clock) -> datetime | None:
    """When a preset's code, or a local time as a form gives it (`2026-03-02T09:00`), is; None for what is neither."""
    if text in {"1h", "4h"}:
        return clock.now + timedelta(hours=int(text[0]))
    today = clock.local(clock.now).date()
    if text == "tomorrow":
        return _morning(today + timedelta(days=1), clock)
    if text == "monday":
        return _morning(today + timedelta(days=(MONDAY - today.weekday() - 1) % 7 + 1), clock)
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=clock.zone)
    except ValueError:
        return None


def _morning(day: date, clock: Clock) -> datetime:
    return datetime.combine(day, MORNING, clock.zone)
