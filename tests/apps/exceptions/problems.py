"""An order with a problem, told through the log: what the tests of people's acts begin with."""

from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.exceptions.queries import Case, get_case
from apps.exceptions.services import Wish, act
from tests.messages import MIDDLEWARE, NORTH, NOW, OMS, line, message, tell

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def people(*names: str) -> None:
    """Users of customer service."""
    for name in names:
        User.objects.create(username=name, role="customer_service")


def problem(order: str = "SO-1", partner: str = "northstar") -> str:
    """Tells of an order whose one leg, of `partner`, has a problem; the id of its LEG_PROBLEM."""
    problems(order, partner=partner)
    return number_of(order)


def problems(*orders: str, partner: str = "northstar") -> list[str]:
    """The same of many orders in one batch; their ids, in order."""
    told = []
    for order in orders:
        lines = [line("1", "GLV", 40, unit_price="2.50")]
        leg = {"order": order, "leg": f"{order}-A", "partner": partner, "site": "ATL"}
        told += [
            message("order.placed", OMS, order=order, lines=lines, region="EAST", currency="USD"),
            message("leg.released", MIDDLEWARE, minute=10, lines=lines, **leg),
            message("leg.problem", NORTH, minute=20, leg=f"{order}-A", code="damaged", reason="wet"),
        ]
    tell(*told)
    return [number_of(order) for order in orders]


def number_of(order: str) -> str:
    from apps.exceptions.queries import cases_of_order

    (case,) = (case for case in cases_of_order(order, now=NOW) if case.code == "LEG_PROBLEM")
    return case.id


def shipped(order: str = "SO-1") -> None:
    """The leg leaves after all: the evidence that clears the problem."""
    tell(message("leg.shipped", NORTH, minute=60, leg=f"{order}-A", shipment=f"{order}-S", lines=[line("1", "GLV", 40)]))


def cancelled(order: str = "SO-1") -> None:
    """The whole order is called off."""
    tell(message("order.cancelled", OMS, minute=60, order=order), message("leg.cancelled", NORTH, minute=61, leg=f"{order}-A"))


def done(number: str, wish: Wish, who: str = "ada", now: datetime = NOW) -> Case:
    return act(number, wish, who=who, now=now)


def seen(number: str, now: datetime = NOW) -> Case:
    return get_case(number, now=now)
