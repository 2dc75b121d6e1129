"""The story as a list and the message table: every row of the timeline, said for people. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from apps.console import words
from apps.console.times import Clock, Instant, duration
from apps.orders.state import OrderState
from apps.orders.timeline import LEG_LANE, TimelineRow

LATE_WORD = timedelta(hours=1)
FLAGS = {
    "duplicate": words.Chip("told again", "wait", "The same was told before under another message id; it changes nothing."),
    "out_of_order": words.Chip("out of order", "risk", "It happened before something that had been heard already."),
    "implied": words.Chip("implied", "wait", "Nobody told it; a later step shows that it happened."),
    "corrected": words.Chip("corrected", "wait", "A later word on the same document is in force."),
    "future": words.Chip("future claim", "risk", "Its time lies more than a day after it was heard, so it is not believed."),
    "expected": words.Chip("expected", "info"),
    "overdue": words.Chip("overdue", "late"),
}
LANES = {"oms": "OMS", "erp": "ERP", "middleware": "Middleware", "carrier": "Carrier"}


@dataclass(frozen=True, slots=True)
class Telling:
    """One row. `is_odd`: something about its times or its place asks for a second look."""

    name: str
    lane: str
    tone: str
    text: str
    happened: Instant | None
    heard: Instant | None
    due: Instant | None
    lag: str
    chips: tuple[words.Chip, ...]
    source: str
    message: str
    key: str
    is_odd: bool
    is_due: bool


def tellings(rows: tuple[TimelineRow, ...], state: OrderState, clock: Clock) -> list[Telling]:
    """The timeline's rows as shown, in its order."""
    numbers = {leg.leg: number for number, leg in enumerate(state.legs, 1)}
    return [_telling(row, numbers, clock) for row in rows]


def _telling(row: TimelineRow, numbers: dict[str, int], clock: Clock) -> Telling:
    lag = row.received_at - row.occurred_at if row.received_at and row.occurred_at else None
    chips = [FLAGS[flag] for flag in row.flags if flag in FLAGS and not (flag == "expected" and "overdue" in row.flags)]
    late_word = lag is not None and lag >= LATE_WORD
    if late_word and lag is not None:
        chips.insert(0, words.Chip("late word", "risk", f"Heard {duration(lag)} after it happened."))
    is_leg = row.lane.startswith(LEG_LANE)
    return Telling(
        name=_name(row.name),
        lane=f"Leg {numbers.get(row.lane.removeprefix(LEG_LANE), '')}".strip() if is_leg else LANES.get(row.lane, row.lane),
        tone="3pl" if is_leg else {"middleware": "bus"}.get(row.lane, row.lane),
        text=row.text,
        happened=clock.instant(row.occurred_at) if row.occurred_at else None,
        heard=clock.instant(row.received_at) if row.received_at else None,
        due=clock.instant(row.due_at) if row.due_at else None,
        lag=duration(lag) if lag is not None and lag >= timedelta(minutes=1) else "",
        chips=tuple(chips),
        source=row.source or "",
        message=row.message or "",
        key=str(row.position) if row.position is not None else "",
        is_odd=late_word or bool(set(row.flags) & {"out_of_order", "corrected", "future", "duplicate"}),
        is_due=row.due_at is not None,
    )


def _name(name: str) -> str:
    """`leg.shipped` as `Shipped`, `order.hold_released` as `Hold released`; a technical one keeps its subject."""
    subject, _, what = name.partition(".")
    return (
        f"{words.plain(subject)} {words.plain(what).lower()}"
        if subject in {"message", "posting", "invoice", "return"}
        else words.plain(what)
    )


def counts(found: list[Telling]) -> str:
    """`19, 2 odd`: how many messages, and how many of them ask for a second look."""
    told = [telling for telling in found if telling.key]
    odd = sum(telling.is_odd for telling in told)
    return f"{len(told):,}, {odd:,} odd" if odd else f"{len(told):,}"
