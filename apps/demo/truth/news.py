"""Bad news: what opens an exception the moment that it is heard, and when that is over."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from apps.demo.truth.courses import OBSOLETE, VERIFIED, Over, Question, Standing
from apps.demo.truth.looking import Look
from apps.demo.truth.quantities import is_held
from apps.demo.world.things import Amounts, Dispatch, Invoice, Leg, Order


def news_of(order: Order) -> Iterator[Question]:
    """Every piece of bad news that the order may bring."""
    if order.rejected:
        yield Question("ORDER_INVALID", "order", order.number, _invalid)
    if order.backorders:
        yield Question("BACKORDERED", "order", order.number, _backordered)
    for leg in order.legs:
        yield from _of_leg(leg)
    for invoice in order.invoices:
        if invoice.held:
            yield Question("INVOICE_HOLD", "invoice", invoice.number, partial(_held, invoice))
        yield Question("INVOICE_MISMATCH", "invoice", invoice.number, partial(_differs, invoice))


def _of_leg(leg: Leg) -> Iterator[Question]:
    if leg.rejected:
        yield Question("LEG_REJECTED", "leg", leg.number, partial(_refused, leg))
    if leg.problems:
        yield Question("LEG_PROBLEM", "leg", leg.number, partial(_problem, leg))
    if leg.dispatches:
        yield Question("SHORT_SHIP", "leg", leg.number, partial(_short, leg))
    for dispatch in leg.dispatches:
        if dispatch.posting_failures:
            yield Question("POSTING_FAILED", "shipment", dispatch.shipment, partial(_posting_failed, dispatch))
        if dispatch.failures:
            yield Question("DELIVERY_FAILED", "shipment", dispatch.shipment, partial(_undelivered, leg, dispatch))


def _now(over: Over) -> Standing:
    return Standing(None, lambda: over)


def _invalid(look: Look) -> Standing | None:
    if not look.seen.notes(look.order.rejected):
        return None
    return _now(Over(OBSOLETE) if look.ending == "cancelled" else Over())


def _backordered(look: Look) -> Standing | None:
    if not any(look.seen.notes(word) for word, _ in look.order.backorders):
        return None
    if look.ending:
        return _now(Over(OBSOLETE))
    return _now(Over() if any(row.backordered for row in look.sums.rows.values()) else Over(VERIFIED))


def _refused(leg: Leg, look: Look) -> Standing | None:
    """Until the middleware releases it again: the leg itself, or the one that takes it over, three numbers on."""
    if not look.seen.of_leg(leg, leg.rejected):
        return None
    if look.ending or look.leg_ending(leg) == "cancelled":
        return _now(Over(OBSOLETE))
    heir = _leg_at(look.order, leg, 3)
    is_taken_over = heir is not None and look.released_at(heir) is not None
    return _now(Over(VERIFIED) if is_taken_over or look.leg_ending(leg) != "rejected" else Over())


def _leg_at(order: Order, leg: Leg, distance: int) -> Leg | None:
    """The leg whose number is so far from this one's: one that was refused and the one that takes it over are three apart."""
    stem, _, place = leg.number.rpartition("-")
    return next((other for other in order.legs if other.number == f"{stem}-{int(place) + distance}"), None)


def _problem(leg: Leg, look: Look) -> Standing | None:
    if not any(look.seen.of_leg(leg, word) for word in leg.problems):
        return None
    if look.has_left_whole(leg):
        return _now(Over(VERIFIED))
    return _now(Over(OBSOLETE) if look.leg_ending(leg) or look.ending else Over())


def _short(leg: Leg, look: Look) -> Standing | None:
    """All that is to leave has left, it is less than was asked for, and the customer waits for the rest."""
    if not look.seen.notes(leg.released) or not look.has_left_whole(leg):
        return None
    missing = by_sku(look.order, leg.amounts)
    for dispatch, _ in look.departures(leg):
        missing -= by_sku(look.order, dispatch.amounts)
    if not missing:
        return _now(Over(VERIFIED))
    if look.ending:
        return _now(Over(OBSOLETE))
    for word, amounts in look.order.cancellations if look.sums.is_known else ():  # of unknown lines nothing can be cut
        if amounts is not None and word.at > leg.planned.at and word in look.sums.cancellations:
            missing -= by_sku(look.order, amounts)
    return _now(Over(VERIFIED) if _is_asked_again(leg, look) else Over() if missing else Over(OBSOLETE))


def _is_asked_again(leg: Leg, look: Look) -> bool:
    """Whether the leg that this one took over has been released again since, as far as one can tell: by a copy of its release
    that was sent after the refusal."""
    first = _leg_at(look.order, leg, -3)
    return first is not None and look.released_at(first) is not None and not look.leg_ending(first)


def by_sku(order: Order, amounts: Amounts) -> Counter[str]:
    found: Counter[str] = Counter()
    for line, quantity in amounts.items():
        found[order.line(line).product.sku] += quantity
    return found


def _posting_failed(dispatch: Dispatch, look: Look) -> Standing | None:
    if not any(look.seen.notes(word) for word in dispatch.posting_failures):
        return None
    return _now(Over(VERIFIED) if look.seen.posted(dispatch) else Over())


def _undelivered(leg: Leg, dispatch: Dispatch, look: Look) -> Standing | None:
    """Known once it is known whose parcel it is."""
    if not any(look.seen.of_parcel(leg, dispatch, word) for _, word in dispatch.failures):
        return None
    return _now(Over(VERIFIED) if look.seen.delivered(leg, dispatch) else Over())


def _held(invoice: Invoice, look: Look) -> Standing | None:
    if not look.seen.notes(invoice.held):
        return None
    is_over = not is_held(look.seen, invoice) or look.seen.notes(invoice.credited)
    return _now(Over(VERIFIED) if is_over else Over())


def _differs(invoice: Invoice, look: Look) -> Standing | None:
    """Once all that the invoice is for is known to have left: the quantities, and the money where the prices are known."""
    if not look.seen.notes(invoice.issued) or not all(_is_known(look, dispatch) for dispatch in invoice.dispatches):
        return None
    order, sent = look.order, Counter[str]()
    for dispatch in invoice.dispatches:
        sent += by_sku(order, dispatch.amounts)
    if by_sku(order, invoice.amounts) == sent and not (_is_priced(look) and _costs_otherwise(order, invoice)):
        return None
    return _now(Over(VERIFIED) if look.seen.notes(invoice.credited) else Over())


def _is_known(look: Look, dispatch: Dispatch) -> bool:
    leg = next(leg for leg in look.order.legs if dispatch in leg.dispatches)
    return look.seen.shipped(leg, dispatch) is not None


def _is_priced(look: Look) -> bool:
    order = look.order
    return bool(look.seen.notes(order.placed) or (order.changed and look.seen.notes(order.changed[0])))


def _costs_otherwise(order: Order, invoice: Invoice) -> bool:
    amount: Mapping[str, Any] = invoice.issued.data["amount"]
    amounts = [pair for dispatch in invoice.dispatches for pair in dispatch.amounts.items()]
    return Decimal(amount["amount"]) != sum((order.line(line).price * quantity for line, quantity in amounts), Decimal(0))
