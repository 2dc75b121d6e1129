"""What becomes of a refused leg: whether others have taken it over, or nobody wants it any more. Pure."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from apps.contracts.facts import OrderAllocated
from apps.exceptions.owed import ZERO, is_extra
from apps.orders.ordering import moment_of
from apps.orders.state import LegState, LineState, OrderState
from apps.sla.hearings import Told, happened, is_told


def is_released_elsewhere(state: OrderState, leg: LegState, since: datetime, told: Told) -> bool:
    """Whether other legs have taken over all that the leg, refused at `since`, was asked for: as far as it is allocated and
    still wanted. What was allocated after the last release waits for its own legs. Of a line that only the leg tells of, as
    much as its own part. Of a leg of which nobody has told what it was asked for, all of the order."""
    parts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for part in leg.lines:
        parts[part.line] += part.quantity
    lines = [line for line in state.lines if line.line in parts or not leg.lines]
    return bool(lines) and all(
        line.quantities.released >= _to_release(line, parts[line.line]) - _fresh(state, leg, line.line, since, told)
        for line in lines
    )


def is_wanted(state: OrderState, leg: LegState) -> bool:
    """False where the customer has cancelled all that the leg was asked for."""
    wanted = {part.line for part in leg.lines}
    lines = [line.quantities for line in state.lines if line.line in wanted]
    return not lines or any(q.ordered == 0 or q.cancelled < q.ordered for q in lines)


def _to_release(line: LineState, part: Decimal) -> Decimal:
    quantities = line.quantities
    if is_extra(line):
        return max(part, quantities.allocated)
    wanted = quantities.ordered - quantities.cancelled
    return min(wanted, quantities.allocated) if quantities.allocated > 0 else wanted


def _fresh(state: OrderState, refused: LegState, line: str, since: datetime, told: Told) -> Decimal:
    """What has been allocated of a line since then, and since the last release that stands. No leg is refused before it was
    released, whatever the clock of who refuses it says."""
    releases = [leg.milestones.get("released") for leg in state.legs if leg is refused or _stands_for(leg, line)]
    since = max([since, *(happened(moment) for moment in releases if moment is not None and is_told(moment))])
    fresh = ZERO
    for stamped in told.get("order.allocated", ()):
        assert isinstance(stamped.fact, OrderAllocated)
        if happened(moment_of(stamped)) > since:
            fresh += sum((each.quantity for each in stamped.fact.lines if each.line == line), ZERO)
    return fresh


def _stands_for(leg: LegState, line: str) -> bool:
    return leg.status not in {"rejected", "cancelled"} and any(part.line == line for part in leg.lines)
