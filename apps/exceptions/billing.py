"""The conditions on an order's invoices: held, or another amount or quantity than what left. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from apps.contracts.facts import InvoiceEvent, InvoiceLine, StampedFact
from apps.exceptions.standing import VERIFIED, About, Standing, evidence_of, news
from apps.orders.ordering import first_moment, latest, moment_of
from apps.orders.state import InvoiceState, OrderState, ShipmentState
from apps.sla.clocks import Subject
from apps.sla.hearings import Told, is_told

SMALLEST_DIFFERENCE: Final = Decimal("0.01")  # of an amount: what is less is rounding
ZERO: Final = Decimal(0)


def invoice_conditions(state: OrderState, told: Told) -> Iterator[Standing]:
    """INVOICE_HOLD and INVOICE_MISMATCH of each invoice that the order's facts tell of."""
    shipments = {shipment.shipment: shipment for leg in state.legs for shipment in leg.shipments}
    shipments |= {shipment.shipment: shipment for shipment in state.loose_shipments}
    for invoice in state.invoices:
        subject = Subject("invoice", invoice.invoice, invoice.issuer)
        about = About(None, None, invoice.amount, invoice.currency)
        yield from _held(invoice, subject, about, told)
        if invoice.issued is not None:
            covered = [shipments[name] for name in invoice.shipments if name in shipments]
            yield from _mismatch(invoice, subject, covered, told, state)


def _held(invoice: InvoiceState, subject: Subject, about: About, told: Told) -> Iterator[Standing]:
    holds = _words(invoice, told, "invoice.held")
    if not holds:
        return
    first = min(holds, key=lambda stamped: stamped.stamp.heard_at)
    fact = first.fact
    assert isinstance(fact, InvoiceEvent)
    about = About(None, None, about.value, about.currency, fact.reason or fact.code or "")
    answers = _words(invoice, told, "invoice.released") + _words(invoice, told, "invoice.credited")
    is_over = not invoice.held or invoice.credited
    yield news("INVOICE_HOLD", subject, about, moment_of(first), first_moment(answers), is_over=is_over)


def _mismatch(
    invoice: InvoiceState, subject: Subject, covered: list[ShipmentState], told: Told, state: OrderState
) -> Iterator[Standing]:
    """Only where all that the invoice covers is known here: what is not known cannot differ."""
    issues = _words(invoice, told, "invoice.issued")
    if not covered or len(covered) < len(invoice.shipments) or any(not _has_left(shipment) for shipment in covered):
        return
    document = latest(issues)
    assert isinstance(document.fact, InvoiceEvent)
    reason = _difference(invoice, document.fact, covered, state)
    credit = first_moment(_words(invoice, told, "invoice.credited"))
    if reason:
        about = About(None, None, _at_stake(invoice, covered), invoice.currency, reason)
        yield news("INVOICE_MISMATCH", subject, about, moment_of(document), credit, is_over=credit is not None)
    elif len(issues) > 1:  # an earlier version may have differed
        corrected = evidence_of(moment_of(document))
        yield Standing("INVOICE_MISMATCH", subject, About(), holds=False, cleared=VERIFIED, evidence=corrected)


def _has_left(shipment: ShipmentState) -> bool:
    return is_told(shipment.shipped) and bool(shipment.lines)


def _words(invoice: InvoiceState, told: Told, name: str) -> list[StampedFact]:
    """The facts of that name about this invoice."""
    found = []
    for stamped in told.get(name, ()):
        assert isinstance(stamped.fact, InvoiceEvent)
        if stamped.fact.invoice == invoice.invoice and invoice.issuer in (None, stamped.stamp.source, *_issuers(stamped)):
            found.append(stamped)
    return found


def _issuers(stamped: StampedFact) -> Iterator[str | None]:
    for reference in stamped.fact.references:
        if reference.scheme == "invoice":
            yield reference.issuer


def _difference(invoice: InvoiceState, document: InvoiceEvent, covered: list[ShipmentState], state: OrderState) -> str:
    """In what the invoice differs, as a sentence; empty where it agrees. Quantities by article: a warehouse need not say which
    of two lines with one SKU it ships."""
    if document.lines:
        billed, sent = _billed(document.lines, state), _sent(covered)
        for article in sorted(billed.keys() | sent.keys()):
            if billed.get(article, ZERO) != sent.get(article, ZERO):
                said, left = (f"{amount.get(article, ZERO).normalize():f}" for amount in (billed, sent))
                return f"{article}: {said} invoiced, {left} shipped"
    values = [shipment.value for shipment in covered]
    if invoice.amount is None or invoice.currency != state.currency or any(value is None for value in values):
        return ""
    worth = sum((value for value in values if value is not None), ZERO)
    if abs(invoice.amount - worth) >= SMALLEST_DIFFERENCE:
        return f"{invoice.amount:,.2f} invoiced, {worth:,.2f} shipped"
    return ""


def _billed(lines: Iterable[InvoiceLine], state: OrderState) -> dict[str, Decimal]:
    by_line = {line.line: line.sku for line in state.lines if line.sku}
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        totals[by_line.get(line.line or "") or line.sku or line.line or ""] += line.quantity
    return totals


def _sent(covered: Iterable[ShipmentState]) -> dict[str, Decimal]:
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for shipment in covered:
        for part in shipment.lines:
            totals[part.sku or part.line] += part.quantity
    return totals


def _at_stake(invoice: InvoiceState, covered: Iterable[ShipmentState]) -> Decimal | None:
    """How far apart the invoice and what left are, in money; the whole invoice where the quantities differ alone."""
    values = [shipment.value for shipment in covered if shipment.value is not None]
    if invoice.amount is None:
        return None
    return abs(invoice.amount - sum(values, ZERO)) or invoice.amount
