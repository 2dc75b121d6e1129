"""Messages about what is no order, worked, and the cases that they come to, with times as minutes after START."""

from datetime import datetime
from typing import Any

from apps.eventlog.types import NewMessage
from apps.exceptions.filters import CaseFilter
from apps.exceptions.queries import find_cases
from apps.pipeline import timers
from tests.messages import MIDDLEWARE, NOW, START, hear, message, process


def circuit(state: str, minute: int, *, partner: str = "northstar", source: str = MIDDLEWARE, **more: Any) -> NewMessage:
    return message("circuit.changed", source, minute=minute, partner=partner, state=state, **more)


def queue(depth: int, minute: int, *, age: float | None = None, name: str = "inbound", source: str = MIDDLEWARE) -> NewMessage:
    aged = {} if age is None else {"oldest_age_seconds": age}
    return message("queue.measured", source, minute=minute, queue=name, depth=depth, **aged)


def transfer(word: str, minute: int, *, number: str = "T-1", **more: Any) -> NewMessage:
    lines = [{"sku": "GLV", "quantity": 40}, {"sku": "VAC", "quantity": 2}]
    return message(
        f"transfer.{word}", "/northstar", minute=minute, transfer=number, from_site="ATL", to_site="CHI", lines=lines, **more
    )


def delivery(word: str, minute: int, *, number: str = "MSG-1", source: str = MIDDLEWARE, **more: Any) -> NewMessage:
    return message(
        f"message.{word}", source, minute=minute, message=number, flow="releases", **{"partner": "northstar", **more}
    )


def tell(*messages: NewMessage) -> None:
    """Appends these, works them, and all that only time does."""
    hear(*messages)
    process()
    timers.settle(now=NOW)


def minutes(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - START).total_seconds() / 60


def cases(now: datetime = NOW) -> list[tuple[Any, ...]]:
    """(code, subject, state, opened, cleared, partner, reason) of every case of no order, the first opened first."""
    found = find_cases(CaseFilter(state=None, order=""), now=now, sort="age", page_size=500).rows
    return [
        (
            case.code,
            case.subject.value,
            case.state,
            minutes(case.opened_at),
            minutes(case.cleared_at),
            case.partner,
            case.reason,
        )
        for case in found
    ]
