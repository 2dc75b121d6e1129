"""The front office: a customer orders, the OMS takes it, the ERP checks credit and stock, the order is split into legs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.demo.world.billing import bill, take_returns
from apps.demo.world.chance import Chance
from apps.demo.world.conditions import NEVER, Conditions
from apps.demo.world.network import (
    BLUEDOCK,
    COLD,
    CURRENCY,
    CUSTOMERS,
    DRY,
    ERP,
    NORTHSTAR,
    OMS,
    POLARIS,
    REGIONS,
    STRANGE_APP,
    Product,
    Warehouse,
)
from apps.demo.world.saying import Teller, named_lines, order_rows
from apps.demo.world.things import Amounts, Order, OrderLine, Reach
from apps.demo.world.warehousing import Around, LegPlan, work_leg

_HOMES: Final = {"southeast": NORTHSTAR, "west": BLUEDOCK}


@dataclass(slots=True)
class Desk:
    """One order on its way through the front office. `wanted` is what is to be allocated, `bought` what the customer's wish is
    drawn from: another order's chance where it is that one once more."""

    order: Order
    teller: Teller
    around: Around
    home: Warehouse
    wanted: Amounts
    bought: Chance
    cancelled_at: datetime = NEVER

    @property
    def chance(self) -> Chance:
        return self.teller.chance

    def minutes(self, name: str, low: float, high: float) -> timedelta:
        return timedelta(minutes=self.chance.between(name, low, high))


def live_through(number: str, starts_at: datetime, chance: Chance, conditions: Conditions, around: Around) -> Order:
    """The whole life of the order of that number, and every word said of it."""
    original, bought = around.original or ("", chance)
    customer = bought.whole("customer", 0, len(CUSTOMERS) - 1)
    region = list(REGIONS)[customer % len(REGIONS)]
    channel = chance.one("channel", ("edi", "portal", "portal", "phone"))
    order = Order(number, starts_at, CUSTOMERS[customer], region, channel, _basket(bought), original=original)
    home = _HOMES.get(region) or chance.one("home", (NORTHSTAR, BLUEDOCK))
    teller = Teller(order, chance, conditions)
    desk = Desk(order, teller, around, home, {line.line: line.quantity for line in order.lines}, bought)
    _take(desk)
    teller.let_overtake()
    return order


def _basket(chance: Chance) -> list[OrderLine]:
    """Two orders in three hold goods that need no cooling alone; some hold cold goods beside them, few nothing else."""
    kind = chance.share("kind")
    dry = chance.some("dry", DRY, chance.whole("dry/count", 1, 4)) if kind < 0.9 else []
    cold = chance.some("cold", COLD, chance.whole("cold/count", 1, 2)) if kind >= 0.62 else []
    if dry and chance.hits("twice", 0.04):
        dry = [*dry, dry[0]]  # the same article on two lines, as for two wards
    products: list[Product] = [*dry, *cold]
    return [
        OrderLine(str(place), product, chance.whole(f"quantity/{place}", 2, 12 if product in COLD else 40))
        for place, product in enumerate(products, start=1)
    ]


def _take(desk: Desk) -> None:
    order, chance = desk.order, desk.chance
    _place(desk)
    at = order.starts_at + desk.minutes("validated", 2, 9)
    if chance.hits("rejected", 0.012):
        why = {"reason": "the ship-to address is not on file", "code": "address"}
        order.rejected = desk.teller.say(OMS, "order.rejected", "rejected", at, {"order": order.number, **why})
        return
    order.validated = desk.teller.say(OMS, "order.validated", "validated", at, {"order": order.number})
    if desk.teller.hits("unknown_type", "points", at):
        data = {"order": order.number, "points": 120}
        type_ = "com.meridian.loyalty.points_granted.v1"
        word = desk.teller.say(STRANGE_APP, "", "points", at, data, reach=Reach.UNREADABLE, type_=type_)
        desk.teller.note("unknown_type", word, "points", at, expects=("DEAD_LETTER",))
    at = _change(desk, _hold(desk, at))
    if at < NEVER:
        _allocate(desk, _drop(desk, at))
        bill(order, desk.teller, desk.around.other_order)
        take_returns(order, desk.teller)


def _place(desk: Desk) -> None:
    order, at = desk.order, desk.order.starts_at
    sites = {POLARIS if line.product in COLD else desk.home for line in order.lines}
    ready = at + timedelta(hours=2)
    days = [site.hours.working_day(site.hours.ship_by(ready), 4) for site in sites]
    order.promised_date = max(days).isoformat()
    customer, name = order.customer
    data = {
        "order": order.number,
        "lines": order_rows(order, desk.wanted),
        "customer": {"id": customer, "name": name},
        "region": order.region,
        "channel": order.channel,
        "currency": CURRENCY,
        "promised_date": order.promised_date,
        "references": [{"scheme": "po", "value": f"PO-{desk.around.mark}{desk.bought.whole('po', 100_000, 999_999)}"}],
    }
    order.placed = desk.teller.say(OMS, "order.placed", "placed", at, data)
    if order.original:
        note = f"once more {order.original}"
        desk.teller.note("ordered_twice", order.placed, "placed", at, expects=("DUPLICATE_ORDER",), note=note)


