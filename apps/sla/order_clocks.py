"""The clocks of one order: every commitment that its facts have started. Pure: state, facts and policy decide."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from apps.contracts.facts import OrderAllocated, StampedFact
from apps.orders.ordering import happened_at, in_order_of_evidence, moment_of
from apps.orders.state import HoldState, LegState, Moment, OrderState, ShipmentState
from apps.sla.clocks import Clock, Subject
from apps.sla.deadlines import deadline_of
from apps.sla.policy import Context, Policy

Told = Mapping[str, Sequence[StampedFact]]

_COMPLETE: Final = frozenset({"shipped", "delivered"})
_TAKEN: Final = ("acknowledged", "picked", "packed", "rejected", "cancelled")


def told_of(facts: Iterable[StampedFact]) -> dict[str, list[StampedFact]]:
    """The facts by name, repetitions left out, each list in the order of evidence."""
    told: dict[str, list[StampedFact]] = {}
    for stamped in in_order_of_evidence(facts):
        told.setdefault(stamped.name, []).append(stamped)
    return told


def clocks_of(state: OrderState, told: Told, policy: Policy) -> list[Clock]:
    """Every clock of the order that has started: the order's own, then leg by leg as the order sorts them."""
    return [*_OrderClocks(state, told, policy).every()]


class _OrderClocks:
    def __init__(self, state: OrderState, told: Told, policy: Policy) -> None:
        self.state, self.told, self.policy = state, told, policy
        self.subject = Subject("order", state.order, state.issuer)
        self.context = Context(None, None, state.region, state.channel, state.priority, None)
        self.ended = state.status if state.is_closed else ""
        self.ended_moment = _told(state.milestones.get(self.ended)) if self.ended else None

    def every(self) -> Iterator[Clock]:
        yield from self._allocate()
        yield from self._release()
        for hold in self.state.holds:
            yield from self._hold(hold)
        yield from self._deliver()
        for leg in self.state.legs:
            context = Context(leg.partner, leg.site, self.state.region, self.state.channel, self.state.priority, leg.service)
            yield from self._leg(leg, context)
            for shipment in leg.shipments:
                yield from self._shipment(shipment, context)
        for returned in self.state.returns:
            if returned.received:
                subject = Subject("return", returned.return_id, returned.issuer)
                yield from self._clock("credit", subject, self.context, returned.received, _some(returned.credited))

    def _allocate(self) -> Iterator[Clock]:
        """From validated, and the release of the last hold, to the ERP's first answer."""
        validated = self.state.milestones.get("validated")
        holds = [hold for hold in self.state.holds if hold.placed]
        if validated is None or any(hold.released is None for hold in holds):
            return
        ready = max((validated, *(hold.released for hold in holds if hold.released)), key=_happened)
        answers = [moment_of(s) for name in ("order.allocated", "order.backordered") for s in self.told.get(name, ())]
        yield from self._order_clock("allocate", self.subject, ready, answers)

    def _release(self) -> Iterator[Clock]:
        """One clock an order: of the first allocation that waits for its release, else of the last that has it."""
        giving = [s for s in self.told.get("order.allocated", ()) if _gives(s)]
        allocations = [moment_of(stamped) for stamped in giving]
        waits = any(line.quantities.allocated > line.quantities.released for line in self.state.lines)
        answered: tuple[Moment, Moment] | None = None
        for place, allocation in enumerate(allocations):
            since = _happened(allocation) if place else None
            until = _happened(allocations[place + 1]) if place + 1 < len(allocations) else None
            releases = [moment for leg in self.state.legs if (moment := _released_between(leg, since, until))]
            if releases:
                answered = allocation, min(releases, key=_heard)
            elif waits:
                yield from self._order_clock("release", self.subject, allocation, [])
                return
        if answered:
            yield from self._order_clock("release", self.subject, answered[0], [answered[1]])

    def _hold(self, hold: HoldState) -> Iterator[Clock]:
        if hold.placed:
            yield from self._order_clock("hold", Subject("hold", hold.hold), hold.placed, _some(hold.released))

    def _deliver(self) -> Iterator[Clock]:
        state, placed = self.state, self.state.milestones.get("placed")
        if placed is None or state.promised_until is None:
            return
        stop = []
        if state.completed_at is not None:
            arrivals = [s.delivered for leg in state.legs for s in leg.shipments if s.delivered]
            arrivals += [s.delivered for s in state.loose_shipments if s.delivered]
            stop = [Moment(occurred_at=state.completed_at, received_at=max(map(_heard, arrivals), default=None))]
        yield from self._order_clock("deliver", self.subject, placed, stop, carried=state.promised_until)

    def _leg(self, leg: LegState, context: Context) -> Iterator[Clock]:
        subject = Subject("leg", leg.leg, leg.issuer)
        released = _told(leg.milestones.get("released"))
        if released is None:
            return
        taken = [moment for name in _TAKEN if (moment := _told(leg.milestones.get(name)))]
        taken += [problem.moment for problem in leg.problems]
        taken += [moment for shipment in leg.shipments for moment in _way(shipment)]
        said = _told(leg.milestones.get("acknowledged"))
        ended = (self.ended, self.ended_moment)
        yield from self._clock("acknowledge", subject, context, released, taken, happened=said, ended=ended)
        if leg.status in {"rejected", "cancelled"}:
            ended = leg.status, _told(leg.milestones.get(leg.status))
        yield from self._clock("ship", subject, context, released, _completion(leg), carried=leg.ship_by_at, ended=ended)
        cancelled = self._cancelled()
        if cancelled is not None and not _left_before(leg, cancelled):
            confirmed = [moment for name in ("cancelled", "rejected") if (moment := _told(leg.milestones.get(name)))]
            yield from self._clock("confirm_cancellation", subject, context, cancelled, confirmed)

    def _cancelled(self) -> Moment | None:
        """When the whole order was cancelled, also where something has left all the same."""
        lines = [line.quantities for line in self.state.lines if "extra" not in line.flags]
        is_whole = bool(lines) and all(quantities.cancelled >= quantities.ordered for quantities in lines)
        return self.state.milestones.get("cancelled") if is_whole else None

    def _shipment(self, shipment: ShipmentState, context: Context) -> Iterator[Clock]:
        left = _told(shipment.shipped)
        if left is None:
            return
        subject = Subject("shipment", shipment.shipment, shipment.issuer)
        yield from self._clock("post", subject, context, left, _some(shipment.posted.moment if shipment.posted else None))
        yield from self._clock(
            "invoice", subject, context, left, _some(shipment.invoiced.moment if shipment.invoiced else None)
        )

    def _order_clock(
        self, measure: str, subject: Subject, start: Moment, stop: Sequence[Moment], *, carried: datetime | None = None
    ) -> Iterator[Clock]:
        ended = self.ended, self.ended_moment
        yield from self._clock(measure, subject, self.context, start, stop, carried=carried, ended=ended)

    def _clock(  # noqa: PLR0913 - the two ends of a commitment and what may end it otherwise
        self,
        measure: str,
        subject: Subject,
        context: Context,
        start: Moment,
        stop: Sequence[Moment],
        *,
        carried: datetime | None = None,
        happened: Moment | None = None,
        ended: tuple[str, Moment | None] = ("", None),
    ) -> Iterator[Clock]:
        """The clock of `measure`, where a commitment measures it. `stop` is all that proves the stop milestone; `happened`
        tells when it happened where `stop` holds evidence of later milestones too. `ended`: why nothing is owed any more."""
        started_at, started_heard_at = happened_at(start), start.received_at
        if started_at is None or started_heard_at is None:
            return
        commitment = self.policy.commitment_for(measure, context, started_at)
        if commitment is None:
            return
        deadline = deadline_of(commitment, self.policy.calendar_for(context, started_at), started_at, carried)
        if deadline is None:
            return
        first = min(stop, key=_heard, default=None)
        why, word = ended if first is None else ("", None)
        stopped = happened or min(stop, key=_happened, default=None)
        yield Clock(
            measure=measure,
            commitment=commitment.name,
            basis=commitment.basis,
            subject=subject,
            partner=context.partner,
            site=context.site,
            started_at=started_at,
            started_heard_at=started_heard_at,
            due_at=deadline.due_at,
            warn_at=deadline.warn_at,
            stopped_at=stopped.occurred_at if stopped else None,
            stopped_heard_at=_heard(first) if first else None,
            void=why,
            void_heard_at=word.received_at if word else None,
            is_said=first is not None and (measure != "acknowledge" or happened is not None),
        )


