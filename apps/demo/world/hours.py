"""When a site works: opening hours, cut-off and ship days, in its own time zone. All moments in and out are UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

WORKING_DAYS = (0, 1, 2, 3, 4)  # Monday is 0
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """What is released before `cut_off` on one of `ship_days` leaves when the site closes that day."""

    zone: str
    opens: time
    closes: time
    cut_off: time
    ship_days: tuple[int, ...] = WORKING_DAYS

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def local_day(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def at(self, day: date, clock: time) -> datetime:
        """That time of that local day."""
        return datetime.combine(day, clock, self._zone).astimezone(UTC)

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself while the site is open, else when it opens next."""
        day = self.local_day(moment)
        while True:
            if day.weekday() in WORKING_DAYS:
                if moment <= (opens := self.at(day, self.opens)):
                    return opens
                if moment < self.at(day, self.closes):
                    return moment
            day += _DAY

    def after(self, moment: datetime, minutes: float) -> datetime:
        """When so many minutes of opening have passed since `moment`."""
        left = timedelta(minutes=minutes)
        moment = self.next_open(moment)
        while (closes := self.at(self.local_day(moment), self.closes)) - moment < left:
            left -= closes - moment
            moment = self.next_open(closes)
        return moment + left

    def ship_by(self, released: datetime) -> datetime:
        """When what is released at that moment must have left: the close of the first ship day whose cut-off it makes."""
        day = self.local_day(released)
        while day.weekday() not in self.ship_days or released > self.at(day, self.cut_off):
            day += _DAY
        return self.at(day, self.closes)

    def next_ship_close(self, after: datetime) -> datetime:
        """The close of the first ship day after the local day of `after`."""
        day = self.local_day(after) + _DAY
        while day.weekday() not in self.ship_days:
            day += _DAY
        return self.at(day, self.closes)

    def working_day(self, after: datetime, days: int) -> date:
        """The local date so many working days after `after`."""
        day = self.local_day(after)
        while days > 0:
            day += _DAY
            days -= day.weekday() in WORKING_DAYS
        return day
