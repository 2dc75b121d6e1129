"""Which messages a partner's reader may see: those that tell of that partner's own legs and shipments."""

from collections.abc import Iterable

from apps.orders.queries import orders_with_facts
from apps.orders.visibility import PartnerReader, redact, visible_facts


def visible_positions(handles: Iterable[str], partner: str) -> set[int]:
    """The places in the log of those messages of these orders that `partner` may read."""
    reader = PartnerReader(partner)
    return {
        stamped.stamp.position
        for state, facts in orders_with_facts(handles)
        for stamped in visible_facts(redact(state, reader), facts, reader)
    }
