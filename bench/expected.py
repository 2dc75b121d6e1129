"""What the API must answer about an order of which everything was told: written down apart from the product's own rules."""

from datetime import datetime, timedelta
from typing import Any

from bench.events import Leg, Order, invoice_step, second_of


def shown(document: dict[str, Any]) -> dict[str, Any]:
    """What `expected` speaks of, out of the API's answer: all that the events told, without when we heard of it."""
    return {
        "order": document["order"],
        "status": document["status"],
        "overlays": document["overlays"],
        "money": document["money"],
        "customer": document["customer"],
        "region": document["region"],
        "placed_at": _instant(document["placed_at"]),
        "validated": _heard(document["milestones"].get("validated")),
        "lines": [
            [line[name] for name in ("line", "sku", "ordered", "allocated", "released", "picked", "shipped", "delivered")]
            for line in document["lines"]
        ],
        "legs": [_shown_leg(leg) for leg in document["legs"]],
        "po": sorted(ref["value"] for ref in document["references"] if ref["scheme"] == "po"),
        "exceptions": document["exceptions"],
    }


def expected(order: Order) -> dict[str, Any]:
    """The same of an order of `bench.events`, once all its events have had their effect."""
    return {
        "order": order.order,
        "status": "delivered",
        "overlays": [],
        "money": "invoiced",
        "customer": {"id": order.customer_id, "name": order.customer},
        "region": order.region,
        "placed_at": order.placed_at,
        "validated": order.placed_at + timedelta(seconds=1),
        "lines": [[line, sku, *[quantity] * 6] for line, sku, quantity in order.lines],
        "legs": [_expected_leg(order, at, leg) for at, leg in enumerate(order.legs)],
        "po": [order.po],
        "exceptions": [],
    }


def _shown_leg(leg: dict[str, Any]) -> dict[str, Any]:
    names = ("planned", "released", "acknowledged", "picked", "shipped", "delivered")
    return {
        **{name: leg[name] for name in ("leg", "partner", "site", "status", "carrier")},
        "milestones": {name: _heard(leg["milestones"].get(name)) for name in names},
        "shipments": [
            {
                **{name: shipment[name] for name in ("shipment", "tracking")},
                "in_transit": _heard(shipment["in_transit"]),
                "posted": [(shipment["posted"] or {}).get("posting"), _heard(shipment["posted"])],
                "invoiced": [(shipment["invoiced"] or {}).get("invoice"), _heard(shipment["invoiced"])],
            }
            for shipment in leg["shipments"]
        ],
    }


def _expected_leg(order: Order, at: int, leg: Leg) -> dict[str, Any]:
    def when(step: int) -> datetime:
        return order.placed_at + timedelta(seconds=second_of(step, at))

    return {
        "leg": leg.leg,
        "partner": leg.partner,
        "site": leg.site,
        "status": "delivered",
        "carrier": leg.carrier,
        "milestones": {
            "planned": when(3),
            "released": when(4),
            "acknowledged": when(5),
            "picked": when(6),
            "shipped": when(7),
            "delivered": when(10),
        },
        "shipments": [
            {
                "shipment": leg.shipment,
                "tracking": [leg.tracking],
                "in_transit": when(8),
                "posted": [leg.posting, when(9)],
                "invoiced": [order.invoice, order.placed_at + timedelta(seconds=invoice_step())],
            }
        ],
    }


def _heard(moment: dict[str, Any] | None) -> datetime | str | None:
    """When it happened; a step that was never heard of itself is not what was told."""
    if moment is None:
        return "not at all"
    if moment.get("implied") or not moment["received_at"]:
        return "only implied"
    return _instant(moment["occurred_at"])


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
