"""What the systems say that is about no order: stock each morning, the middleware's queues, circuits of partners away."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from apps.demo.world.chance import Chance
from apps.demo.world.conditions import NEVER
from apps.demo.world.network import COLD, DRY, ERP, MIDDLEWARE, POLARIS, WAREHOUSES, Warehouse
from apps.demo.world.things import Reach, Telling, Word

if TYPE_CHECKING:
    from apps.demo.world.programme import Programme

_DAY: Final = timedelta(days=1)
_QUEUE_HOURS: Final = 2
_EARLY: Final = timedelta(days=2)  # an outage of the day before may end, and be told, on this one


def ambient_days(programme: "Programme", after: datetime) -> Iterator[datetime]:
    """The days (UTC midnights), without end, whose words may be heard after `after`."""
    first = max(after - _EARLY, programme.plan.began_at)
    day = datetime.combine(first.astimezone(UTC).date(), time(), UTC)
    while True:
        yield day
        day += _DAY


def ambient_words(programme: "Programme", day: datetime) -> list[Word]:
    speaker = _Speaker(programme, day)
    speaker.snapshots()
    speaker.queues()
    speaker.circuits()
    return speaker.words


class _Speaker:
    """Says one day's words."""

    def __init__(self, programme: "Programme", day: datetime) -> None:
        self.programme, self.day = programme, day
        self.chance = Chance(f"{programme.plan.seed}/day/{day:%Y-%m-%d}")
        self.words: list[Word] = []

    def snapshots(self) -> None:
        """ERP and 3PL count the same shelf; now and then they do not agree."""
        for warehouse in WAREHOUSES:
            products = COLD if warehouse is POLARIS else DRY
            as_of = warehouse.hours.at(self.day.date(), time(4))
            counted = {product.sku: self._on_hand(warehouse, product.sku) for product in products}
            booked = {
                sku: on_hand + (self.chance.whole(f"{warehouse.site}/{sku}/by", -9, 9) if self._differs(warehouse, sku) else 0)
                for sku, on_hand in counted.items()
            }
            for source, shown, delay in ((warehouse.source, counted, 6), (ERP, booked, 15)):
                positions = [{"sku": product.sku, "on_hand": shown[product.sku], "uom": product.uom} for product in products]
                data = {"site": warehouse.site, "as_of": as_of.isoformat(), "positions": positions, "complete": True}
                key = f"{warehouse.site}-stock-{self.day:%Y%m%d}"
                self._say(source, "inventory.snapshot", key, as_of + timedelta(minutes=delay), data)

    def queues(self) -> None:
        for hour in range(0, 24, _QUEUE_HOURS):
            at = self.day + timedelta(hours=hour)
            for warehouse in WAREHOUSES:
                away = self.programme.conditions.away(warehouse.source, at)
                depth = self.chance.whole(f"{warehouse.partner}/{hour}/depth", 0, 6)
                age = self.chance.whole(f"{warehouse.partner}/{hour}/age", 1, 40)
                if away:
                    age = int((at - away.since).total_seconds())
                    depth += age // 240
                data = {"queue": f"to-{warehouse.partner}", "depth": depth, "oldest_age_seconds": age if depth else 0}
                self._say(MIDDLEWARE, "queue.measured", f"queue-{warehouse.partner}-{at:%Y%m%d%H}", at, data)

    def circuits(self) -> None:
        """The middleware gives a partner up after five minutes, and takes it up again a minute after it is back."""
        partners = {warehouse.source: warehouse.partner for warehouse in WAREHOUSES}
        for spell in self.programme.conditions.spells("outage", self.day, self.day + _DAY):
            if spell.source not in partners:
                continue
            partner = partners[spell.source]
            key = f"circuit-{partner}-{spell.since:%Y%m%d%H%M%S}"
            opened = {"partner": partner, "state": "open", "reason": "no answer to five requests"}
            self._say(MIDDLEWARE, "circuit.changed", f"{key}-open", spell.since + timedelta(minutes=5), opened)
            if spell.until < NEVER:
                closed = {"partner": partner, "state": "closed", "reason": "answers again"}
                self._say(MIDDLEWARE, "circuit.changed", f"{key}-closed", spell.until + timedelta(minutes=1), closed)

    def _on_hand(self, warehouse: Warehouse, sku: str) -> int:
        return self.chance.whole(f"{warehouse.site}/{sku}", 40, 900)

    def _differs(self, warehouse: Warehouse, sku: str) -> bool:
        return self.chance.hits(f"{warehouse.site}/{sku}/differs", 0.06)

    def _say(self, source: str, name: str, key: str, at: datetime, data: dict[str, Any]) -> None:
        conditions, id_ = self.programme.conditions, f"{self.programme.plan.mark}{key}"
        at = at.replace(microsecond=0)
        told = at + timedelta(seconds=round(self.chance.between(f"{source}/{key}/lag", 0.3, 20), 3))
        telling = Telling(id_, conditions.heard(source, told, id_), at + conditions.skew(source, at))
        self.words.append(Word(name, source, at, data, Reach.NO_ORDER, [telling]))
