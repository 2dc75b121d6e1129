"""Orders with broken promises: what arrived, so that a test sees which exceptions are open."""

from apps.eventlog.types import NewMessage
from tests.messages import ERP, MIDDLEWARE, OMS, line, message


def unacknowledged(order: str, *, minute: int = 0, partner: str = "northstar", site: str = "ATL") -> list[NewMessage]:
    """An order of 10 at 2.00 whose release nobody has acknowledged: due 70 minutes after `minute`. ACK_OVERDUE."""
    goods = line("1", "GLV", 10)
    return [
        message(
            "order.placed",
            OMS,
            minute=minute,
            order=order,
            lines=[goods | {"unit_price": "2.00"}],
            currency="USD",
            customer={"id": f"C-{order}", "name": f"Clinic of {order}"},
        ),
        message("order.validated", ERP, minute=minute + 1, order=order),
        message("order.allocated", ERP, minute=minute + 2, order=order, lines=[goods]),
        message(
            "leg.released",
            MIDDLEWARE,
            minute=minute + 10,
            order=order,
            leg=f"{order}-L",
            partner=partner,
            site=site,
            lines=[goods],
        ),
    ]
