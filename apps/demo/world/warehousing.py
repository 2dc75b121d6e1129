"""A leg at a 3PL: planned and released by the middleware, then acknowledged, picked, packed and shipped, or not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from apps.demo.world.carrying import carry, number_of, tracking_of
from apps.demo.world.chance import Chance
from apps.demo.world.network import BLUEDOCK, MIDDLEWARE, NORTHSTAR, OMS, POLARIS, Warehouse
from apps.demo.world.saying import Teller, named_lines
from apps.demo.world.things import Amounts, Dispatch, Leg, Order, Reach

_TAKES_OVER: Final = {NORTHSTAR.site: BLUEDOCK, BLUEDOCK.site: NORTHSTAR}


@dataclass(frozen=True, slots=True)
class Around:
    """What an order knows of others. `other_order(name)`: the number of an earlier one, None for the first.
    `other_tracking(name, warehouse, before)`: a number that this 3PL gave to an earlier one's shipment, if it did.
    `original`: the number and the chance of the earlier one that this order is once more. `mark` sets the customers' POs apart
    from another world's."""

    other_order: Callable[[str], str | None]
    other_tracking: Callable[[str, Warehouse, datetime], str | None]
    original: tuple[str, Chance] | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class LegPlan:
    place: int
    warehouse: Warehouse
    amounts: Amounts
    planned_at: datetime
    cancelled_at: datetime  # when the customer cancels the order
    is_second: bool = False  # taken over from a 3PL that refused


@dataclass(slots=True)
class Work:
    """A leg while it is worked; `key` begins the keys of its words."""

    order: Order
    teller: Teller
    leg: Leg
    plan: LegPlan
    around: Around

    @property
    def key(self) -> str:
        return str(self.plan.place)

    def minutes(self, name: str, low: float, high: float) -> float:
        return self.teller.chance.between(f"{self.key}/{name}", low, high)

    def hits(self, fault: str, at: datetime) -> bool:
        return self.teller.hits(fault, self.key, at)

    def about(self) -> dict[str, Any]:
        """How the 3PL's own messages name the leg."""
        warehouse = self.leg.warehouse
        data: dict[str, Any] = {"leg": self.leg.number}
        if warehouse.names_order:
            data["order"] = self.order.number
        if warehouse.names_release:
            data["references"] = [{"scheme": "release", "value": release_of(self.leg)}]
        return data

    @property
    def reach(self) -> Reach:
        return Reach.ORDER if self.leg.warehouse.names_order else Reach.LEG

    def rows(self, amounts: Amounts) -> list[dict[str, Any]]:
        return named_lines(self.order, amounts, with_ids=self.leg.warehouse.names_lines)


def release_of(leg: Leg) -> str:
    return f"REL-{leg.number.removeprefix('L-')}"


def work_leg(order: Order, teller: Teller, plan: LegPlan, around: Around) -> None:
    """Everything that becomes of this part of the order."""
    if plan.planned_at >= plan.cancelled_at:
        return
    number = f"L-{number_of(order)}-{plan.place}"
    warehouse = plan.warehouse
    where = {"order": order.number, "leg": number, "site": warehouse.site, "partner": warehouse.partner}
    rows = {"lines": named_lines(order, plan.amounts)}
    planned = teller.say(MIDDLEWARE, "leg.planned", f"{plan.place}-planned", plan.planned_at, where | rows)
    leg = Leg(number, warehouse, plan.amounts, planned)
    order.legs.append(leg)
    work = Work(order, teller, leg, plan, around)
    released_at = plan.planned_at + timedelta(minutes=work.minutes("released", 3, 15))
    if released_at >= plan.cancelled_at:
        return
    leg.ship_by = warehouse.hours.ship_by(released_at)
    more = {
        "ship_by": leg.ship_by.astimezone(ZoneInfo(warehouse.zone)).isoformat(),
        "carrier": warehouse.carrier or "PCLD",
        "service": "cold" if warehouse is POLARIS else "ground",
        "references": [{"scheme": "release", "value": release_of(leg)}],
    }
    leg.released = teller.say(MIDDLEWARE, "leg.released", f"{plan.place}-released", released_at, where | rows | more)
    if not plan.is_second and warehouse.site in _TAKES_OVER and work.hits("rejected_leg", released_at):
        _refuse(work, released_at)
        return
    _fulfil(work, released_at)


