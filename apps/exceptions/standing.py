"""How one condition stands on one subject, as far as a set of facts tells."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from apps.orders.state import Moment
from apps.sla.clocks import Clock, Subject

VERIFIED: Final = "verified"  # the evidence that was missing came
OBSOLETE: Final = "obsolete"  # cancelled, or corrected away

Key = tuple[str, Subject]


class About(msgspec.Struct, frozen=True, array_like=True):
    """What a case is about, for its row: whose work, what it is worth (money at risk), and the words of who reported it."""

    partner: str | None = None
    site: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    reason: str = ""


class Evidence(msgspec.Struct, frozen=True, array_like=True):
    """The word that opened or cleared a case: when it happened, when it was heard, and which message said so."""

    occurred_at: datetime | None = None
    heard_at: datetime | None = None
    source: str = ""
    message: str = ""


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """`holds`: the condition is true, from `due_at` on where it is set, else at once. Where it does not hold, `cleared` says
    as what (VERIFIED, OBSOLETE) and `evidence` by which word. `needs` are the measure and the sender of its stop milestone (a
    partner, empty for any source): while that sender never says such a thing at all, the condition is not shown."""

    code: str
    subject: Subject
    about: About
    holds: bool
    due_at: datetime | None = None
    cleared: str = ""
    evidence: Evidence | None = None
    needs: tuple[str, str] | None = None

    @property
    def key(self) -> Key:
        return self.code, self.subject


def evidence_of(moment: Moment | None) -> Evidence | None:
    """The evidence that a milestone's moment is; None where nobody told it."""
    if moment is None or moment.received_at is None:
        return None
    return Evidence(moment.occurred_at, moment.received_at, moment.source, moment.message)


def of_clock(code: str, clock: Clock, about: About, needs: tuple[str, str] | None) -> Standing:
    """How the condition stands that the clock opens."""
    if clock.void:
        evidence = Evidence(None, clock.void_heard_at)
        return Standing(code, clock.subject, about, False, clock.due_at, OBSOLETE, evidence, needs)
    if clock.stopped_heard_at is not None:
        evidence = Evidence(clock.word_at, clock.stopped_heard_at)
        return Standing(code, clock.subject, about, False, clock.due_at, VERIFIED, evidence, needs)
    return Standing(code, clock.subject, about, True, clock.due_at, needs=needs)


def news(  # noqa: PLR0913 - one row of a case, by place
    code: str,
    subject: Subject,
    about: About,
    opened_by: Moment | None,
    cleared_by: Moment | None,
    *,
    is_over: bool,
    cleared: str = VERIFIED,
) -> Standing:
    """How bad news stands: open while it is not over."""
    if not is_over:
        return Standing(code, subject, about, True, evidence=evidence_of(opened_by))
    return Standing(code, subject, about, False, cleared=cleared, evidence=evidence_of(cleared_by))


def together(standings: "list[Standing]") -> dict[Key, Standing]:
    """One standing a type and subject: what holds goes before what does not, the first due before the others."""
    found: dict[Key, Standing] = {}
    for standing in standings:
        known = found.get(standing.key)
        if known is None or _place(standing) < _place(known):
            found[standing.key] = standing
    return found


def _place(standing: Standing) -> tuple[bool, float]:
    heard = standing.evidence.heard_at if standing.evidence else None
    if standing.holds:
        return False, standing.due_at.timestamp() if standing.due_at else float("-inf")
    return True, -heard.timestamp() if heard else 0.0
