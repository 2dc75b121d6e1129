"""What the sandbox promises itself: each commitment with its start, its due time, and what keeps or ends it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from apps.demo.truth.courses import OBSOLETE, VERIFIED, Over, Question, Standing
from apps.demo.truth.hearing import Note, first
from apps.demo.truth.looking import Look, since
from apps.demo.world.things import Dispatch, Leg, Order, Return

ALLOCATE_WITHIN: Final = timedelta(hours=2)
RELEASE_WITHIN: Final = timedelta(hours=2)
HOLD_WITHIN: Final = timedelta(hours=8)
ACKNOWLEDGE_WITHIN_MINUTES: Final = 60  # of the site's opening hours
CONFIRM_CANCELLATION_WITHIN_MINUTES: Final = 60  # of the site's opening hours
POST_WITHIN: Final = timedelta(hours=24)
INVOICE_WITHIN: Final = timedelta(hours=48)
CREDIT_WITHIN: Final = timedelta(days=5)
ANYBODY: Final = ""


def promises_of(order: Order) -> Iterator[Question]:
    """Every commitment that the order may start."""
    yield Question("NOT_ALLOCATED", "order", order.number, _allocate, ANYBODY)
    yield Question("NOT_RELEASED", "order", order.number, _release, ANYBODY)
    if order.holds:
        yield Question("ORDER_HOLD", "order", order.number, _hold, ANYBODY)
    yield Question("DELIVERY_OVERDUE", "order", order.number, _deliver, ANYBODY)
    for leg in order.legs:
        partner = leg.warehouse.partner
        is_said = partial(_is_acknowledged, leg)
        yield Question("ACK_OVERDUE", "leg", leg.number, partial(_acknowledge, leg), partner, is_said)
        yield Question("SHIP_OVERDUE", "leg", leg.number, partial(_ship, leg), partner)
        if order.cancellations:
            yield Question("CANCEL_NOT_CONFIRMED", "leg", leg.number, partial(_confirm_cancellation, leg), partner)
        for dispatch in leg.dispatches:
            yield Question("POSTING_OVERDUE", "shipment", dispatch.shipment, partial(_post, leg, dispatch), ANYBODY)
            yield Question("NOT_INVOICED", "shipment", dispatch.shipment, partial(_invoice, leg, dispatch), ANYBODY)
    for returned in order.returns:
        yield Question("RETURN_NOT_CREDITED", "return", returned.number, partial(_credit, returned), ANYBODY)


def _is_acknowledged(leg: Leg, look: Look) -> bool:
    """Later words prove that the 3PL has the release, and are no acknowledgement."""
    return bool(look.seen.of_leg(leg, leg.acknowledged))


def kept_by(notes: Sequence[Note]) -> Over:
    """Over with the first of these words that was heard; it says when it happened, if that is believed."""
    if not notes:
        return Over()
    word = min(notes, key=lambda note: (note.telling.told_at, note.happened_at))
    return Over(VERIFIED, word.moment["occurred_at"])


def _unless_ended(look: Look, kept: Callable[[], Over]) -> Callable[[], Over]:
    """Kept, else over with the order itself."""

    def over() -> Over:
        found = kept()
        return found if found.as_what or not look.ending else Over(OBSOLETE)

    return over


def _allocate(look: Look) -> Standing | None:
    """From the validation, or the release of the last hold, to the ERP's first answer."""
    order, seen = look.order, look.seen
    validated = first(seen.notes(order.validated))
    if validated is None or any(freed is None for _, freed, _ in look.holds):
        return None
    ready = max([validated.happened_at, *(freed for _, freed, _ in look.holds if freed)])
    answers = [note for word, _ in (*order.allocations, *order.backorders) for note in seen.notes(word)]
    return Standing(ready + ALLOCATE_WITHIN, _unless_ended(look, lambda: kept_by(answers)))


