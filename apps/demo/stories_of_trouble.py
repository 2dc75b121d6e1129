"""Stories in which the business goes wrong: holds, refusals, cancellations, wrong quantities, money that waits."""

from typing import Any

from apps.demo.network import BLUEDOCK, DRY, ERP, NORTHSTAR, OMS
from apps.demo.steps import dry_warehouse, leg_of, settle, some, start, work
from apps.demo.telling import Tale


def held_then_released(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    tale.place(some(tale), region=warehouse.region)
    tale.validate()
    hold = f"CR-{tale.number}"
    tale.say(ERP, "order.held", order=tale.number, hold=hold, reason="credit limit exceeded", code="credit")
    tale.wait(300)
    tale.say(ERP, "order.hold_released", order=tale.number, hold=hold, reason="payment received")
    tale.allocate(warehouse)
    settle(tale, work(tale, leg_of(tale), warehouse))


def held(tale: Tale) -> None:
    tale.place(some(tale), region="midwest")
    tale.validate()
    tale.wait(5)
    tale.say(OMS, "order.held", order=tale.number, hold=f"LIC-{tale.number}", reason="licence to be checked", code="compliance")


def refused(tale: Tale) -> None:
    tale.place(some(tale), region="west")
    tale.wait(3)
    tale.say(OMS, "order.rejected", order=tale.number, reason="ship-to address is not on file", code="address")


def cancelled(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    start(tale, some(tale), warehouse)
    tale.release(leg_of(tale), warehouse)
    tale.acknowledge(leg_of(tale), warehouse)
    tale.wait(60)
    tale.say(OMS, "order.cancelled", order=tale.number, reason="ordered twice")
    tale.wait(20)
    tale.say(warehouse.source, "leg.cancelled", leg=leg_of(tale), order=tale.number, reason="cancelled by the customer")


def cancelled_in_part(tale: Tale) -> None:
    warehouse, lines = dry_warehouse(tale), some(tale, count=3)
    start(tale, lines, warehouse)
    tale.wait(15)
    (dropped,) = tale.parts(lines[2:])
    tale.say(OMS, "order.cancelled", order=tale.number, lines=[dropped], reason="no longer needed")
    shipment = work(tale, leg_of(tale), warehouse, lines[:2])
    settle(tale, shipment, lines[:2])
    tale.carry(shipment, warehouse)


def cancelled_and_shipped_all_the_same(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    start(tale, some(tale), warehouse)
    leg = leg_of(tale)
    tale.release(leg, warehouse)
    tale.acknowledge(leg, warehouse)
    tale.pick(leg, warehouse)
    tale.say(OMS, "order.cancelled", order=tale.number, reason="customer found another supplier")
    tale.ship(leg, warehouse)


def rejected_and_released_elsewhere(tale: Tale) -> None:
    start(tale, some(tale), NORTHSTAR)
    tale.release(leg_of(tale, 1), NORTHSTAR)
    tale.wait(40)
    tale.say(
        NORTHSTAR.source,
        "leg.rejected",
        leg=leg_of(tale, 1),
        order=tale.number,
        reason="no stock of the first line",
        code="stock",
    )
    tale.wait(30)
    tale.carry(work(tale, leg_of(tale, 2), BLUEDOCK), BLUEDOCK)


def short_shipped(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    (one, quantity), other = lines = some(tale)
    start(tale, lines, warehouse)
    leg = leg_of(tale)
    tale.release(leg, warehouse)
    tale.acknowledge(leg, warehouse)
    missing = [(one, 3)]
    tale.say(warehouse.source, "leg.problem", leg=leg, order=tale.number, code="short_pick", lines=tale.parts(missing))
    tale.wait(180)
    shipment = tale.ship(leg, warehouse, [(one, quantity - 3), other])
    settle(tale, shipment)


def over_shipped(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    (one, quantity), other = lines = some(tale)
    start(tale, lines, warehouse)
    leg = leg_of(tale)
    tale.release(leg, warehouse)
    tale.acknowledge(leg, warehouse)
    tale.post(tale.ship(leg, warehouse, [(one, quantity + 2), other]))


def invoice_held_then_released(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    start(tale, some(tale), warehouse)
    shipment = work(tale, leg_of(tale), warehouse)
    invoice = settle(tale, shipment)
    about: dict[str, Any] = {"invoice": invoice, "order": tale.number}
    tale.wait(10)
    tale.say(ERP, "invoice.held", **about, reason="price differs from the contract", code="price")
    tale.wait(900)
    tale.say(ERP, "invoice.released", **about, reason="contract price confirmed")
    tale.carry(shipment, warehouse)


def invoice_held(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    start(tale, some(tale), warehouse)
    invoice = settle(tale, work(tale, leg_of(tale), warehouse))
    tale.wait(10)
    tale.say(ERP, "invoice.held", invoice=invoice, order=tale.number, reason="tax exemption missing", code="tax")


def posted_and_invoiced_late(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    start(tale, some(tale, DRY, 3), warehouse)
    shipment = work(tale, leg_of(tale), warehouse)
    tale.carry(shipment, warehouse)
    failure: dict[str, Any] = {"kind": "shipment", "code": "period_closed", "message": "posting period is closed"}
    for attempt in (1, 2):
        tale.wait(240)
        tale.say(ERP, "posting.failed", **failure, order=tale.number, shipment=shipment, attempt=attempt)
    tale.wait(1200)
    settle(tale, shipment)


def shipped_and_never_posted(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    start(tale, some(tale), warehouse)
    tale.carry(work(tale, leg_of(tale), warehouse), warehouse)


def delivery_failed(tale: Tale) -> None:
    warehouse = dry_warehouse(tale)
    start(tale, some(tale), warehouse, days=2)
    shipment = work(tale, leg_of(tale), warehouse)
    settle(tale, shipment)
    tale.carry(shipment, warehouse, to_the_door=False)
    tale.wait(1300)
    tale.say(
        "/carriers/" + warehouse.carrier.lower(), "shipment.failed", shipment=shipment, order=tale.number, reason="dock closed"
    )
