"""Stories in which the messages go wrong: late, twice, out of order, from the future, contested, unreadable."""

from datetime import timedelta

from apps.demo.network import BLUEDOCK, NORTHSTAR, OMS, POLARIS, STRANGE_APP
from apps.demo.steps import dry_warehouse, leg_of, settle, some, start, work
from apps.demo.telling import Tale


def late_word(tale: Tale) -> None:
    """Shipped in time; the word of it took five hours."""
    start(tale, some(tale), NORTHSTAR)
    leg = leg_of(tale)
    tale.release(leg, NORTHSTAR)
    tale.acknowledge(leg, NORTHSTAR)
    tale.pick(leg, NORTHSTAR)
    shipment = tale.ship(leg, NORTHSTAR, heard_after=timedelta(hours=5))
    tale.wait(420)
    settle(tale, shipment)


def out_of_order(tale: Tale) -> None:
    """The ship confirmation overtakes everything that comes before it."""
    start(tale, some(tale), BLUEDOCK)
    leg = leg_of(tale)
    tale.say(
        "/meridian/middleware",
        "leg.planned",
        order=tale.number,
        leg=leg,
        site="RNO-1",
        partner="bluedock",
        lines=tale.parts(tale.lines),
    )
    first = len(tale.told)
    work(tale, leg, BLUEDOCK)
    last_heard = tale.told[-1].heard_at
    overtaken = [
        type(told)(last_heard + timedelta(minutes=place), told.event) for place, told in enumerate(reversed(tale.told[first:]))
    ]
    tale.told[first:] = overtaken


def twice_and_thrice(tale: Tale) -> None:
    """The same message again, and the same document again under a new id."""
    warehouse = dry_warehouse(tale)
    start(tale, some(tale), warehouse)
    shipment = work(tale, leg_of(tale), warehouse)
    shipped = tale.told[-1]
    tale.again(shipped, after=timedelta(minutes=2))
    tale.again(shipped, after=timedelta(minutes=30), id=f"{tale.number}-resent")
    tale.carry(shipment, warehouse)


def same_id_other_content(tale: Tale) -> None:
    """A sender that reuses an id: the first stays in force, the second is kept aside."""
    start(tale, some(tale), NORTHSTAR)
    tale.release(leg_of(tale), NORTHSTAR)
    tale.again(tale.told[-1], after=timedelta(minutes=5), subject=f"{tale.number} (resent)")


def clock_skew(tale: Tale) -> None:
    """A scanner whose clock is two days ahead."""
    start(tale, some(tale), POLARIS)
    leg = leg_of(tale)
    tale.release(leg, POLARIS)
    tale.acknowledge(leg, POLARIS)
    tale.wait(60)
    ahead = tale.clock + timedelta(days=2)
    tale.say(POLARIS.source, "leg.picked", claims=ahead, leg=leg, order=tale.number, lines=tale.parts(tale.lines))


def contested_leg(tale: Tale) -> None:
    """The middleware uses one leg number for two orders."""
    start(tale, some(tale), NORTHSTAR)
    tale.release(leg_of(tale), NORTHSTAR)
    twin = Tale(f"{tale.number}B", tale.clock, tale.random)
    start(twin, some(twin), NORTHSTAR)
    twin.release(leg_of(tale), NORTHSTAR)
    tale.told += twin.told
    tale.wait(90)
    acknowledged = tale.say(NORTHSTAR.source, "leg.acknowledged", leg=leg_of(tale))
    del acknowledged.event["correlationid"]  # nothing but the contested number says whose it is


def heard_of_only(tale: Tale) -> None:
    """The OMS never told of it; the warehouse and the middleware did."""
    tale.lines = some(tale)
    tale.carry(work(tale, leg_of(tale), BLUEDOCK), BLUEDOCK, to_the_door=False)


def nobodys_shipment(tale: Tale) -> None:
    """A 3PL tells of a leg that nobody has released."""
    lines = [{"sku": product.sku, "quantity": quantity} for product, quantity in some(tale)]
    leg = f"X-{tale.number}"
    told = tale.say(BLUEDOCK.source, "leg.shipped", leg=leg, shipment=f"{leg}-S1", lines=lines, final=True)
    del told.event["correlationid"]


def unknown_type(tale: Tale) -> None:
    tale.place(some(tale), region="west")
    told = tale.say(STRANGE_APP, "order.placed", points=120, customer="C-1003")
    told.event["type"] = "com.meridian.loyalty.points_granted.v1"


def broken(tale: Tale) -> None:
    """An order whose lines are not what the contract says."""
    tale.say(OMS, "order.placed", order=tale.number, lines=[{"line": "1", "sku": "GLV-NIT-M", "quantity": "a dozen"}])
