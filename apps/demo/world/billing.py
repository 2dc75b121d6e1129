"""The ERP's side: goods issue for each dispatch that it hears of, invoices, holds and credits; and what comes back."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from apps.demo.world.carrying import number_of
from apps.demo.world.conditions import NEVER
from apps.demo.world.network import CURRENCY, ERP, OMS
from apps.demo.world.saying import Teller, named_lines
from apps.demo.world.things import Amounts, Dispatch, Invoice, Leg, Order, Reach, Return

_TOGETHER: Final = timedelta(hours=20)


def bill(order: Order, teller: Teller, other_order: Callable[[str], str | None]) -> None:
    """Postings as the words of dispatches come in, then invoices: one for each, or one for all of the order."""
    posted: list[tuple[Dispatch, str]] = []
    for leg in order.legs:
        for dispatch in leg.dispatches:
            key = dispatch.shipment.rpartition("-")[2]
            if dispatch.shipped.first_told_at < NEVER and _post(order, teller, dispatch, key, other_order):
                posted.append((dispatch, key))
    if len(posted) > 1 and _are_close([dispatch for dispatch, _ in posted]) and teller.chance.hits("one-invoice", 0.4):
        _invoice(order, teller, [dispatch for dispatch, _ in posted], "all")
    else:
        for dispatch, key in posted:
            _invoice(order, teller, [dispatch], key)


def _are_close(dispatches: Sequence[Dispatch]) -> bool:
    """Whether nobody would wait long for an invoice over all of them."""
    moments = [dispatch.posted.at for dispatch in dispatches if dispatch.posted]
    return max(moments) - min(moments) < _TOGETHER


def _post(order: Order, teller: Teller, dispatch: Dispatch, key: str, other_order: Callable[[str], str | None]) -> bool:
    """Posts the goods issue; False where the ERP never does."""
    at = dispatch.shipped.first_told_at + timedelta(minutes=teller.chance.between(f"{key}/posted", 20, 90))
    if teller.hits("lost_posting", key, at):
        expects = ("POSTING_OVERDUE", "NOT_INVOICED")
        teller.note("lost_posting", None, key, at, shipment=dispatch.shipment, expects=expects)
        return False
    about: dict[str, Any] = {"order": order.number, "shipment": dispatch.shipment}
    if teller.hits("failed_posting", key, at):
        failure = {"kind": "shipment", "code": "period_closed", "message": "the posting period is closed", "attempt": 1}
        said = teller.say(ERP, "posting.failed", f"{key}-posting-failed", at, failure | about)
        dispatch.posting_failures.append(said)
        failed = f"{key}-posting-failed"
        teller.note("failed_posting", said, failed, at, shipment=dispatch.shipment, expects=("POSTING_FAILED",))
        at += timedelta(minutes=teller.chance.between(f"{key}/posted/again", 180, 600))
    data = about | {"posting": f"GI-{dispatch.shipment}"}
    wrong = other_order(key) if dispatch in order.wrongly_posted else None
    if wrong:
        said = teller.say(
            ERP, "shipment.posted", f"{key}-posted", at, data | {"order": wrong}, reach=Reach.ELSEWHERE, elsewhere=wrong
        )
        expects = ("REFERENCE_CONFLICT", "POSTING_OVERDUE")
        teller.note("wrong_reference", said, f"{key}-posted", at, expects=expects, note=f"names order {wrong}")
    else:
        said = teller.say(ERP, "shipment.posted", f"{key}-posted", at, data)
    dispatch.posted = said
    return True


def _invoice(order: Order, teller: Teller, dispatches: list[Dispatch], key: str) -> None:
    at = max(dispatch.posted.at for dispatch in dispatches if dispatch.posted)
    at += timedelta(minutes=teller.chance.between(f"{key}/invoice", 30, 150))
    number = f"INV-{number_of(order)}-{key}"
    amounts: Amounts = {}
    for dispatch in dispatches:
        for line, quantity in dispatch.amounts.items():
            amounts[line] = amounts.get(line, 0) + quantity
    due = sum((order.line(line).price * quantity for line, quantity in amounts.items()), Decimal(0))
    differs = teller.hits("invoice_differs", key, at)
    if differs:
        if teller.chance.hits(f"{key}/differs/quantity", 0.5):
            line = min(amounts)
            amounts[line] += teller.chance.whole(f"{key}/differs/by", 1, 5)
        else:
            due = (due * (100 + teller.chance.whole(f"{key}/differs/by", 3, 20)) / 100).quantize(Decimal("0.01"))
    about = {"invoice": number, "order": order.number}
    data = about | {
        "shipments": [dispatch.shipment for dispatch in dispatches],
        "amount": {"amount": str(due), "currency": CURRENCY},
        "lines": named_lines(order, amounts),
    }
    issued = teller.say(ERP, "invoice.issued", f"{key}-invoice", at, data)
    invoice = Invoice(number, issued, dispatches, amounts)
    order.invoices.append(invoice)
    if differs:
        shipment = dispatches[0].shipment
        teller.note("invoice_differs", issued, f"{key}-invoice", at, shipment=shipment, expects=("INVOICE_MISMATCH",))
    if teller.chance.hits(f"{key}/invoice/held", 0.02):
        held = at + timedelta(minutes=teller.chance.between(f"{key}/invoice/held/after", 3, 20))
        why = {"reason": "the price differs from the contract", "code": "price"}
        invoice.held = teller.say(ERP, "invoice.held", f"{key}-invoice-held", held, about | why)
        if not teller.chance.hits(f"{key}/invoice/stays", 0.2):
            freed = held + timedelta(minutes=teller.chance.between(f"{key}/invoice/freed", 240, 2400))
            more = {"reason": "the price is confirmed"}
            invoice.released = teller.say(ERP, "invoice.released", f"{key}-invoice-released", freed, about | more)


def take_returns(order: Order, teller: Teller) -> None:
    """One order in forty sends something of its first dispatch back."""
    if not teller.chance.hits("returned", 0.025):
        return
    arrived = [(leg, d) for leg in order.legs for d in leg.dispatches if d.deliveries]
    if arrived:
        _return(order, teller, *arrived[0])


def _return(order: Order, teller: Teller, leg: Leg, dispatch: Dispatch) -> None:
    chance, warehouse = teller.chance, leg.warehouse
    at = max(word.at for _, word in dispatch.deliveries) + timedelta(days=chance.between("returned/after", 0.7, 3))
    is_whole = chance.hits("returned/whole", 0.3)
    line = min(dispatch.amounts)
    amounts = dict(dispatch.amounts) if is_whole else {line: min(dispatch.amounts[line], chance.whole("returned/count", 1, 3))}
    number = f"RMA-{number_of(order)}"
    about: dict[str, Any] = {"return": number, "order": order.number, "lines": named_lines(order, amounts)}
    authorized = teller.say(OMS, "return.authorized", "return-authorized", at, about | {"reason": "damaged in transit"})
    at = warehouse.hours.after(at + timedelta(days=chance.between("returned/way", 1.5, 4)), 60)
    came = about | {"condition": "damaged"}
    if not warehouse.names_order:
        del came["order"]
    reach = Reach.ORDER if warehouse.names_order else Reach.RETURN
    received = teller.say(warehouse.source, "return.received", "return-received", at, came, reach=reach)
    at += timedelta(hours=chance.between("returned/credited", 3, 30))
    credited = teller.say(ERP, "return.credited", "return-credited", at, about)
    order.returns.append(Return(number, amounts, warehouse, authorized, received, credited))
    for invoice in order.invoices:
        if is_whole and invoice.dispatches == [dispatch]:
            data = {"invoice": invoice.number, "order": order.number, "reason": "returned"}
            invoice.credited = teller.say(ERP, "invoice.credited", "invoice-credited", at + timedelta(minutes=5), data)
