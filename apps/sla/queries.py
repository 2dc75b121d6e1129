"""Page reads over clocks: what the console and the API show of an order's commitments."""

from typing import Final

from apps.core.sql import fetch
from apps.sla.clocks import Clock, Subject

_OF_ORDER: Final = """
    SELECT measure, commitment, basis, scheme, value, issuer, partner, site, started_at, started_heard_at, due_at, warn_at,
        stopped_at, stopped_heard_at, void, void_heard_at, is_said
    FROM sla_clock WHERE order_key = %b ORDER BY due_at, measure, scheme, value, issuer
"""


def clocks_of_order(key: bytes) -> list[Clock]:
    """Every clock of an order (its key), the first due first."""
    return [
        Clock(measure, commitment, basis, Subject(scheme, value, issuer or None), *rest)
        for measure, commitment, basis, scheme, value, issuer, *rest in fetch(_OF_ORDER, [key])
    ]