def _refuse(work: Work, released_at: datetime) -> None:
    leg, plan = work.leg, work.plan
    at = leg.warehouse.hours.after(released_at, work.minutes("refused", 10, 50))
    if at >= plan.cancelled_at:
        _confirm_cancellation(work)
        return
    why = {"reason": "no stock of the first line", "code": "stock"}
    said = work.teller.say(
        leg.warehouse.source, "leg.rejected", f"{work.key}-rejected", at, work.about() | why, reach=work.reach
    )
    leg.rejected = said
    work.teller.note("rejected_leg", said, f"{work.key}-rejected", at, leg=leg.number, expects=("LEG_REJECTED",))
    again = at + timedelta(minutes=work.minutes("again", 15, 45))
    other = _TAKES_OVER[leg.warehouse.site]
    new = replace(plan, place=plan.place + 3, warehouse=other, planned_at=again, is_second=True)
    work_leg(work.order, work.teller, new, work.around)


def _confirm_cancellation(work: Work) -> None:
    leg = work.leg
    at = leg.warehouse.hours.after(work.plan.cancelled_at, work.minutes("uncancelled", 5, 45))
    data = work.about() | {"reason": "cancelled by the customer"}
    leg.cancelled = work.teller.say(leg.warehouse.source, "leg.cancelled", f"{work.key}-cancelled", at, data, reach=work.reach)


def _fulfil(work: Work, released_at: datetime) -> None:
    leg, plan, hours = work.leg, work.plan, work.leg.warehouse.hours
    assert leg.ship_by is not None
    acknowledged_at = hours.after(released_at, work.minutes("acknowledged", 4, 28))
    is_cancelled = plan.cancelled_at < leg.ship_by
    goes_on = not is_cancelled or work.hits("ships_all_the_same", plan.cancelled_at)
    if acknowledged_at < plan.cancelled_at or goes_on:
        _acknowledge(work, acknowledged_at)
    if not goes_on:
        _confirm_cancellation(work)
        return
    if is_cancelled:
        work.teller.note(
            "ships_all_the_same", None, work.key, plan.cancelled_at, leg=leg.number, expects=("CANCEL_NOT_CONFIRMED",)
        )
    by = leg.ship_by
    if work.hits("late_work", by):
        work.teller.note("late_work", None, work.key, by, leg=leg.number, expects=("SHIP_OVERDUE",))
        by = hours.next_ship_close(by)
    shipped_at = by - timedelta(minutes=work.minutes("shipped", 60, 150))
    picked_at = max(acknowledged_at + timedelta(minutes=3), shipped_at - timedelta(minutes=work.minutes("picked", 130, 230)))
    amounts = _pick(work, picked_at)
    packed_at = picked_at + (shipped_at - picked_at) * work.teller.chance.between(f"{work.key}/packed", 0.4, 0.8)
    _pack(work, packed_at)
    _ship(work, shipped_at, amounts)


def _acknowledge(work: Work, at: datetime) -> None:
    leg, source, key = work.leg, work.leg.warehouse.source, f"{work.key}-acknowledged"
    if work.hits("lost_acknowledgement", at):
        work.teller.note("lost_acknowledgement", None, key, at, leg=leg.number, expects=("ACK_OVERDUE",))
        return
    if wrong_in(work) == "acknowledged" and leg.warehouse is not POLARIS:
        typo = leg.number[:-3] + "0" + leg.number[-3:]
        data = work.about() | {"leg": typo}
        reach = Reach.ORDER if leg.warehouse.names_order else Reach.NOBODY
        said = work.teller.say(source, "leg.acknowledged", key, at, data, reach=reach)
        if reach is Reach.ORDER:
            work.order.strays.append((typo, said))
        work.teller.note("wrong_reference", said, key, at, leg=leg.number, expects=("ACK_OVERDUE",), note="mistyped leg")
        return
    leg.acknowledged = work.teller.say(source, "leg.acknowledged", key, at, work.about(), reach=work.reach)


def wrong_in(work: Work) -> str:
    """In which of its messages a leg with a wrong reference has it; empty for a leg without."""
    assert work.leg.released is not None
    if not work.hits("wrong_reference", work.leg.released.at):
        return ""
    return work.teller.chance.one(f"{work.key}/wrong", ("acknowledged", "posted", "delivered"))


def _broken_in(work: Work, at: datetime) -> str:
    return work.teller.chance.one(f"{work.key}/broken", ("picked", "packed")) if work.hits("malformed", at) else ""


