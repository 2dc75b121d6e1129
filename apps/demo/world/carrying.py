"""The way to the customer: scans, deliveries, and what the carrier's messages name."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from apps.demo.world.chance import Chance
from apps.demo.world.network import CARRIERS, POLARIS, Warehouse
from apps.demo.world.saying import Teller
from apps.demo.world.things import Dispatch, Leg, Order, Reach, Word

_PREFIXES: Final = {"UPSN": "1Z84E", "FDEG": "7712"}
_SIGNERS: Final = ("R. Ortiz", "Front desk", "J. Lind", "Dock 3")


def number_of(order: Order) -> str:
    return order.number.removeprefix("SO-")


def tracking_of(order: Order, warehouse: Warehouse, part: str, chance: Chance) -> tuple[str, ...]:
    """One number a parcel; none where the 3PL drives itself."""
    if warehouse.carrier is None:
        return ()
    parcels = 2 if chance.hits(f"parcels/{part}", 0.08) else 1
    stem = f"{_PREFIXES[warehouse.carrier]}{number_of(order)}{part.upper()}"
    return tuple(f"{stem}{parcel}" for parcel in range(1, parcels + 1))


def carry(teller: Teller, leg: Leg, dispatch: Dispatch, key: str, *, is_wrong: bool) -> None:
    """All words of the way. `is_wrong`: the delivery names something that does not exist."""
    for place, tracking in enumerate(dispatch.tracking or (None,), start=1):
        parcel = Parcel(teller, leg, dispatch, tracking, f"{key}-{place}")
        parcel.travel(is_wrong=is_wrong and place == 1)


class Parcel:
    """One parcel, or all that a 3PL's own truck brings."""

    def __init__(self, teller: Teller, leg: Leg, dispatch: Dispatch, tracking: str | None, key: str) -> None:
        self.teller, self.leg, self.dispatch, self.tracking, self.key = teller, leg, dispatch, tracking, key
        warehouse = leg.warehouse
        self.source = CARRIERS[warehouse.carrier] if warehouse.carrier else warehouse.source

    def travel(self, *, is_wrong: bool) -> None:
        left, warehouse, chance = self.dispatch.shipped.at, self.leg.warehouse, self.teller.chance
        hub = {"location": f"{warehouse.site_name} hub"}
        self.dispatch.scans.append(
            (self.tracking, self._say("shipment.in_transit", "scan", left + self._minutes("scan", 150, 420), hub))
        )
        days = chance.whole(f"{self.key}/days", 1, 2 if warehouse is POLARIS else 3)
        if days > 1:
            on_the_way = left + self._minutes("scan-2", 20 * 60, 26 * 60)
            near = {"location": "regional hub"}
            self.dispatch.scans.append((self.tracking, self._say("shipment.in_transit", "scan-2", on_the_way, near)))
        at = self._arrival(left, days)
        if self.teller.hits("failed_delivery", self.key, at):
            failed = self._say("shipment.failed", "failed", at, {"reason": "dock closed"})
            self.dispatch.failures.append((self.tracking, failed))
            self._note("failed_delivery", failed, "failed", at, expects=("DELIVERY_FAILED",))
            at = self._arrival(at, 1)
        self._deliver(at, is_wrong=is_wrong)

    def _deliver(self, at: datetime, *, is_wrong: bool) -> None:
        signed = {"signed_by": self.teller.chance.one(f"{self.key}/signed", _SIGNERS)}
        if self.teller.hits("missing_reference", self.key, at):
            said = self._raw("shipment.delivered", "delivered", at, signed, Reach.UNREADABLE)
            self._note("missing_reference", said, "delivered", at, expects=("CONTRACT_VIOLATION",))
            return
        if is_wrong:
            named = {"tracking": f"{self.tracking}X"} if self.tracking else {"shipment": f"{self.dispatch.shipment}X"}
            said = self._raw("shipment.delivered", "delivered", at, named | signed, Reach.NOBODY)
            self._note("wrong_reference", said, "delivered", at, expects=(), note="mistyped tracking or shipment number")
            return
        self.dispatch.deliveries.append((self.tracking, self._say("shipment.delivered", "delivered", at, signed)))

    def _say(self, name: str, what: str, at: datetime, data: dict[str, Any]) -> Word:
        if self.tracking:
            return self._raw(name, what, at, {"tracking": self.tracking, **data}, Reach.TRACKING)
        named = {"shipment": self.dispatch.shipment, "leg": self.leg.number}
        return self._raw(name, what, at, named | data, Reach.LEG)

    def _raw(self, name: str, what: str, at: datetime, data: dict[str, Any], reach: Reach) -> Word:
        return self.teller.say(self.source, name, f"{self.key}-{what}", at, data, reach=reach)

    def _note(  # noqa: PLR0913 - an entry of the record
        self, fault: str, said: Word, what: str, at: datetime, *, expects: tuple[str, ...], note: str = ""
    ) -> None:
        names = {"leg": self.leg.number, "shipment": self.dispatch.shipment}
        self.teller.note(fault, said, f"{self.key}-{what}", at, expects=expects, note=note, **names)

    def _minutes(self, name: str, low: float, high: float) -> timedelta:
        return timedelta(minutes=self.teller.chance.between(f"{self.key}/{name}", low, high))

    def _arrival(self, left: datetime, days: int) -> datetime:
        hours = self.leg.warehouse.hours
        opens = hours.at(hours.working_day(left, days), time(9))
        return opens + self._minutes(f"arrival/{days}/{left:%d}", 0, 8 * 60)