def _hold(desk: Desk, at: datetime) -> datetime:
    """When the order may go on; NEVER while its hold stands."""
    if not desk.chance.hits("hold", 0.035):
        return at
    order, hold = desk.order, f"CR-{desk.order.number}"
    at += desk.minutes("hold/after", 1, 5)
    data = {"order": order.number, "hold": hold}
    why = {"reason": "credit limit exceeded", "code": "credit"}
    held = desk.teller.say(ERP, "order.held", "held", at, data | why)
    if desk.chance.hits("hold/stands", 0.08):
        order.holds.append((hold, held, None))
        return NEVER
    is_long = desk.chance.hits("hold/long", 0.15)
    at += desk.minutes("hold/length", 20 * 60, 60 * 60) if is_long else desk.minutes("hold/length", 25, 7 * 60)
    freed = desk.teller.say(ERP, "order.hold_released", "hold-released", at, data | {"reason": "payment received"})
    order.holds.append((hold, held, freed))
    return at


def _change(desk: Desk, at: datetime) -> datetime:
    if at >= NEVER or not desk.chance.hits("changed", 0.03):
        return at
    order = desk.order
    at += desk.minutes("changed/after", 8, 40)
    desk.wanted = {line: quantity + desk.chance.whole(f"changed/{line}", 0, 6) for line, quantity in desk.wanted.items()}
    order.promised_date = desk.home.hours.working_day(at, 8).isoformat()
    data = {"order": order.number, "revision": 1, "lines": order_rows(order, desk.wanted), "promised_date": order.promised_date}
    order.changed = (desk.teller.say(OMS, "order.changed", "changed", at, data), dict(desk.wanted))
    return at


def _drop(desk: Desk, at: datetime) -> datetime:
    """A line, or a part of it, is not wanted any more; known before anything is allocated."""
    if not desk.chance.hits("dropped", 0.02):
        return at
    order = desk.order
    at += desk.minutes("dropped/after", 3, 15)
    line = desk.chance.one("dropped/line", [line.line for line in order.lines])
    whole = len(order.lines) > 1 and desk.chance.hits("dropped/whole", 0.6)
    cut = {line: desk.wanted[line] if whole else 1}
    data = {"order": order.number, "lines": named_lines(order, cut), "reason": "no longer needed"}
    order.cancellations.append((desk.teller.say(OMS, "order.cancelled", "dropped", at, data), cut))
    desk.wanted = {name: left for name, quantity in desk.wanted.items() if (left := quantity - cut.get(name, 0))}
    return at


def _allocate(desk: Desk, at: datetime) -> None:
    order, chance = desk.order, desk.chance
    at += desk.minutes("allocated", 8, 45)
    later: Amounts = {}
    dry = [line for line in desk.wanted if order.line(line).product not in COLD]
    if dry and chance.hits("backorder", 0.09):
        scarce = chance.one("backorder/line", dry)
        quantity = desk.wanted[scarce]
        later = {scarce: max(1, quantity // 2) if chance.hits("backorder/part", 0.4) else quantity}
    now = {line: left for line, quantity in desk.wanted.items() if (left := quantity - later.get(line, 0))}
    if chance.hits("cancelled", 0.7 if order.original else 0.03):
        _cancel(desk, at + desk.minutes("cancelled/after", 3, 75))
    if now:
        _reserve(desk, at, now, "allocated")
        _split(desk, at, now, first=1)
    if later:
        back = at + timedelta(days=chance.between("backorder/days", 1.5, 6))
        expected = (back + timedelta(days=1)).date().isoformat()
        rows = [row | {"expected_date": expected} for row in named_lines(order, later)]
        said = desk.teller.say(
            ERP, "order.backordered", "backordered", at + timedelta(seconds=2), {"order": order.number, "lines": rows}
        )
        order.backorders.append((said, later))
        if back < desk.cancelled_at:
            _reserve(desk, back, later, "allocated-later")
            _split(desk, back, later, first=7)


def _reserve(desk: Desk, at: datetime, amounts: Amounts, key: str) -> None:
    """The ERP sets stock aside."""
    order = desk.order
    rows = [row | {"site": _site_of(desk, row["line"]).site} for row in named_lines(order, amounts)]
    said = desk.teller.say(ERP, "order.allocated", key, at, {"order": order.number, "lines": rows})
    order.allocations.append((said, amounts))


def _cancel(desk: Desk, at: datetime) -> None:
    order = desk.order
    said = desk.teller.say(OMS, "order.cancelled", "cancelled", at, {"order": order.number, "reason": "ordered twice"})
    order.cancellations.append((said, None))
    desk.cancelled_at = at


def _site_of(desk: Desk, line: str) -> Warehouse:
    """Cold goods lie in Chicago; the rest where the customer's region is served from, some at the other site."""
    product = desk.order.line(line).product
    if product in COLD:
        return POLARIS
    other = BLUEDOCK if desk.home is NORTHSTAR else NORTHSTAR
    return other if desk.chance.hits(f"other-site/{product.sku}", 0.14) else desk.home


def _split(desk: Desk, at: datetime, amounts: Amounts, *, first: int) -> None:
    """One leg for each site that holds a part of it."""
    groups: dict[str, tuple[Warehouse, Amounts]] = {}
    for line, quantity in amounts.items():
        site = _site_of(desk, line)
        groups.setdefault(site.site, (site, {}))[1][line] = quantity
    for place, (site, part) in enumerate(groups.values(), start=first):
        planned_at = at + desk.minutes(f"planned/{place}", 2, 10)
        work_leg(desk.order, desk.teller, LegPlan(place, site, part, planned_at, desk.cancelled_at), desk.around)
