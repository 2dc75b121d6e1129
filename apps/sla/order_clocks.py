"""The clocks of one order: every commitment that its facts have started. Pure: state, facts and policy decide."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from apps.contracts.facts import OrderAllocated, StampedFact
from apps.orders.ending import NOT_ENDED, Ended, ending_of
from apps.orders.ordering import happened_at, in_order_of_evidence, moment_of
from apps.orders.state import HoldState, LegState, Moment, OrderState, ShipmentState
from apps.sla.clocks import Clock, Subject
from apps.sla.hearings import Told, arrival, completion, first_heard, happened, heard_of, is_told
from apps.sla.policy import Context, Policy

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
        self.ended = ending_of(state)

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
            if received := self._document("return.received", returned.return_id, returned.received):
                subject = Subject("return", returned.return_id, returned.issuer)
                credited = self._document("return.credited", returned.return_id, returned.credited)
                yield from self._clock("credit", subject, self.context, received, _some(credited))

    def _allocate(self) -> Iterator[Clock]:
        """From validated, and the release of the last hold, to the ERP's first answer."""
        validated = self.state.milestones.get("validated")
        holds = [hold for hold in self.state.holds if hold.placed]
        if validated is None or any(hold.released is None for hold in holds):
            return
        ready = max((validated, *(hold.released for hold in holds if hold.released)), key=happened)
        answers = [moment_of(s) for name in ("order.allocated", "order.backordered") for s in self.told.get(name, ())]
        yield from self._order_clock("allocate", self.subject, ready, answers)

    def _release(self) -> Iterator[Clock]:
        """One clock an order: of the first allocation that waits for its release, else of the last that has it."""
        giving = [s for s in self.told.get("order.allocated", ()) if _gives(s)]
        allocations = [moment_of(stamped) for stamped in giving]
        waits = any(line.quantities.allocated > line.quantities.released for line in self.state.lines)
        answered: tuple[Moment, Moment] | None = None
        for place, allocation in enumerate(allocations):
            since = happened(allocation) if place else None
            until = happened(allocations[place + 1]) if place + 1 < len(allocations) else None
            releases = [moment for leg in self.state.legs if (moment := self._released_between(leg, since, until))]
            if releases:
                answered = allocation, min(releases, key=heard_of)
            elif waits:
                yield from self._order_clock("release", self.subject, allocation, [])
                return
        if answered:
            yield from self._order_clock("release", self.subject, answered[0], [answered[1]])

    def _released_between(self, leg: LegState, since: datetime | None, until: datetime | None) -> Moment | None:
        """The leg's release, where the leg was planned (else released) within these bounds."""
        released = self._released(leg)
        if released is None:
            return None
        at = happened(_told(leg.milestones.get("planned")) or released)
        return released if (since is None or at >= since) and (until is None or at < until) else None

    def _hold(self, hold: HoldState) -> Iterator[Clock]:
        if hold.placed:
            yield from self._order_clock("hold", Subject("hold", hold.hold), hold.placed, _some(hold.released))

    def _deliver(self) -> Iterator[Clock]:
        state = self.state
        placed = self._document("order.placed", state.order, state.milestones.get("placed"))
        if placed is None or state.promised_until is None:
            return
        stop = []
        if state.completed_at is not None:
            shipments = [shipment for leg in state.legs for shipment in leg.shipments] + [*state.loose_shipments]
            heard = [at for shipment in shipments if (at := arrival(shipment, self.told))]
            stop = [Moment(occurred_at=state.completed_at, received_at=max(heard, default=None))]
        yield from self._order_clock("deliver", self.subject, placed, stop, carried=state.promised_until)

    def _leg(self, leg: LegState, context: Context) -> Iterator[Clock]:
        subject = Subject("leg", leg.leg, leg.issuer)
        released = self._released(leg)
        if released is None:
            return
        taken = [moment for name in _TAKEN if (moment := _told(leg.milestones.get(name)))]
        taken += [problem.moment for problem in leg.problems]
        taken += [moment for shipment in leg.shipments for moment in self._way(shipment)]
        said = _told(leg.milestones.get("acknowledged"))
        yield from self._clock("acknowledge", subject, context, released, taken, proof=said, ended=self.ended)
        ended = self.ended
        if leg.status in {"rejected", "cancelled"}:
            ended = leg.status, _told(leg.milestones.get(leg.status))
        stop = _some(completion(leg, self.told))
        yield from self._clock("ship", subject, context, released, stop, carried=leg.ship_by_at, ended=ended)
        cancelled = self.state.milestones.get("cancelled")
        if cancelled is not None and not _left_before(leg, cancelled):
            confirmed = [moment for name in ("cancelled", "rejected") if (moment := _told(leg.milestones.get(name)))]
            yield from self._clock("confirm_cancellation", subject, context, cancelled, confirmed)

    def _released(self, leg: LegState) -> Moment | None:
        return self._document("leg.released", leg.leg, leg.milestones.get("released"))

    def _way(self, shipment: ShipmentState) -> list[Moment]:
        """Whatever was told of the shipment itself: it proves that the leg was taken."""
        shipped = self._document("leg.shipped", shipment.shipment, shipment.shipped)
        every = (shipped, shipment.in_transit, shipment.delivered, shipment.failed)
        return [moment for each in every if (moment := _told(each))]

    def _shipment(self, shipment: ShipmentState, context: Context) -> Iterator[Clock]:
        left = self._document("leg.shipped", shipment.shipment, shipment.shipped)
        if left is None:
            return
        subject, posted = Subject("shipment", shipment.shipment, shipment.issuer), shipment.posted
        posting = self._document("shipment.posted", posted.posting, posted.moment) if posted else None
        yield from self._clock("post", subject, context, left, _some(posting))
        covering = [each for each in self.state.invoices if shipment.shipment in each.shipments] if shipment.invoiced else []
        invoices = [moment for each in covering if (moment := self._document("invoice.issued", each.invoice, each.issued))]
        yield from self._clock("invoice", subject, context, left, invoices)

    def _document(self, name: str, value: str, moment: Moment | None) -> Moment | None:
        """The document in force, heard when its first version was; None for one that nobody has told."""
        if moment is None or moment.received_at is None:
            return None
        heard = first_heard(self.told, name, value, moment)
        if heard == moment.received_at:
            return moment
        return Moment(moment.occurred_at, heard, moment.claimed_at, moment.source, moment.message, moment.position)

    def _order_clock(
        self, measure: str, subject: Subject, start: Moment, stop: Sequence[Moment], *, carried: datetime | None = None
    ) -> Iterator[Clock]:
        yield from self._clock(measure, subject, self.context, start, stop, carried=carried, ended=self.ended)

    def _clock(  # noqa: PLR0913 - the two ends of a commitment and what may end it otherwise
        self,
        measure: str,
        subject: Subject,
        context: Context,
        start: Moment,
        stop: Sequence[Moment],
        *,
        carried: datetime | None = None,
        proof: Moment | None = None,
        ended: Ended = NOT_ENDED,
    ) -> Iterator[Clock]:
        """The clock of `measure`, where a commitment measures it. `stop` is all that proves the stop milestone; `proof` tells
        when it happened where `stop` holds evidence of later milestones too. `ended`: why nothing is owed any more."""
        started_at, started_heard_at = happened_at(start), start.received_at
        if started_at is None or started_heard_at is None:
            return
        promise = self.policy.promise_of(measure, context, started_at, carried)
        if promise is None:
            return
        commitment, deadline = promise
        first = min(stop, key=_first_heard, default=None)
        why, word = ended if first is None else NOT_ENDED
        stopped = proof or min(stop, key=happened, default=None)
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
            stopped_heard_at=heard_of(first) if first else None,
            void=why,
            void_heard_at=word.received_at if word else None,
            is_said=first is not None and (measure != "acknowledge" or proof is not None),
            word_at=first.occurred_at if first else None,
        )


def _told(moment: Moment | None) -> Moment | None:
    """The moment, where somebody has told it; None for one that is only implied."""
    return moment if is_told(moment) else None


def _some(moment: Moment | None) -> list[Moment]:
    return [moment] if moment is not None and is_told(moment) else []


def _first_heard(moment: Moment) -> tuple[datetime, datetime]:
    return heard_of(moment), happened(moment)


def _gives(stamped: StampedFact) -> bool:
    assert isinstance(stamped.fact, OrderAllocated)
    return any(line.quantity > 0 for line in stamped.fact.lines)


def _left_before(leg: LegState, cancelled: Moment) -> bool:
    """Whether something of the leg had left when it was cancelled: then there is nothing to confirm."""
    left = [happened(moment) for shipment in leg.shipments if (moment := _told(shipment.shipped))]
    return bool(left) and min(left) <= happened(cancelled)
