"""Every shape of story that an order can have here, a few lines each."""

from datetime import timedelta
from typing import Any

from apps.demo.network import COLD, DRY, ERP, MIDDLEWARE, NORTHSTAR, OMS, POLARIS
from apps.demo.steps import dry_warehouse, leg_of, settle, some, start, work
from apps.demo.telling import Tale, order_lines


def delivered(tale: Tale) -> None:
    warehouse, lines = dry_warehouse(tale), some(tale, count=3)
    start(tale, lines, warehouse)
    shipment = work(tale, leg_of(tale), warehouse)
    settle(tale, shipment)
    tale.carry(shipment, warehouse)


def just_placed(tale: Tale) -> None:
    tale.place(some(tale), region="west", priority="rush")


def allocated(tale: Tale) -> None:
    start(tale, some(tale), dry_warehouse(tale))


def released_and_silent(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    start(tale, some(tale), warehouse)
    tale.release(leg_of(tale), warehouse)


def picked(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    start(tale, some(tale), warehouse)
    tale.release(leg_of(tale), warehouse)
    tale.acknowledge(leg_of(tale), warehouse)
    tale.pick(leg_of(tale), warehouse)


def on_its_way(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    start(tale, some(tale), warehouse)
    shipment = work(tale, leg_of(tale), warehouse)
    tale.post(shipment)
    tale.carry(shipment, warehouse, to_the_door=False)


def cold_chain_beside_dry(tale: Tale) -> None:
    """Two legs at two 3PLs; the cold one arrives first."""
    dry, cold, warehouse = some(tale), some(tale, COLD), dry_warehouse(tale)
    start(tale, [*dry, *cold], warehouse)
    cold_shipment = work(tale, leg_of(tale, 2), POLARIS, cold)
    tale.carry(cold_shipment, POLARIS)
    shipment = work(tale, leg_of(tale, 1), warehouse, dry)
    tale.post(cold_shipment)
    tale.post(shipment)
    tale.invoice(cold_shipment, shipment)
    tale.carry(shipment, warehouse)


def three_legs_one_missing(tale: Tale) -> None:
    one, two, cold = some(tale, DRY[:4], 1), some(tale, DRY[4:], 2), some(tale, COLD, 1)
    start(tale, [*one, *two, *cold], NORTHSTAR)
    for part, (warehouse, lines) in enumerate(((NORTHSTAR, one), (POLARIS, cold)), start=1):
        shipment = work(tale, leg_of(tale, part), warehouse, lines)
        tale.carry(shipment, warehouse)
    tale.wait(30)
    tale.say(
        MIDDLEWARE,
        "leg.planned",
        order=tale.number,
        leg=leg_of(tale, 3),
        site="RNO-1",
        partner="bluedock",
        lines=tale.parts(two),
    )


def backordered(tale: Tale) -> None:
    """One line cannot be had for a week; the other ships."""
    warehouse = dry_warehouse(tale)
    lines = some(tale)
    tale.place(lines, region=warehouse.region)
    tale.validate()
    tale.allocate(warehouse, lines[:1])
    (late_line,) = tale.parts(lines[1:])
    expected = (tale.clock + timedelta(days=7)).date().isoformat()
    tale.say(ERP, "order.backordered", order=tale.number, lines=[late_line | {"expected_date": expected}])
    settle(tale, work(tale, leg_of(tale), warehouse, lines[:1]), lines[:1])


def partial_shipments(tale: Tale) -> None:
    """One release, three ship confirmations."""
    warehouse, ((product, _), (other, _)) = dry_warehouse(tale), some(tale)
    start(tale, [(product, 60), (other, 10)], warehouse)
    leg = leg_of(tale)
    tale.release(leg, warehouse)
    tale.acknowledge(leg, warehouse)
    tale.pick(leg, warehouse)
    for part, lines in enumerate(([(product, 25)], [(product, 25), (other, 10)], [(product, 10)]), start=1):
        shipment = tale.ship(leg, warehouse, lines, part=part, final=part == 3)
        tale.post(shipment)
        tale.carry(shipment, warehouse, to_the_door=part < 3)


def changed(tale: Tale) -> None:
    """The customer wants more of it, and later."""
    warehouse, lines = dry_warehouse(tale), some(tale)
    tale.place(lines, region=warehouse.region)
    tale.validate()
    tale.wait(30)
    more = [(product, quantity + 6) for product, quantity in lines]
    tale.lines = more
    promised = (tale.starts_at + timedelta(days=6)).date().isoformat()
    tale.say(OMS, "order.changed", order=tale.number, revision=1, lines=order_lines(more), promised_date=promised)
    tale.allocate(warehouse)
    work(tale, leg_of(tale), warehouse)


def returned(tale: Tale) -> None:
    warehouse, lines = dry_warehouse(tale), some(tale)
    start(tale, lines, warehouse)
    shipment = work(tale, leg_of(tale), warehouse)
    invoice = settle(tale, shipment)
    tale.carry(shipment, warehouse)
    back = tale.parts([(lines[0][0], 2)])
    number = f"RMA-{tale.number.removeprefix('SO-')}"
    about: dict[str, Any] = {"return": number, "order": tale.number, "lines": back}
    tale.wait(600)
    tale.say(OMS, "return.authorized", **about, reason="damaged in transit")
    tale.wait(1400)
    tale.say(warehouse.source, "return.received", **about, condition="damaged")
    tale.wait(90)
    tale.say(ERP, "return.credited", **about)
    tale.say(ERP, "invoice.credited", invoice=invoice, order=tale.number, reason="return")
