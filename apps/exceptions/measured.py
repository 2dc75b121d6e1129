"""What is measured at all: a commitment counts only where its stop milestone is sent, as learned from what has been sent."""

from datetime import timedelta
from typing import Final

from apps.acts.settings import settings_of
from apps.core.sql import fetch
from apps.partners.memo import Memo
from apps.sla.commitments import MEASURES

KIND: Final = "measured"  # settings: name "<measure>:<sender>", value true or false, over what was learned
_SECONDS: Final = timedelta(seconds=5).total_seconds()
_SENT: Final = """
    SELECT measure, sender FROM unnest(%b::text[], %b::text[]) AS asked(measure, sender)
    WHERE EXISTS (
        SELECT FROM sla_clock AS clock
        WHERE clock.measure = asked.measure AND clock.is_said AND (asked.sender = '' OR clock.partner = asked.sender)
    )
"""
_PARTNERS: Final = "SELECT code FROM partners_partner"


def pairs() -> frozenset[tuple[str, str]]:
    """Each measure with a sender of its stop milestone (a partner, or empty for any source). Up to five seconds old."""
    return _pairs.get()


def forget() -> None:
    """Learn anew at the next question."""
    _pairs.forget()


def read_pairs() -> frozenset[tuple[str, str]]:
    """As `pairs`, as it is now."""
    asked = [(code, "") for code, measure in MEASURES.items() if measure.sender == "house"]
    by_partner = [code for code, measure in MEASURES.items() if measure.sender == "partner"]
    asked += [(code, partner) for (partner,) in fetch(_PARTNERS) for code in by_partner]
    found = {(measure, sender) for measure, sender in fetch(_SENT, [[a for a, _ in asked], [b for _, b in asked]])}
    for (_, name), value in settings_of([KIND]).items():
        measure, _, sender = name.partition(":")
        if value is True:
            found.add((measure, sender))
        else:
            found.discard((measure, sender))
    return frozenset(found)


_pairs: Memo[frozenset[tuple[str, str]]] = Memo(read_pairs, _SECONDS)
