"""When each condition of an order held, over the time in which we heard of it. Pure, and a function of the set of facts.

What was known at a moment is the fold of the facts that had been heard by then. So the history of an order's exceptions is
found by folding what was known after each hearing (`replayed`), and nothing that comes late can rewrite what was shown. For a
plain story, where every document is told once and nothing goes wrong but lateness, the clocks of the last fold say the same
(`straight`), twenty times faster; a property test holds the two together.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from apps.contracts.facts import LegReleased, LegShipped, ShipmentEvent, StampedFact
from apps.exceptions.conditions import order_conditions
from apps.exceptions.standing import OBSOLETE, About, Evidence, Key, Standing, together
from apps.orders.ordering import in_order_of_evidence
from apps.orders.state import OrderState
from apps.sla.clocks import Clock, Subject
from apps.sla.order_clocks import clocks_of, told_of
from apps.sla.policy import Policy

Known = tuple[datetime, dict[Key, Standing]]  # what was known from a moment on
FoldAt = Callable[[Sequence[StampedFact], datetime], OrderState]

PLAIN: Final = frozenset(
    {
        "order.placed",
        "order.validated",
        "order.allocated",
        "leg.planned",
        "leg.released",
        "leg.acknowledged",
        "leg.picked",
        "leg.packed",
        "leg.shipped",
        "shipment.in_transit",
        "shipment.delivered",
        "shipment.posted",
        "invoice.issued",
        "message.delivered",
        "message.failed",
        "message.retried",
    }
)
OF_ITS_WAY: Final = frozenset({"message.delivered", "message.failed", "message.retried"})  # no document: how one travelled


class Span(msgspec.Struct, frozen=True, array_like=True):
    """One time that a condition held: from when it was shown to when it was cleared (None: it holds). `evidence` is the word
    that cleared it, `opened_by` the bad news that opened it; a clock's condition has `due_at` instead."""

    opened_at: datetime
    due_at: datetime | None = None
    opened_by: Evidence | None = None
    cleared_at: datetime | None = None
    cleared: str = ""
    evidence: Evidence | None = None


class Course(msgspec.Struct, frozen=True, array_like=True):
    """Every span of one condition on one subject, the first first, and what was last known of the subject."""

    code: str
    subject: Subject
    spans: tuple[Span, ...]
    about: About
    needs: tuple[str, str] | None = None


def courses_of(
    state: OrderState, facts: Sequence[StampedFact], policy: Policy, fold_at: FoldAt, *, until: datetime
) -> tuple[list[Clock], list[Course]]:
    """The order's clocks, and the course of each condition that has held by `until`.

    `state` is the fold of all `facts`; `fold_at` folds those that had been heard by a moment.
    """
    told = told_of(facts)
    clocks = clocks_of(state, told, policy)
    standings = together(order_conditions(state, told, clocks))
    if is_plain(state, told) and all(standing.due_at is not None for standing in standings.values()):
        return clocks, straight(clocks, standings, until)
    return clocks, replayed(facts, policy, fold_at, until=until)


def is_plain(state: OrderState, told: dict[str, list[StampedFact]]) -> bool:
    """Whether every document is told once, each leg leaves at once and arrives at once, and nothing is contested."""
    if state.conflicts or state.unapplied or state.loose_shipments or not told.keys() <= PLAIN:
        return False
    for name, facts in told.items():
        if name not in OF_ITS_WAY and len(facts) > 1 and len({_document(name, stamped) for stamped in facts}) < len(facts):
            return False
    return all(len(leg.shipments) <= 1 and all(len(s.tracking) <= 1 for s in leg.shipments) for leg in state.legs)


def _document(name: str, stamped: StampedFact) -> object:
    """What is told of: the same again would be another version of it, or a second part."""
    fact = stamped.fact
    if isinstance(fact, LegShipped):
        return fact.leg  # a leg that leaves in two parts is not plain
    if isinstance(fact, LegReleased) or name.startswith("leg."):
        return getattr(fact, "leg", None)
    if isinstance(fact, ShipmentEvent):
        return fact.tracking or fact.shipment
    return getattr(fact, "shipment", None) or getattr(fact, "invoice", None) or getattr(fact, "order", None)


def straight(clocks: Sequence[Clock], standings: dict[Key, Standing], until: datetime) -> list[Course]:
    """The courses of a plain story: each clock has held from when it was due, and known to run, to when its stop was heard."""
    started = {(clock.subject, clock.due_at): clock.started_heard_at for clock in clocks}
    found = []
    for standing in standings.values():
        assert standing.due_at is not None
        opened_at = max(standing.due_at, started[standing.subject, standing.due_at])
        cleared_at = None if standing.holds or standing.evidence is None else standing.evidence.heard_at
        if opened_at > until or (cleared_at is not None and cleared_at <= opened_at):
            continue
        span = Span(opened_at, standing.due_at)
        if cleared_at is not None:
            span = Span(opened_at, standing.due_at, None, cleared_at, standing.cleared, standing.evidence)
        found.append(Course(standing.code, standing.subject, (span,), standing.about, standing.needs))
    return found


def replayed(facts: Sequence[StampedFact], policy: Policy, fold_at: FoldAt, *, until: datetime) -> list[Course]:
    """The courses of any story, from what was known after each hearing up to `until`."""
    return courses_in([*_known(facts, policy, fold_at, until)], until)


def courses_in(steps: Sequence[Known], until: datetime) -> list[Course]:
    """The courses of all conditions that have held by `until`, from what was known from each hearing on."""
    keys = dict.fromkeys(key for _, standings in steps for key in standings)
    return [course for key in keys if (course := _course(key, steps, until)) is not None]


def _known(facts: Sequence[StampedFact], policy: Policy, fold_at: FoldAt, until: datetime) -> Iterator[Known]:
    unique = in_order_of_evidence(facts)
    for moment in sorted({stamped.stamp.heard_at for stamped in unique if stamped.stamp.heard_at <= until}):
        heard = [stamped for stamped in unique if stamped.stamp.heard_at <= moment]
        state, told = fold_at(heard, moment), told_of(heard)
        yield moment, together(order_conditions(state, told, clocks_of(state, told, policy)))


def _course(key: Key, steps: Sequence[Known], until: datetime) -> Course | None:
    """The spans of one condition: it opens when it is due, and closes when what is known no longer says so."""
    spans: list[Span] = []
    last: Standing | None = None
    for place, (moment, standings) in enumerate(steps):
        standing = standings.get(key)
        is_open = bool(spans) and spans[-1].cleared_at is None
        opens_at = moment if standing is None or standing.due_at is None else max(moment, standing.due_at)
        holds_now = standing is not None and standing.holds and opens_at <= moment
        if is_open and not holds_now:
            spans[-1] = _closed(spans[-1], moment, standing)
            is_open = False
        ends = steps[place + 1][0] if place + 1 < len(steps) else None
        if not is_open and standing is not None and standing.holds and opens_at <= until and (ends is None or opens_at < ends):
            spans.append(Span(opens_at, standing.due_at, standing.evidence))
        last = standing or last
    if not spans or last is None:
        return None
    return Course(last.code, last.subject, tuple(spans), last.about, last.needs)


def _closed(span: Span, moment: datetime, standing: Standing | None) -> Span:
    """Ended by evidence, by a cancellation, or because what is known now says that it never should have opened."""
    if standing is None or standing.holds:
        return Span(span.opened_at, span.due_at, span.opened_by, moment, OBSOLETE, None)
    return Span(span.opened_at, span.due_at, span.opened_by, moment, standing.cleared or OBSOLETE, standing.evidence)