def _pick(work: Work, at: datetime) -> Amounts:
    """What was on the shelf."""
    leg, source, key = work.leg, work.leg.warehouse.source, f"{work.key}-picked"
    amounts = dict(leg.amounts)
    line = max(amounts, key=lambda name: (amounts[name], name))
    if amounts[line] > 1 and work.hits("short_ship", at):
        missing = work.teller.chance.whole(f"{work.key}/missing", 1, max(1, amounts[line] // 2))
        amounts[line] -= missing
        data = work.about() | {"code": "short_pick", "lines": work.rows({line: missing})}
        leg.problems.append(work.teller.say(source, "leg.problem", f"{work.key}-problem", at, data, reach=work.reach))
        work.teller.note("short_ship", None, key, at, leg=leg.number, expects=("LEG_PROBLEM", "SHORT_SHIP"))
        if work.plan.cancelled_at > at and work.teller.chance.hits(f"{work.key}/give-up", 0.6):
            _give_up(work, at, {line: missing})
    at += timedelta(seconds=40)
    if _broken_in(work, at) == "picked":
        rows = [row | {"quantity": "a dozen"} for row in work.rows(amounts)]
        data = work.about() | {"lines": rows}
        said = work.teller.say(source, "leg.picked", key, at, data, reach=Reach.UNREADABLE)
        work.teller.note("malformed", said, key, at, leg=leg.number, expects=("CONTRACT_VIOLATION",), note="bad number")
        return amounts
    data = work.about() | {"lines": work.rows(amounts)}
    leg.picked = (work.teller.say(source, "leg.picked", key, at, data, reach=work.reach), amounts)
    return amounts


def _give_up(work: Work, at: datetime, cut: Amounts) -> None:
    """The customer does not wait for what was missing."""
    at += timedelta(minutes=work.minutes("give-up/after", 60, 300))
    data = {"order": work.order.number, "lines": named_lines(work.order, cut), "reason": "not waited for"}
    said = work.teller.say(OMS, "order.cancelled", f"{work.key}-given-up", at, data)
    work.order.cancellations.append((said, cut))


def _pack(work: Work, at: datetime) -> None:
    leg, source, key = work.leg, work.leg.warehouse.source, f"{work.key}-packed"
    data = work.about() | {"packages": 1 + len(leg.amounts)}
    if _broken_in(work, at) == "packed":
        del data["leg"]
        said = work.teller.say(source, "leg.packed", key, at, data, reach=Reach.UNREADABLE)
        work.teller.note("malformed", said, key, at, leg=leg.number, expects=("CONTRACT_VIOLATION",), note="missing leg")
        return
    leg.packed = work.teller.say(source, "leg.packed", key, at, data, reach=work.reach)


def _ship(work: Work, at: datetime, amounts: Amounts) -> None:
    first, second = amounts, {}
    if sum(amounts.values()) >= 4 and work.teller.chance.hits(f"{work.key}/two", 0.09):
        second = {line: half for line, quantity in amounts.items() if (half := quantity // 2)}
        first = {line: left for line, quantity in amounts.items() if (left := quantity - second.get(line, 0))}
    _dispatch(work, at, first, "a", is_final=not second)
    if second:
        _dispatch(work, at + timedelta(minutes=work.minutes("two/after", 15, 40)), second, "b", is_final=True)


def _dispatch(work: Work, at: datetime, amounts: Amounts, part: str, *, is_final: bool) -> None:
    order, leg, warehouse, key = work.order, work.leg, work.leg.warehouse, f"{work.key}-shipped-{part}"
    shipment = f"{warehouse.mark}-{number_of(order)}-{work.plan.place}{part}"
    tracking = tracking_of(order, warehouse, f"{work.plan.place}{part}", work.teller.chance)
    borrowed = None
    if tracking and work.teller.hits("shared_tracking", f"{work.key}{part}", at):
        borrowed = work.around.other_tracking(f"{work.key}{part}", warehouse, at)
        tracking = (borrowed,) if borrowed else tracking
    data = work.about() | {
        "shipment": shipment,
        "lines": work.rows(amounts),
        "carrier": warehouse.carrier or "PCLD",
        "tracking": list(tracking),
        "packages": 1 + len(amounts),
        "final": is_final,
    }
    said = work.teller.say(warehouse.source, "leg.shipped", key, at, data, reach=work.reach)
    if borrowed:
        work.teller.note("shared_tracking", said, key, at, leg=leg.number, shipment=shipment, note=borrowed)
    dispatch = Dispatch(shipment, amounts, said, is_final, tracking)
    leg.dispatches.append(dispatch)
    wrong = wrong_in(work)
    if wrong == "posted" and warehouse.names_order and part == "a":
        order.wrongly_posted.append(dispatch)
    carry(work.teller, leg, dispatch, f"{work.key}{part}", is_wrong=wrong == "delivered" and part == "a")