def _told(moment: Moment | None) -> Moment | None:
    """The moment, where somebody has told it; None for one that is only implied."""
    return None if moment is None or moment.received_at is None else moment


def _some(moment: Moment | None) -> list[Moment]:
    told = _told(moment)
    return [told] if told else []


def _heard(moment: Moment) -> datetime:
    assert moment.received_at is not None
    return moment.received_at


def _happened(moment: Moment) -> datetime:
    return moment.occurred_at or _heard(moment)


def _gives(stamped: StampedFact) -> bool:
    assert isinstance(stamped.fact, OrderAllocated)
    return any(line.quantity > 0 for line in stamped.fact.lines)


def _released_between(leg: LegState, since: datetime | None, until: datetime | None) -> Moment | None:
    """The leg's release, where the leg was planned (else released) within these bounds."""
    released = _told(leg.milestones.get("released"))
    began = _told(leg.milestones.get("planned")) or released
    if released is None or began is None:
        return None
    at = _happened(began)
    return released if (since is None or at >= since) and (until is None or at < until) else None


def _way(shipment: ShipmentState) -> list[Moment]:
    """Whatever was told of the shipment itself: it proves that the leg was taken."""
    every = (shipment.shipped, shipment.in_transit, shipment.delivered, shipment.failed)
    return [moment for each in every if (moment := _told(each))]


def _completion(leg: LegState) -> list[Moment]:
    """The word with which nothing more is to leave: of the shipment that left last. Empty while something is."""
    if leg.status not in _COMPLETE:
        return []
    left = [moment for shipment in leg.shipments if (moment := _told(shipment.shipped))]
    return [max(left, key=_happened)] if left else []


def _left_before(leg: LegState, cancelled: Moment) -> bool:
    """Whether something of the leg had left when it was cancelled: then there is nothing to confirm."""
    left = [_happened(moment) for shipment in leg.shipments if (moment := _told(shipment.shipped))]
    return bool(left) and min(left) <= _happened(cancelled)
