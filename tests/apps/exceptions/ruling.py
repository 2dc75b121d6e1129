"""What tests of rules ask and see: authors, the clocks and cases as they stand, and whether a rebuild gives the same."""

from datetime import datetime
from typing import Any

from django.db import connection

from apps.exceptions.changes import Author
from apps.pipeline import timers
from apps.pipeline.rebuild import rebuild
from tests import messages as m


def by(reason: str = "agreed", *, who: str = "ada", now: datetime = m.NOW, seen: int | None = None) -> Author:
    return Author(who, reason, now, seen)


def hours(opens: str, closes: str, zone: str = "UTC", **more: Any) -> dict[str, Any]:
    """A calendar that is open every day between these."""
    return {"zone": zone, "hours": [[{"opens": opens, "closes": closes}]] * 7, **more}


def within(measure: str, minutes: int, **more: Any) -> dict[str, Any]:
    """A commitment without its name."""
    return {"measure": measure, "expectation": "elapsed", "seconds": minutes * 60, "warning_seconds": 0, **more}


def settle() -> None:
    timers.settle(now=m.NOW)


def clocks(measure: str) -> dict[str, tuple[str, str]]:
    """The commitment and the due time (minutes after START) of each clock of that measure, by its subject."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT value, commitment, due_at FROM sla_clock WHERE measure = %s", [measure])
        return {value: (name, f"{(due - m.START).total_seconds() / 60:g}") for value, name, due in cursor.fetchall()}


def teams() -> dict[str, str]:
    """The team of each case, by its type and subject."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, value, team FROM exceptions_case")
        return {f"{code} {value}": team for code, value, team in cursor.fetchall()}


def escalations() -> dict[str, tuple[str, str]]:
    """To whom and when (UTC) each case goes that is to escalate."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, value, escalates_to, escalates_at FROM exceptions_case WHERE escalates_at IS NOT NULL")
        return {f"{code} {value}": (to, at.isoformat()[:16]) for code, value, to, at in cursor.fetchall()}


def waiting() -> int:
    """How much is to be judged again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM exceptions_rejudge")
        return int(cursor.fetchone()[0])


def differing() -> list[str]:
    """Tables that the log does not make again as they stand."""
    return [each.table for each in rebuild(is_dry_run=True, progress=lambda done, total: None) if not each.is_equal]
