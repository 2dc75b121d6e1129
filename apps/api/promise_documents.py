"""An order's clocks and exceptions as its document tells them. Pure. Key names are CONTRACT's: add, never rename."""

from datetime import datetime
from typing import Final

from apps.api.exception_documents import exception_row
from apps.api.values import Json, time
from apps.exceptions.queries import Case
from apps.orders.state import OrderState
from apps.sla.clocks import STATES as CLOCK_STATES
from apps.sla.clocks import Clock, clock_state
from apps.sla.commitments import MEASURES

OF_THE_ORDER: Final = frozenset({"order", "handle", "customer_name", "region"})  # which its document says already


NOT_MEASURED: Final = "not_measured"
STATES: Final = (*CLOCK_STATES, NOT_MEASURED)


def order_clock(clock: Clock, now: datetime, *, is_measured: bool) -> Json:
    """A clock with both of its readings, as it stands at `now`. Where nobody ever sends its stop, its state says no more."""
    measure, subject = MEASURES[clock.measure], clock.subject
    return {
        "commitment": clock.commitment,
        "measure": measure.code,
        "title": measure.title,
        "subject": {"scheme": subject.scheme, "value": subject.value, "issuer": subject.issuer},
        "partner": clock.partner,
        "site": clock.site,
        "basis": clock.basis,
        "started_at": time(clock.started_at),
        "started_heard_at": time(clock.started_heard_at),
        "warns_at": time(clock.warn_at),
        "due_at": time(clock.due_at),
        "stopped_at": time(clock.stopped_at),
        "stopped_heard_at": time(clock.stopped_heard_at),
        "state": clock_state(clock, now) if is_measured else NOT_MEASURED,
        "opens": measure.opens,
    }


def order_exception(case: Case, state: OrderState) -> Json:
    """A case of the order, already redacted for its reader. `orders` are those that claim the identifier that it is about."""
    subject = case.subject
    claims = [each.orders for each in state.conflicts if (each.scheme, each.value, each.issuer) == subject]
    row = {name: value for name, value in exception_row(case).items() if name not in OF_THE_ORDER}
    return row | {"orders": list(claims[0]) if claims and case.code == "REFERENCE_CONFLICT" else []}
