"""Messages the word of which comes late, and messages that say themselves which order they are of."""

import hashlib
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from apps.eventlog.types import NewMessage
from tests.messages import ERP, MIDDLEWARE, NORTH, OMS, START, line, message, order_story


def at(minute: float) -> datetime:
    """`minute` minutes after the story's start."""
    return START + timedelta(minutes=minute)


def heard(told: NewMessage, minute: float) -> NewMessage:
    """The same message, heard `minute` minutes after the story's start whenever it happened."""
    return replace(told, heard_at=at(minute))


def naming(told: NewMessage, order: str, issuer: str = OMS) -> NewMessage:
    """The same message with a reference to its order: it needs no chain of others to find it."""
    event = msgspec.json.decode(told.body)
    event["data"]["references"] = [{"scheme": "order", "value": order, "issuer": issuer}]
    body = msgspec.json.encode(event)
    return replace(told, body=body, digest=hashlib.sha256(body).digest())


def eventful_story(order: str = "SO-1") -> list[NewMessage]:
    """The order's story with what goes wrong in one: a hold, a backorder, a change, a correction, a problem, a leg that is
    refused and released again elsewhere, a failed posting, a failed delivery. Every message names the order."""
    a, c = f"{order}-A", f"{order}-C"
    lines = [line("1", "GLV", 40, unit_price="2.50"), line("2", "VAC", 10, unit_price="30")]
    rest = {"lines": [line("2", "VAC", 12)], "site": "DEN", "partner": "northstar"}
    more = [
        message("order.held", OMS, minute=3, order=order, hold="credit", reason="limit"),
        message("order.hold_released", OMS, minute=700, order=order, hold="credit", reason="paid"),
        message("order.backordered", ERP, minute=4, order=order, lines=[line("2", "VAC", 2)]),
        message("order.changed", OMS, minute=200, order=order, lines=lines, revision=1, promised_date="2026-03-03"),
        message("leg.problem", NORTH, minute=30, leg=a, code="short_pick", reason="shelf empty"),
        message("leg.shipped", NORTH, minute=92, leg=a, shipment=f"{a}-2", lines=[line("1", "GLV", 8)], final=True),
        message("leg.released", MIDDLEWARE, minute=40, order=order, leg=c, ship_by="2026-03-02T12:00:00Z", **rest),
        message("leg.rejected", NORTH, minute=55, leg=c, reason="no room"),
        message("posting.failed", ERP, minute=110, kind="shipment", code="E1", message="closed", shipment=f"{a}-1"),
        message("shipment.failed", "/ups", minute=300, shipment=f"{a}-1", reason="nobody there"),
    ]
    return [naming(told, order) for told in (*order_story(order), *more)]
