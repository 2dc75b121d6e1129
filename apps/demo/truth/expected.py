"""Which exceptions must open: every commitment of the sandbox held against what was heard, fault or no fault.

An exception opens at `opens_at`: when its commitment is due and no evidence has been heard, or when the bad news itself
is heard. `evidence` is what closes it, with the time claimed and the time heard; None while it is not heard.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from apps.demo.truth.hearing import Note, first, in_force
from apps.demo.truth.seen import Seen
from apps.demo.world.things import Dispatch, Leg

ALLOCATE_WITHIN: Final = timedelta(hours=2)
RELEASE_WITHIN: Final = timedelta(hours=2)
HOLD_WITHIN: Final = timedelta(hours=8)
ACKNOWLEDGE_WITHIN_MINUTES: Final = 60  # of the site's opening hours
CONFIRM_CANCELLATION_WITHIN_MINUTES: Final = 60  # of the site's opening hours
POST_WITHIN: Final = timedelta(hours=24)
INVOICE_WITHIN: Final = timedelta(hours=48)
CREDIT_WITHIN: Final = timedelta(days=5)

Row = dict[str, Any]


def expected_of(seen: Seen) -> list[Row]:
    """The order's exceptions as of `seen.until`, open or closed again."""
    rows = [*_front_office(seen)]
    for leg in seen.order.legs:
        rows += _leg(seen, leg)
        for dispatch in leg.dispatches:
            rows += _dispatch(seen, leg, dispatch)
    rows += _money(seen)
    return [row | {"order": seen.order.number, "causes": _causes(seen, row)} for row in rows]


def overdue(  # noqa: PLR0913, PLR0917 - a commitment, its two ends and when one looks
    seen: Seen, code: str, subject: tuple[str, str], starts: Note | None, due: datetime, evidence: Note | None
) -> Iterator[Row]:
    """One row when nothing was heard by `due` (or by when the start itself was heard)."""
    if starts is None:
        return
    opens = max(due, starts.telling.told_at)
    if opens <= seen.until and (evidence is None or evidence.telling.told_at > opens):
        yield row_of(code, subject, opens, due, evidence)


def row_of(code: str, subject: tuple[str, str], opens: datetime, due: datetime | None, evidence: Note | None) -> Row:
    closes = {"occurred_at": evidence.moment["occurred_at"], "heard_at": evidence.telling.told_at} if evidence else None
    scheme, value = subject
    about = {"scheme": scheme, "value": value}
    return {"code": code, "subject": about, "due_at": due, "opens_at": opens, "evidence": closes}


def _front_office(seen: Seen) -> Iterator[Row]:
    order = seen.order
    name = ("order", order.number)
    cancelled = first(note for word, amounts in order.cancellations if amounts is None for note in seen.notes(word))
    ended_by = [cancelled] if cancelled else []
    answers = [note for word, _ in (*order.allocations, *order.backorders) for note in seen.notes(word)]
    ready = first(seen.notes(order.validated))
    for _, held, freed in order.holds:
        if start := first(seen.notes(held)):
            release = first(seen.notes(freed))
            yield from overdue(seen, "ORDER_HOLD", name, start, start.happened_at + HOLD_WITHIN, release)
            ready = release if ready else None
    if rejection := first(seen.notes(order.rejected)):
        yield row_of("ORDER_INVALID", name, rejection.telling.told_at, None, None)
    if ready:
        evidence = first_heard([*answers, *ended_by])
        yield from overdue(seen, "NOT_ALLOCATED", name, ready, ready.happened_at + ALLOCATE_WITHIN, evidence)
    for word, _ in order.backorders:
        if bad := first(seen.notes(word)):
            later = [n for w, a in order.allocations if w.at > word.at for n in seen.notes(w)]
            yield row_of("BACKORDERED", name, bad.telling.told_at, None, first_heard([*later, *ended_by]))
    for place, (word, _) in enumerate(order.allocations):
        start = first(seen.notes(word))
        legs = [leg for leg in order.legs if _is_of(seen, leg, place)]
        released = [n for leg in legs for n in (*seen.notes(leg.released), *ended_by)]
        if start:
            due = start.happened_at + RELEASE_WITHIN
            yield from overdue(seen, "NOT_RELEASED", name, start, due, first_heard(released))


def _is_of(seen: Seen, leg: Leg, allocation: int) -> bool:
    """Whether the leg carries out that allocation: those of the second one are planned after it."""
    later = [word for word, _ in seen.order.allocations[allocation + 1 :]]
    own = seen.order.allocations[allocation][0]
    return leg.planned.at >= own.at and all(leg.planned.at < word.at for word in later)


def first_heard(notes: list[Note]) -> Note | None:
    return min(notes, key=lambda note: note.telling.told_at, default=None)


def _leg(seen: Seen, leg: Leg) -> Iterator[Row]:
    name = ("leg", leg.number)
    release = in_force(seen.notes(leg.released))
    hours = leg.warehouse.hours
    taken = _evidence_of_taking(seen, leg)
    if release and leg.ship_by:
        due = hours.after(release.happened_at, ACKNOWLEDGE_WITHIN_MINUTES)
        yield from overdue(seen, "ACK_OVERDUE", name, release, due, first_heard(taken))
        gone = _completion(seen, leg)
        yield from overdue(seen, "SHIP_OVERDUE", name, release, leg.ship_by, gone)
    if refusal := first(seen.of_leg(leg, leg.rejected)):
        place = leg.number.rpartition("-")[2]
        again = [other for other in seen.order.legs if other.number.endswith(f"-{int(place) + 3}")]
        taken_over = first_heard([note for other in again for note in seen.notes(other.released)])
        yield row_of("LEG_REJECTED", name, refusal.telling.told_at, None, taken_over)
    for word in leg.problems:
        if problem := first(seen.of_leg(leg, word)):
            yield row_of("LEG_PROBLEM", name, problem.telling.told_at, None, None)
    yield from _short(seen, leg)
    yield from _cancel(seen, leg, release)


