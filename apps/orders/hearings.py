"""The moments at which something was heard of an order: between two of them nothing that is known of it changes. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

LOOKED_AT: Final = 300  # hearings of one order; with more, the last of each hour counts, or of each day
_HOUR_SECONDS: Final = 3_600
_DAY_SECONDS: Final = 86_400


def looked_at(moments: Iterable[datetime]) -> list[datetime]:
    """The hearings after which is looked, ascending. An order that is told of endlessly must not cost endlessly: each look
    folds all that was heard by then."""
    found = sorted(set(moments))
    for seconds in (_HOUR_SECONDS, _DAY_SECONDS):
        if len(found) <= LOOKED_AT:
            break
        found = list({moment.timestamp() // seconds: moment for moment in found}.values())
    return found
