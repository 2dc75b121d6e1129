"""Days, times and amounts of goods as one says them aloud: `today`, `by 16:00 tomorrow`, `on 14 May`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from apps.orders.sentences import joined, plain
from apps.orders.state import PartLine

OFFICE_CLOSES = time(17)
LATEST_START = time(15)  # from then on an answer today cannot be promised
NOON = time(12)
SATURDAY = 5
GOODS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks at a moment to somebody in a zone."""

    now: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def day(self, day: date) -> str:
        """`today`, `tomorrow`, `yesterday`, else `14 May`, with the year where it is not this one."""
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - self.today).days)
        return near or f"{day.day} {day:%B}{'' if day.year == self.today.year else f' {day.year}'}"

    def on(self, moment: datetime) -> str:
        """`today` or `on 14 May`."""
        day = self.day(moment.astimezone(self.zone).date())
        return day if day in {"today", "tomorrow", "yesterday"} else f"on {day}"

    def by(self, claim: str | None, until: datetime) -> str:
        """Until when, with the clock only where the claim has one: `by the end of today`, `by 16:00 on 14 May`."""
        if claim is not None and len(claim) == len("2026-05-14"):
            day = self.claimed_day(claim, until)
            return "by the end of today" if day == self.today else f"by {self.day(day)}"
        local = until.astimezone(self.zone)
        return f"by {local:%H:%M} {self.on(until)}"

    def for_(self, claim: str | None, until: datetime) -> str:
        """The day or the time of a promise: `for 15 May`, `for 16:00 tomorrow`."""
        if claim is not None and len(claim) == len("2026-05-14"):
            return f"for {self.day(self.claimed_day(claim, until))}"
        return f"for {until.astimezone(self.zone):%H:%M} {self.on(until)}"

    def claimed_day(self, claim: str, until: datetime) -> date:
        try:
            return date.fromisoformat(claim)
        except ValueError:
            return until.astimezone(self.zone).date()

    def expected(self, claim: str) -> str:
        """A date as somebody claimed it, said as a day where it is one."""
        try:
            return self.day(date.fromisoformat(claim[: len("2026-05-14")]))
        except ValueError:
            return claim

    def next_update(self) -> str:
        """By when somebody who works on it can say more: today while there is time, else the next working day's noon."""
        local = self.now.astimezone(self.zone)
        if local.weekday() < SATURDAY and local.time() < LATEST_START:
            return f"by {OFFICE_CLOSES:%H:%M} today"
        day = local.date() + timedelta(days=1)
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
        said = self.day(day)
        return f"by {NOON:%H:%M} {said}" if said == "tomorrow" else f"by {NOON:%H:%M} on {day:%A} {said}"


def items(lines: Iterable[PartLine], names: dict[str, str]) -> str:
    """`40 Nitrile gloves M and 120 SYR-10ML`, the first few by name; empty without lines. `names` gives a line's
    description."""
    named = [f"{plain(line.quantity)} {names.get(line.line) or line.sku or 'items'}" for line in lines if line.quantity > 0]
    rest = len(named) - GOODS_NAMED
    if rest > 1:
        named = [*named[:GOODS_NAMED], f"{rest} other items"]
    return joined(named)