def _release(look: Look) -> Standing | None:
    """Of the first allocation of which no leg is released, else of the last."""
    order, seen = look.order, look.seen
    told = [(place, note) for place, (word, _) in enumerate(order.allocations) if (note := first(seen.notes(word)))]
    answered: Standing | None = None
    for place, allocation in told:
        legs = [leg for leg in order.legs if _is_of(order, leg, place)]
        releases = [note for leg in legs for note in seen.notes(leg.released)]
        over = _unless_ended(look, partial(kept_by, releases))
        answered = Standing(allocation.happened_at + RELEASE_WITHIN, over)
        if not releases:
            return answered
    return answered


def _is_of(order: Order, leg: Leg, allocation: int) -> bool:
    """Whether the leg carries out that allocation: those of the second one are planned after it."""
    later = [word for word, _ in order.allocations[allocation + 1 :]]
    own = order.allocations[allocation][0]
    return leg.planned.at >= own.at and all(leg.planned.at < word.at for word in later)


def _hold(look: Look) -> Standing | None:
    standing = [placed for placed, freed, _ in look.holds if freed is None]
    if standing:
        return Standing(min(standing) + HOLD_WITHIN, _unless_ended(look, Over))
    if not look.holds:
        return None
    placed, _, claimed = look.holds[0]
    return Standing(placed + HOLD_WITHIN, lambda: Over(VERIFIED, claimed))


def _deliver(look: Look) -> Standing | None:
    if look.kept_until is None or not look.seen.notes(look.order.placed):
        return None

    def kept() -> Over:
        return Over(VERIFIED, look.completed_at) if look.completed_at else Over()

    return Standing(look.kept_until, _unless_ended(look, kept))


def _acknowledge(leg: Leg, look: Look) -> Standing | None:
    released_at = look.released_at(leg)
    if released_at is None:
        return None
    due_at = leg.warehouse.hours.after(released_at, ACKNOWLEDGE_WITHIN_MINUTES)
    return Standing(due_at, _unless_ended(look, lambda: kept_by(look.signs_of_taking(leg))))


def _ship(leg: Leg, look: Look) -> Standing | None:
    if look.released_at(leg) is None or leg.ship_by is None:
        return None

    def kept() -> Over:
        if look.has_left_whole(leg):
            last = max((note for _, note in look.departures(leg)), key=lambda note: note.happened_at)
            return Over(VERIFIED, last.moment["occurred_at"])
        return Over(OBSOLETE) if look.leg_ending(leg) else Over()

    return Standing(leg.ship_by, _unless_ended(look, kept))


def _confirm_cancellation(leg: Leg, look: Look) -> Standing | None:
    """Of a leg that was released, and of which nothing had left when the order was cancelled."""
    start = look.whole_cancelled
    if start is None or look.released_at(leg) is None:
        return None
    if any(note.happened_at <= start.happened_at for _, note in look.departures(leg)):
        return None
    due_at = leg.warehouse.hours.after(start.happened_at, CONFIRM_CANCELLATION_WITHIN_MINUTES)
    ends = [*look.seen.of_leg(leg, leg.cancelled), *look.seen.of_leg(leg, leg.rejected)]
    return Standing(due_at, lambda: kept_by(ends))


def _post(leg: Leg, dispatch: Dispatch, look: Look) -> Standing | None:
    shipped_at = look.shipped_at(leg, dispatch)
    if shipped_at is None:
        return None
    posted = look.seen.posted(dispatch)
    return Standing(shipped_at + POST_WITHIN, lambda: kept_by([posted] if posted else []))


def _invoice(leg: Leg, dispatch: Dispatch, look: Look) -> Standing | None:
    shipped_at = look.shipped_at(leg, dispatch)
    if shipped_at is None:
        return None
    invoices = [invoice for invoice in look.order.invoices if dispatch in invoice.dispatches]
    issued = [note for invoice in invoices for note in look.seen.notes(invoice.issued)]
    return Standing(shipped_at + INVOICE_WITHIN, lambda: kept_by(issued))


def _credit(returned: Return, look: Look) -> Standing | None:
    back_at = since(look.seen.of_return(returned, returned.received))
    if back_at is None:
        return None
    return Standing(back_at + CREDIT_WITHIN, lambda: kept_by(look.seen.notes(returned.credited)))
