"""What is measured at all: a commitment counts only where its stop milestone is sent, as learned from what has been sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from apps.acts.settings import Standing, settings_of
from apps.core.sql import fetch
from apps.partners.memo import Memo
from apps.sla.commitments import MEASURES

KIND: Final = "measured"  # settings: name "<measure>:<sender>", value true or false, over what was learned
_SECONDS: Final = timedelta(seconds=5).total_seconds()
# The first from the place asked for on, by the index. Where there is none, EXISTS reads all: to the planner each sender is as
# frequent as the others.
_SENT: Final = """
    SELECT measure, sender FROM unnest(%b::text[], %b::text[]) AS asked(measure, sender)
    WHERE coalesce((
            SELECT (s.measure, s.sender) = (asked.measure, asked.sender) FROM sla_sent AS s
            WHERE (s.measure, s.sender) >= (asked.measure, asked.sender) ORDER BY s.measure, s.sender LIMIT 1
        ), false)
        OR coalesce(CASE WHEN asked.sender = '' THEN (
            SELECT c.measure = asked.measure FROM sla_clock AS c
            WHERE c.measure >= asked.measure AND c.is_said ORDER BY c.measure, c.partner LIMIT 1
        ) ELSE (
            SELECT (c.measure, c.partner) = (asked.measure, asked.sender) FROM sla_clock AS c
            WHERE (c.measure, c.partner) >= (asked.measure, asked.sender) AND c.is_said ORDER BY c.measure, c.partner LIMIT 1
        ) END, false)
"""
COUNTED: Final = 100
_EVIDENCE: Final = """
    SELECT asked.measure, asked.sender, least(found.count, %b), o.handle, o."order"
    FROM unnest(%b::text[], %b::text[]) AS asked(measure, sender)
    CROSS JOIN LATERAL (
        SELECT count(*), (array_agg(order_key))[1] AS example FROM (
            (SELECT order_key FROM sla_clock AS c WHERE asked.sender = '' AND c.measure = asked.measure AND c.is_said LIMIT %b)
            UNION ALL
            (SELECT order_key FROM sla_clock AS c
            WHERE asked.sender <> '' AND c.measure = asked.measure AND c.is_said AND c.partner = asked.sender LIMIT %b)
            UNION ALL
            (SELECT order_key FROM sla_sent AS s WHERE s.measure = asked.measure AND s.sender = asked.sender LIMIT %b)
        ) AS said
    ) AS found
    LEFT JOIN orders_order AS o ON o.key = found.example
    ORDER BY 1, 2
"""
_PARTNERS: Final = "SELECT code FROM partners_partner"


@dataclass(frozen=True, slots=True)
class Sent:
    """Whether a measure's stop milestone is sent by a sender, as learned: it was heard `count` times at least (counted up to
    COUNTED), `handle` and `order` are of one of them. `said`: what a person says instead, None for nothing."""

    measure: str
    sender: str
    count: int
    handle: str | None
    order: str | None
    said: bool | None = None

    @property
    def is_measured(self) -> bool:
        return self.count > 0 if self.said is None else self.said


def pairs() -> frozenset[tuple[str, str]]:
    """Each measure with a sender of its stop milestone (a partner, or empty for any source). Up to five seconds old."""
    return _pairs.get()


def forget() -> None:
    """Learn anew at the next question."""
    _pairs.forget()


def read_pairs() -> frozenset[tuple[str, str]]:
    """As `pairs`, as it is now."""
    asked = _asked()
    found = {(measure, sender) for measure, sender in fetch(_SENT, [[a for a, _ in asked], [b for _, b in asked]])}
    for (_, name), value in settings_of([KIND]).items():
        measure, _, sender = name.partition(":")
        if value is True:
            found.add((measure, sender))
        else:
            found.discard((measure, sender))
    return frozenset(found)


def evidence(standing: Mapping[tuple[str, str], Standing]) -> list[Sent]:
    """What was learned of every measure and sender, and what people say instead, by the settings of KIND as they stand."""
    said: dict[tuple[str, str], bool] = {}
    for (kind, name), setting in standing.items():
        measure, _, sender = name.partition(":")
        if kind == KIND and setting.is_there:
            said[measure, sender] = setting.value is True
    asked = sorted({*_asked(), *(pair for pair in said if pair[0] in MEASURES)})
    rows = fetch(_EVIDENCE, [COUNTED, [a for a, _ in asked], [b for _, b in asked], *[COUNTED] * 3])
    return [Sent(*(*row, said.get((row[0], row[1])))) for row in rows]


def _asked() -> list[tuple[str, str]]:
    """Each measure with every sender that may send its stop milestone."""
    by_partner = [code for code, measure in MEASURES.items() if measure.sender == "partner"]
    asked = [(code, "") for code, measure in MEASURES.items() if measure.sender == "house"]
    return asked + [(code, partner) for (partner,) in fetch(_PARTNERS) for code in by_partner]


_pairs: Memo[frozenset[tuple[str, str]]] = Memo(read_pairs, _SECONDS)
