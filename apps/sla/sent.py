"""Which stop milestones the senders of an order are known to send, where no clock tells it: a partner that reports each
departure, also of orders that nobody promised a date for, has its first late leg shown. Pure; and the table of it.

What a clock was ended by is said by the clock (`is_said`). The table has what was told besides, so that it is empty of an order
whose every promise is measured.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from apps.contracts.facts import StampedFact
from apps.core.sql import run
from apps.orders.state import OrderState
from apps.sla.clocks import Clock
from apps.sla.commitments import MEASURES
from apps.sla.hearings import is_told

Sent = tuple[str, str]  # a measure, and who sends its stop milestone: a partner, or empty for any source

_BY_PARTNER: Final = [(code, measure.stop) for code, measure in MEASURES.items() if measure.sender == "partner"]
_BY_HOUSE: Final = [(code, frozenset(measure.stop_facts)) for code, measure in MEASURES.items() if measure.sender == "house"]
_WRITE: Final = """
    WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest(%b::bytea[], %b::text[], %b::text[]) AS new(order_key, measure, sender)
    ), gone AS (
        DELETE FROM sla_sent AS there WHERE there.order_key = ANY(%b::bytea[])
            AND (there.order_key, there.measure, there.sender) NOT IN (SELECT order_key, measure, sender FROM wanted)
    )
    INSERT INTO sla_sent (order_key, measure, sender)
    SELECT order_key, measure, sender FROM wanted
    WHERE NOT EXISTS (
        SELECT FROM sla_sent AS there
        WHERE (there.order_key, there.measure, there.sender) = (wanted.order_key, wanted.measure, wanted.sender)
    )
"""


def sent_besides(state: OrderState, facts: Iterable[StampedFact], clocks: Iterable[Clock]) -> frozenset[Sent]:
    """What was sent of an order's stop milestones, by the measure, and by no clock of it. A partner has sent what is told of a
    leg of its own."""
    names = {stamped.name for stamped in facts}
    found = {(code, "") for code, stops in _BY_HOUSE if not names.isdisjoint(stops)}
    for leg in state.legs:
        if leg.partner:
            found |= {(code, leg.partner) for code, stop in _BY_PARTNER if is_told(leg.milestones.get(stop))}
    if not found:
        return frozenset()
    return frozenset(found - {sent_of(clock) for clock in clocks if clock.is_said})


def sent_of(clock: Clock) -> Sent:
    """The measure of a clock, and whose word would end it."""
    return clock.measure, (clock.partner or "") if MEASURES[clock.measure].sender == "partner" else ""


def write(keys: Iterable[bytes], sent: Mapping[bytes, Iterable[Sent]]) -> None:
    """Makes the rows of these orders what `sent` says; an order that is not in it has none. The caller holds their locks."""
    rows = sorted((key, *pair) for key, own in sent.items() for pair in own)
    run(_WRITE, [[row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], sorted(keys)])
