"""The screen's words for rules: lengths of time, what a commitment promises and for whom, and from when on. Pure."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from apps.console import words
from apps.console.times import Clock
from apps.partners.discovery import DisplayNames
from apps.sla.commitments import MEASURES, Commitment, Match

MINUTE, HOUR, DAY = 60, 3_600, 86_400
UNITS: Final = {"m": ("minutes", MINUTE), "h": ("hours", HOUR), "d": ("days", DAY)}
BASIS: Final = {"happened": "when it happened", "heard": "when we heard of it"}
DATES: Final = {"ship_by": "ship-by", "promised_date": "promised date"}
STATUS: Final = {
    "active": words.Chip("Active", "ok", "Its clocks are measured."),
    "onboarding": words.Chip("Onboarding", "wait", "Its clocks are not measured yet."),
    "paused": words.Chip("Paused", "risk", "Clocks that start now are not measured."),
}


def length(seconds: int) -> str:
    """A length as it was meant: `90 m`, `2 h`, `1 d 12 h`; never rounded."""
    parts = []
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 m"


def in_unit(seconds: int) -> tuple[str, str]:
    """A number and the largest unit of UNITS in which it is whole (minutes with a fraction where none is)."""
    for unit in ("d", "h", "m"):
        size = UNITS[unit][1]
        if seconds and seconds % size == 0:
            return str(seconds // size), unit
    return (f"{Decimal(seconds) / MINUTE:f}" if seconds else "0"), "m"


def promised(commitment: Commitment) -> str:
    """What is promised, as a phrase."""
    if not commitment.is_measured:
        return "not measured"
    if commitment.expectation == "carried":
        date = DATES[MEASURES[commitment.measure].field]
        grace = f" and {length(commitment.seconds)}" if commitment.seconds else ""
        return f"by the {date}{grace}"
    within = f"within {length(commitment.seconds)}"
    return f"{within} of opening hours" if commitment.expectation == "business" else within


def warned(commitment: Commitment) -> str:
    if not commitment.is_measured or not commitment.warning_seconds:
        return "none"
    return f"{length(commitment.warning_seconds)} before"


def target(commitment: Commitment) -> str:
    return f"{(commitment.target * 100).normalize():f} %" if commitment.is_measured else ""


def for_whom(match: Match, names: DisplayNames) -> list[tuple[str, str]]:
    """What a commitment asks of an order, as pairs of a word and a name; empty: any order."""
    found = []
    for field in Match.__struct_fields__:
        value = getattr(match, field)
        if value is not None:
            known = {"partner": names.partners, "site": names.sites}.get(field, {})
            found.append((field, known.get(value, value)))
    return found


def steps(measure: str) -> tuple[str, str]:
    """The milestones that a measure begins and ends with, in words."""
    known = MEASURES[measure]
    subject = "" if known.subject == "order" else f"{known.subject} "
    return words.plain(known.start), words.plain(f"{subject}{known.stop}" if known.start == known.stop else known.stop)


def span(begins: datetime | None, ends: datetime | None, clock: Clock) -> str:
    """From when to when something holds."""
    since = f"from {clock.short(begins)}" if begins else "always"
    return f"{since} until {clock.short(ends)}" if ends else since


def when_it_holds(begins: datetime | None, ends: datetime | None, now: datetime) -> words.Chip:
    """Whether a version holds, is to hold or has held."""
    if ends is not None and ends <= now:
        return words.Chip("Ended", "wait")
    if begins is not None and begins > now:
        return words.Chip("Scheduled", "info")
    return words.Chip("In force", "ok")


def listing(parts: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = [*parts] or [""]
    return f"{', '.join(most)} and {last}" if most else last
