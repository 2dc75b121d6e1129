"""Stories that are told late, worked as time goes on: what the tests of `apps.exceptions.known` begin with."""

from datetime import datetime
from typing import Any

from apps.eventlog import log
from apps.exceptions.queries import Case
from apps.exceptions.sweep import sweep_due
from apps.pipeline.process import process_batch
from apps.sla.commitments import MEASURES
from tests import messages as m
from tests.messages_late import heard

EVERYTHING = frozenset((code, sender) for code in MEASURES for sender in ("", "northstar", "polaris"))


def work(*messages: Any, now: datetime) -> None:
    """The messages come in at `now`, and whatever has become due by then does its work."""
    log.append(list(messages), now=now)
    while process_batch(now=now):
        pass
    while sweep_due(now=now)[0]:
        pass


def unacknowledged() -> list[Any]:
    """Two legs; NorthStar's is acknowledged two hours after it was released, Polaris' never."""
    return [told for told in m.order_story() if "acknowledged" not in told.type] + [
        m.message("leg.acknowledged", m.NORTH, minute=130, leg="SO-1-A")
    ]


def brief(cases: list[Case] | Any) -> list[tuple[str, str, str]]:
    return [(case.code, case.subject.value, case.state) for case in cases]


def only(cases: Any, code: str, value: str) -> Case:
    (found,) = [case for case in cases if (case.code, case.subject.value) == (code, value)]
    return found


def late_leg(order: str = "SO-1", partner: str = "northstar", *, price: str = "2.50") -> list[Any]:
    """A leg that is acknowledged an hour late, and leaves an hour after its ship-by, which is heard another hour later."""
    leg = f"{order}-A"
    lines = [m.line("1", "GLV", 40)]
    return [
        m.message(
            "order.placed",
            m.OMS,
            order=order,
            lines=[m.line("1", "GLV", 40, unit_price=price)],
            currency="USD",
            customer={"name": "Meridian Clinics"},
            promised_date="2026-03-05",
        ),
        m.message(
            "leg.released",
            m.MIDDLEWARE,
            minute=10,
            order=order,
            leg=leg,
            partner=partner,
            site="ATL",
            lines=lines,
            ship_by="2026-03-02T12:00:00Z",
        ),
        m.message("leg.acknowledged", f"/{partner}", minute=130, leg=leg),
        heard(m.message("leg.shipped", f"/{partner}", minute=300, leg=leg, shipment=f"{leg}-1", lines=lines, final=True), 360),
    ]
