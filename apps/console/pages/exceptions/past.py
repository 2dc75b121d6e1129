"""What happened to a case, newest first, each in a sentence. Pure."""

from dataclasses import dataclass
from typing import Final

from apps.console.access import Reader
from apps.console.times import Instant
from apps.exceptions.catalogue import REASONS, TEAMS
from apps.exceptions.mentions import MENTION
from apps.exceptions.story import CLEARED, ESCALATED, OPENED, REGRESSED, Entry, Story


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of what somebody wrote; a name that was called is marked."""

    text: str
    is_mention: bool


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """`tone` is that of a chip, `who` empty where nobody did it."""

    at: Instant
    tone: str
    who: str
    said: str
    pieces: tuple[Piece, ...]


def past_of(story: Story, reader: Reader) -> list[ShownEntry]:
    return [shown_entry(entry, reader) for entry in reversed(story.entries)]


def shown_entry(entry: Entry, reader: Reader) -> ShownEntry:
    return ShownEntry(
        at=reader.clock.instant(entry.at),
        tone=_TONES.get(entry.kind, "info") if entry.reason != "verified" else "ok",
        who=entry.who,
        said=_said(entry, reader),
        pieces=pieces_of(entry.text),
    )


def pieces_of(text: str) -> tuple[Piece, ...]:
    """The text, with the names that it calls apart."""
    return tuple(Piece(part, MENTION.fullmatch(part) is not None) for part in MENTION.split(text) if part)


_TONES: Final = {
    OPENED: "late",
    REGRESSED: "late",
    ESCALATED: "risk",
    "escalate": "risk",
    CLEARED: "wait",
    "resolve": "ok",
    "snooze": "wait",
    "wait": "wait",
}


def _said(entry: Entry, reader: Reader) -> str:
    to = TEAMS.get(entry.to) or ("you" if entry.to == reader.username else entry.to)
    if entry.kind == OPENED:
        return "Opened by what was heard" if entry.evidence else "Opened: it was due, and nothing had been heard"
    if entry.kind == CLEARED:
        return (
            "Resolved, verified: what was missing was heard" if entry.reason == "verified" else "No longer wanted, or corrected"
        )
    until = f" until {reader.clock.short(entry.until)}" if entry.until else ""
    return {
        REGRESSED: "Open again: 24 hours after it was closed by hand it is still true",
        ESCALATED: f"Went to {to} by the rules, since nobody had closed it in time",
        "claim": "claimed it",
        "assign": f"gave it to {to}" if to else "gave it to nobody",
        "comment": "wrote",
        "snooze": f"put it to sleep{until}",
        "wait": "waits for the partner",
        "wake": "took it up again",
        "escalate": f"escalated it to {to}" if to else "escalated it",
        "give_back": "gave it back to its own team",
        "resolve": f"closed it by hand: {REASONS.get(entry.reason, entry.reason).lower()}"
        if entry.reason
        else "closed it by hand",
        "reopen": "opened it again",
        "take_out": "took it out of its incident",
        "put_back": "put it back into its incident",
    }.get(entry.kind, entry.kind.replace("_", " "))
