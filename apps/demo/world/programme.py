"""Which orders there are and when each begins: history by the rhythm of a working week, then live at the asked rate."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from apps.demo.world.chance import Chance
from apps.demo.world.conditions import Conditions, Regime, Spell
from apps.demo.world.faults import DEFAULT_RATES
from apps.demo.world.network import Warehouse
from apps.demo.world.ordering import live_through
from apps.demo.world.things import Order
from apps.demo.world.warehousing import Around

FIRST_NUMBER: Final = 10_001
LONGEST_LIFE: Final = timedelta(days=40)  # after that an order has nothing more to say
_LOOKS_BACK: Final = 60  # how far an order that is taken for another may lie back
_HOUR: Final = timedelta(hours=1)
_ORDERED_AGAIN_WITHIN: Final = timedelta(days=2)
_EASTERN: Final = ZoneInfo("America/New_York")


class Plan(msgspec.Struct, frozen=True):
    """`seed` and `began_at` decide everything. `mark` sets one world's identifiers apart from another's."""

    seed: int
    began_at: datetime
    days: int
    orders: int
    mark: str = ""

    @property
    def born_at(self) -> datetime:
        """Where history ends and the live feed begins."""
        return self.began_at + timedelta(days=self.days)


@dataclass(slots=True)
class Programme:
    """`rates` hold for the history; `regimes` from their times on; `outages` are those started by hand."""

    plan: Plan
    rates: Mapping[str, float] = field(default_factory=lambda: DEFAULT_RATES)
    regimes: Sequence[Regime] = ()
    outages: Sequence[Spell] = ()
    conditions: Conditions = field(init=False)
    _chance: Chance = field(init=False)
    _weights: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._chance = Chance(str(self.plan.seed))
        history = Regime(self.plan.began_at - timedelta(days=400), self.rates)
        self.conditions = Conditions(str(self.plan.seed), (history, *self.regimes), self.outages)
        hours = range(self.plan.days * 24)
        self._weights = list(accumulate(_demand(self.plan.began_at + hour * _HOUR) for hour in hours))

    def starts(self, since: datetime, until: datetime) -> Iterator[tuple[int, datetime]]:
        """Place and beginning of each order that begins in that time, the earliest first."""
        plan = self.plan
        for place in range(self._first_place(since), plan.orders):
            starts_at = self.start_of(place)
            if starts_at >= until:
                return
            if starts_at >= since:
                yield place, starts_at
        for place, starts_at in self._live_starts(since):
            if starts_at >= until:
                return
            if starts_at >= since:
                yield place, starts_at

    def start_of(self, place: int) -> datetime:
        """When the history's order at that place (from 0) begins."""
        plan = self.plan
        at = (place + self._chance.share(f"start/{place}")) / plan.orders * self._weights[-1]
        hour = min(bisect_right(self._weights, at), len(self._weights) - 1)
        before = self._weights[hour - 1] if hour else 0.0
        within = (at - before) / (self._weights[hour] - before)
        moment = plan.began_at + (hour + min(max(within, 0.0), 0.999)) * _HOUR
        return moment.replace(microsecond=0)

    def _first_place(self, since: datetime) -> int:
        """No order before that place begins at `since` or later."""
        hours = int((since - self.plan.began_at) / _HOUR)
        if hours <= 0:
            return 0
        if hours >= len(self._weights):
            return self.plan.orders
        return max(0, int(self._weights[hours - 1] / self._weights[-1] * self.plan.orders) - 2)

    def _live_starts(self, since: datetime) -> Iterator[tuple[int, datetime]]:
        place = self.plan.orders
        for number, regime in enumerate(self.regimes):
            if regime.orders_per_hour <= 0:
                continue
            gap = _HOUR / regime.orders_per_hour
            ends = self.regimes[number + 1].since if number + 1 < len(self.regimes) else None
            count = int((ends - regime.since) / gap) if ends else None
            first = max(0, int((since - regime.since) / gap) - 1)
            if count is not None and first >= count:
                place += count
                continue
            slot = first
            while count is None or slot < count:
                share = self._chance.share(f"start/{place + slot}")
                yield place + slot, (regime.since + (slot + share) * gap).replace(microsecond=0)
                slot += 1
            place += count or 0

    def number(self, place: int) -> str:
        return f"SO-{self.plan.mark}{FIRST_NUMBER + place}"

    def order(self, place: int, starts_at: datetime) -> Order:
        """The whole life of that order."""
        chance = self._chance_of(place)

        def other_order(name: str) -> str | None:
            back = chance.whole(f"{name}/other", 1, _LOOKS_BACK)
            return self.number(place - back) if place - back >= 0 else None

        def other_tracking(name: str, warehouse: Warehouse, before: datetime) -> str | None:
            first = chance.whole(f"{name}/other", 1, _LOOKS_BACK)
            for back in range(first, first + 12):
                if place - back < 0 or place - back >= self.plan.orders:
                    continue
                if found := self._tracking_of(place - back, warehouse, before):
                    return found
            return None

        around = Around(other_order, other_tracking, self._original(place, starts_at), self.plan.mark)
        return live_through(self.number(place), starts_at, chance, self.conditions, around)

    def _original(self, place: int, starts_at: datetime) -> tuple[str, Chance] | None:
        """The earlier order that this one is once more, where it is one; that one is a first order itself."""
        if not self._is_ordered_again(place, starts_at):
            return None
        earlier = place - self._chance_of(place).whole("ordered_twice/of", 1, 3)
        began_at = dict(self.starts(starts_at - _ORDERED_AGAIN_WITHIN, starts_at)).get(earlier)
        if began_at is None or self._is_ordered_again(earlier, began_at):
            return None
        return self.number(earlier), self._chance_of(earlier)

    def _is_ordered_again(self, place: int, starts_at: datetime) -> bool:
        return self._chance_of(place).hits("ordered_twice", self.conditions.rate("ordered_twice", starts_at))

    def _chance_of(self, place: int) -> Chance:
        return Chance(f"{self.plan.seed}/{place}")

    def _tracking_of(self, place: int, warehouse: Warehouse, before: datetime) -> str | None:
        """A number that only one parcel of that order has, sent before that moment; by a look that goes no further."""
        starts_at = self.start_of(place)
        around = Around(lambda _: None, lambda *_: None, self._original(place, starts_at), self.plan.mark)
        order = live_through(self.number(place), starts_at, self._chance_of(place), self.conditions, around)
        for leg in order.legs:
            for dispatch in leg.dispatches:
                is_earlier = dispatch.shipped.at < before and leg.warehouse is warehouse
                if is_earlier and len(dispatch.tracking) == 1:
                    return dispatch.tracking[0]
        return None


def _demand(hour: datetime) -> float:
    """How many orders that hour brings, against others: weekdays by day, Monday most, few at night and at weekends."""
    local = hour.astimezone(_EASTERN)
    if local.weekday() >= 5:
        return 0.25 if 9 <= local.hour < 20 else 0.06
    day = (1.25, 1.1, 1.0, 1.0, 0.9)[local.weekday()]
    if 8 <= local.hour < 12:
        return 1.5 * day
    if 12 <= local.hour < 18:
        return 1.1 * day
    return 0.45 * day if 6 <= local.hour < 22 else 0.12
