"""What each event does to the rows."""

from datetime import datetime
from typing import Any

from bench.plain.models import Event, Leg, Milestone, Order, OrderLine, Shipment


def handle(event: Event) -> None:
    """Raises DoesNotExist when a leg's order or a tracking number's shipment is not known yet: the task tries again."""
    name = event.type.removeprefix("distsync.").removesuffix(".v1")
    HANDLERS[name](name, event.data, event.time)


def placed(_name: str, data: dict[str, Any], time: datetime) -> None:
    order, _ = Order.objects.get_or_create(number=data["order"])
    order.customer_id, order.customer_name = data["customer"]["id"], data["customer"]["name"]
    order.region, order.currency = data["region"], data["currency"]
    order.po = next((ref["value"] for ref in data["references"] if ref["scheme"] == "po"), "")
    order.promised_date, order.placed_at, order.status = data["promised_date"], time, "placed"
    order.save()
    for line in data["lines"]:
        row, _ = OrderLine.objects.get_or_create(order=order, line=line["line"], defaults={"sku": line["sku"]})
        row.ordered = line["quantity"]
        row.save()
    reach(order, order.number, "placed", time)


def order_step(name: str, data: dict[str, Any], time: datetime) -> None:
    order, _ = Order.objects.get_or_create(number=data["order"])
    for line in data.get("lines", ()):
        row, _ = OrderLine.objects.get_or_create(order=order, line=line["line"], defaults={"sku": line["sku"]})
        row.allocated += line["quantity"]
        row.save()
    order.status = name.partition(".")[2]
    order.save()
    reach(order, order.number, order.status, time)


def leg_step(name: str, data: dict[str, Any], time: datetime) -> None:
    if "order" in data:
        order, _ = Order.objects.get_or_create(number=data["order"])
        leg, _ = Leg.objects.get_or_create(number=data["leg"], defaults={"order": order})
    else:
        leg = Leg.objects.select_related("order").get(number=data["leg"])
    leg.partner, leg.site = data.get("partner", leg.partner), data.get("site", leg.site)
    leg.status = name.partition(".")[2]
    leg.save()
    leg.order.status = leg.status
    leg.order.save()
    reach(leg.order, leg.number, leg.status, time)


def shipped(name: str, data: dict[str, Any], time: datetime) -> None:
    leg_step(name, data, time)
    leg = Leg.objects.select_related("order").get(number=data["leg"])
    shipment, _ = Shipment.objects.get_or_create(number=data["shipment"])
    shipment.leg, shipment.carrier, shipment.status = leg, data["carrier"], "shipped"
    shipment.tracking = data["tracking"][0]
    shipment.save()
    for line in data["lines"]:
        row, _ = OrderLine.objects.get_or_create(order=leg.order, line=line["line"], defaults={"sku": line["sku"]})
        row.shipped += line["quantity"]
        row.save()


def carried(name: str, data: dict[str, Any], time: datetime) -> None:
    shipment = Shipment.objects.select_related("leg__order").get(tracking=data["tracking"])
    shipment.status = name.partition(".")[2]
    shipment.save()
    assert shipment.leg is not None
    shipment.leg.order.status = shipment.status
    shipment.leg.order.save()
    reach(shipment.leg.order, shipment.number, shipment.status, time)


def posted(_name: str, data: dict[str, Any], time: datetime) -> None:
    order, _ = Order.objects.get_or_create(number=data["order"])
    shipment, _ = Shipment.objects.get_or_create(number=data["shipment"])
    shipment.posting = data["posting"]
    shipment.save()
    reach(order, shipment.number, "posted", time)


def invoiced(_name: str, data: dict[str, Any], time: datetime) -> None:
    order, _ = Order.objects.get_or_create(number=data["order"])
    for number in data["shipments"]:
        shipment, _ = Shipment.objects.get_or_create(number=number)
        shipment.invoice = data["invoice"]
        shipment.save()
    reach(order, data["invoice"], "invoiced", time)


def reach(order: Order, subject: str, name: str, time: datetime) -> None:
    milestone, is_new = Milestone.objects.get_or_create(
        subject=subject, name=name, defaults={"order": order, "occurred_at": time}
    )
    if not is_new and time < milestone.occurred_at:
        milestone.occurred_at = time
        milestone.save()


HANDLERS = {
    "order.placed": placed,
    "order.validated": order_step,
    "order.allocated": order_step,
    "leg.planned": leg_step,
    "leg.released": leg_step,
    "leg.acknowledged": leg_step,
    "leg.picked": leg_step,
    "leg.shipped": shipped,
    "shipment.in_transit": carried,
    "shipment.delivered": carried,
    "shipment.posted": posted,
    "invoice.issued": invoiced,
}
