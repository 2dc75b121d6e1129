"""Quarantined messages taken up once more: after a contract, a mapping or our own code has learnt to read them."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from apps.core.sql import fetch
from apps.eventlog import log
from apps.exceptions.subjects import replays
from apps.exceptions.subjects.replays import Replayed
from apps.pipeline import doorbell

CHOSEN = """
    SELECT position FROM pipeline_quarantine
    WHERE (%(source)s::text IS NULL OR source = %(source)s)
      AND (%(type)s::text IS NULL OR type = %(type)s)
      AND (%(code)s::text IS NULL OR code = %(code)s)
    ORDER BY position
"""
REFUSED = """
    SELECT message.source, message.id, message.type, quarantine.code, quarantine.reason, message.heard_at
    FROM pipeline_quarantine AS quarantine JOIN eventlog_message AS message USING (position)
    WHERE position = ANY(%b::bigint[])
        AND NOT EXISTS (SELECT FROM eventlog_pending AS waiting WHERE waiting.position = quarantine.position)
    ORDER BY position
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the quarantined messages; None means any. `code` is the kind of reason, such as `unknown_type`."""

    source: str | None = None
    type: str | None = None
    code: str | None = None


def chosen(choice: Choice) -> list[int]:
    """The places in the log of the quarantined messages that `choice` names."""
    with connection.cursor() as cursor:
        cursor.execute(CHOSEN, {"source": choice.source, "type": choice.type, "code": choice.code})
        return [position for (position,) in cursor.fetchall()]


def replay(choice: Choice, *, who: str, now: datetime) -> int:
    """Makes the chosen messages pending again, and keeps in the log that `who` did so; how many. One that still cannot be used
    goes back into quarantine."""
    with transaction.atomic():
        positions = chosen(choice)
        replays.perform([Replayed(*row) for row in fetch(REFUSED, [positions])], who=who, now=now)
        count = log.enqueue(positions)
        if count:
            transaction.on_commit(doorbell.ring)
        return count
