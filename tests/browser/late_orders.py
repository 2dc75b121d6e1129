"""Broken promises for browser tests, told through the system's own door: releases that nobody acknowledges."""

from collections.abc import Callable
from typing import Any

from tests.browser.conftest import MIDDLEWARE, NORTHSTAR, OMS

Tell = Callable[..., None]


def unacknowledged(tell: Tell, *orders: str, partner: str = "NorthStar", site: str = "Atlanta", hours: float = 6) -> None:
    """An order of 10 at 2.00 each, whose release is overdue; its partner is known to acknowledge."""
    for order in orders:
        _release(tell, order, partner=partner, site=site, hours=hours)
    known = f"{orders[0]}-ACK"
    _release(tell, known, partner=partner, site=site, hours=hours)
    tell("leg.acknowledged", NORTHSTAR, hours=hours - 0.1, leg=f"{known}-L")


def _release(tell: Tell, order: str, *, partner: str, site: str, hours: float) -> None:
    goods: dict[str, Any] = {"line": "1", "sku": "GLV-NTR-M", "quantity": 10}
    customer = {"name": f"Clinic of {order}"}
    tell(
        "order.placed", OMS, hours=hours + 1, order=order, lines=[{**goods, "unit_price": 2}], currency="USD", customer=customer
    )
    tell("leg.released", MIDDLEWARE, hours=hours, order=order, leg=f"{order}-L", partner=partner, site=site, lines=[goods])
