"""The order that a trace shows, now or as it was known at a past moment, as its reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from apps.console.access import Reader
from apps.contracts.facts import StampedFact
from apps.core.errors import NotFound
from apps.orders.known import as_known, hearings
from apps.orders.queries import OrderDetail, facts_of_order, get_order
from apps.orders.visibility import redact, visible_facts


@dataclass(frozen=True, slots=True)
class Traced:
    """`detail` and `facts` are those of the moment, redacted; `detail` is None where nothing of the order that the reader may
    see was known by then. `hearings`: when, up to today, the reader could hear something of it."""

    order: str
    detail: OrderDetail | None
    facts: Sequence[StampedFact]
    hearings: tuple[datetime, ...]


def read_trace(handle: str, reader: Reader, moment: datetime | None) -> Traced:
    """Raises NotFound and Conflict as `get_order`, as of today."""
    today = get_order(handle, visible_partner=reader.partner)
    now = _seen_by(reader, today)
    facts = facts_of_order(today.key)
    seen = visible_facts(now.state, facts, reader)
    heard_at = hearings(seen)
    if moment is None:
        return Traced(now.state.order, now, seen, heard_at)
    try:
        known = as_known(today, facts, moment)
        then = _seen_by(reader, known)
    except NotFound:
        return Traced(now.state.order, None, (), heard_at)
    return Traced(now.state.order, then, visible_facts(then.state, known.facts, reader), heard_at)


def _seen_by(reader: Reader, detail: OrderDetail) -> OrderDetail:
    state = redact(detail.state, reader)
    if reader.partner is not None and not state.legs:
        raise NotFound("There is no such order, or none that you may see.")
    return replace(detail, state=state)
