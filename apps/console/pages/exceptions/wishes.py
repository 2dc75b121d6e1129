"""What a form asks for, as a wish; and what became of it, in the few words of a toast. Pure but for the form."""

from datetime import datetime
from typing import Final

from django.http import QueryDict

from apps.console import words
from apps.console.access import Reader
from apps.console.pages.exceptions.snoozing import moment_of
from apps.exceptions.catalogue import REASONS, TEAMS
from apps.exceptions.services import Wish

ALWAYS_WELCOME: Final = frozenset({"comment"})  # whoever was first, a comment loses nothing


def read_wish(form: QueryDict, reader: Reader, act: str) -> Wish:
    version = form.get("version", "")
    return Wish(
        act,
        to=form.get("to", "").strip(),
        text=form.get("text", ""),
        until=moment_of(form.get("until", ""), reader.clock),
        reason=form.get("reason", ""),
        version=int(version) if version.isdecimal() and len(version) < 19 and act not in ALWAYS_WELCOME else None,
    )


def said(wish: Wish, reader: Reader) -> str:
    """What was done, as the person who did it is told: `Claimed: it is yours`."""
    person = "you" if wish.to == reader.username else wish.to
    to = TEAMS.get(wish.to) or person or "nobody"
    until = f" until {_moment(wish.until, reader)}" if wish.until else ""
    return {
        "claim": "Claimed",
        "assign": f"Assigned to {to}" if wish.to else "Given to nobody",
        "comment": "Comment kept",
        "snooze": f"Snoozed{until}",
        "wait": "Waiting on the partner",
        "wake": "Back at work",
        "escalate": f"Escalated to {to}",
        "give_back": "Given back to its own team",
        "resolve": f"Resolved: {REASONS.get(wish.reason, wish.reason).lower()}",
        "reopen": "Open again",
        "take_out": "Taken out of its incident",
        "put_back": "Put back into its incident",
    }.get(wish.act, words.plain(wish.act))


def said_of_many(wish: Wish, done: int, refused: int, reader: Reader) -> str:
    """`Claimed: 41 cases, 1 refused`"""
    more = f", {refused:,} refused" if refused else ""
    return f"{said(wish, reader)}: {words.count_of(done, 'case')}{more}"


def _moment(moment: datetime, reader: Reader) -> str:
    return f"{reader.clock.local(moment):%a} {reader.clock.short(moment)}"