def _evidence_of_taking(seen: Seen, leg: Leg) -> list[Note]:
    words = [leg.acknowledged, leg.rejected, leg.cancelled, leg.packed, *leg.problems]
    words += [leg.picked[0]] if leg.picked else []
    notes = [note for word in words for note in seen.of_leg(leg, word)]
    notes += [note for d in leg.dispatches for note in seen.of_leg(leg, d.shipped)]
    way = [w for d in leg.dispatches for _, w in (*d.scans, *d.deliveries, *d.failures)]
    return notes + [note for d in leg.dispatches for word in way for note in seen.of_parcel(leg, d, word)]


def _completion(seen: Seen, leg: Leg) -> Note | None:
    """The word with which nothing more is to leave: the final one, or the end of the leg."""
    final = [note for d in leg.dispatches if d.is_final for note in seen.of_leg(leg, d.shipped)]
    ends = [*seen.of_leg(leg, leg.rejected), *seen.of_leg(leg, leg.cancelled)]
    return first_heard([*final, *ends])


def _short(seen: Seen, leg: Leg) -> Iterator[Row]:
    """Less has left than was released, and the leg is complete."""
    final = _completion(seen, leg)
    shipped = [d for d in leg.dispatches if seen.shipped(leg, d)]
    sent = sum(sum(d.amounts.values()) for d in shipped)
    is_whole = len(shipped) == len(leg.dispatches)
    if final and is_whole and seen.notes(leg.released) and 0 < sent < sum(leg.amounts.values()):
        cut = [word for word, amounts in seen.order.cancellations if amounts is not None and word.at > leg.planned.at]
        evidence = first_heard([note for word in cut for note in seen.notes(word)])
        yield row_of("SHORT_SHIP", ("leg", leg.number), final.telling.told_at, None, evidence)


def _cancel(seen: Seen, leg: Leg, release: Note | None) -> Iterator[Row]:
    whole = [word for word, amounts in seen.order.cancellations if amounts is None]
    start = first(note for word in whole for note in seen.notes(word))
    if start is None or release is None:
        return
    due = leg.warehouse.hours.after(start.happened_at, CONFIRM_CANCELLATION_WITHIN_MINUTES)
    evidence = first_heard(seen.of_leg(leg, leg.cancelled))
    yield from overdue(seen, "CANCEL_NOT_CONFIRMED", ("leg", leg.number), start, due, evidence)


def _dispatch(seen: Seen, leg: Leg, dispatch: Dispatch) -> Iterator[Row]:
    name = ("shipment", dispatch.shipment)
    shipped = seen.shipped(leg, dispatch)
    posted = seen.posted(dispatch)
    for word in dispatch.posting_failures:
        if failure := first(seen.notes(word)):
            yield row_of("POSTING_FAILED", name, failure.telling.told_at, None, posted)
    for _, word in dispatch.failures:
        if failure := first(seen.of_parcel(leg, dispatch, word)):
            yield row_of("DELIVERY_FAILED", name, failure.telling.told_at, None, seen.delivered(leg, dispatch))
    if shipped:
        yield from overdue(seen, "POSTING_OVERDUE", name, shipped, shipped.happened_at + POST_WITHIN, posted)
        issued = [n for i in seen.order.invoices if dispatch in i.dispatches for n in seen.notes(i.issued)]
        due = shipped.happened_at + INVOICE_WITHIN
        yield from overdue(seen, "NOT_INVOICED", name, shipped, due, first_heard(issued))


def _money(seen: Seen) -> Iterator[Row]:
    order = seen.order
    wrong = {fault.message for fault in order.injected if fault.fault == "invoice_differs"}
    for invoice in order.invoices:
        issued = first(seen.notes(invoice.issued))
        if issued and (issued.word.source, invoice.issued.tellings[0].id) in wrong:
            credit = first_heard(seen.notes(invoice.credited))
            yield row_of("INVOICE_MISMATCH", ("invoice", invoice.number), issued.telling.told_at, None, credit)
        if held := first(seen.notes(invoice.held)):
            freed = first_heard(seen.notes(invoice.released))
            yield row_of("INVOICE_HOLD", ("invoice", invoice.number), held.telling.told_at, None, freed)
    for returned in order.returns:
        if back := first(seen.of_return(returned, returned.received)):
            due = back.happened_at + CREDIT_WITHIN
            credit = first_heard(seen.notes(returned.credited))
            yield from overdue(seen, "RETURN_NOT_CREDITED", ("return", returned.number), back, due, credit)


def _causes(seen: Seen, row: Row) -> list[str]:
    """The faults that touch the row's subject: where there is none, it is the business itself that is late."""
    value = row["subject"]["value"]
    return sorted({fault.fault for fault in seen.order.injected if value in (fault.leg, fault.shipment, fault.order)})
