"""One act of the audit log as it is shown, and as a line of its CSV. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from apps.acts.queries import AuditEntry
from apps.acts.words import label
from apps.console.times import Clock, Instant
from apps.core.paths import segment

COLUMNS = ("at", "who", "kind", "order", "subject", "case", "summary", "detail")


@dataclass(frozen=True, slots=True)
class ShownAct:
    """`url` leads to the act's message in the log, `order_url` to its order where it has one. `until`: what a snooze or a
    wait was set to end at."""

    key: str
    url: str
    summary: str
    kind: str
    who: str
    order: str
    order_url: str
    until: Instant | None
    at: Instant


def shown_act(entry: AuditEntry, clock: Clock) -> ShownAct:
    until = entry.detail.get("until")
    return ShownAct(
        key=str(entry.position),
        url=f"/messages/{entry.position}/",
        summary=entry.summary,
        kind=label(entry.kind),
        who=entry.who,
        order=entry.order,
        order_url=f"/orders/{segment(entry.order)}/" if entry.order else "",
        until=clock.instant(datetime.fromisoformat(until)) if until else None,
        at=clock.instant(entry.at),
    )


def csv_row(entry: AuditEntry) -> list[str]:
    """The cells of COLUMNS: the time in UTC, what has no column of its own as JSON."""
    return [
        entry.at.astimezone(UTC).isoformat(),
        entry.who,
        entry.kind,
        entry.order,
        entry.subject,
        entry.case_id,
        entry.summary,
        msgspec.json.encode(entry.detail).decode() if entry.detail else "",
    ]
