"""The order's invoices: what they cover, which of them count, and the money word that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.contracts.facts import InvoiceEvent, InvoiceLine, StampedFact
from apps.orders.identities import Invoice, Shipment
from apps.orders.lines import line_place
from apps.orders.ordering import happened_at, latest, moment_of
from apps.orders.shipments import amount_of, left_at
from apps.orders.state import Invoiced, InvoiceState, Moment


@dataclass(frozen=True, slots=True, eq=False)
class InvoiceWork:
    """An invoice with its document in force and the shipments that this covers."""

    invoice: Invoice
    document: InvoiceEvent | None
    issued: Moment | None
    covered: tuple[Shipment, ...]
    is_held: bool
    is_credited: bool

    @property
    def lines(self) -> tuple[InvoiceLine, ...]:
        return (self.document.lines or ()) if self.document else ()

    @property
    def counts(self) -> bool:
        return self.issued is not None and not self.is_held


def read_invoice(invoice: Invoice, shipments: Sequence[Shipment]) -> InvoiceWork:
    """The invoice as it stands; `shipments` are all of the order's that have left."""
    issues = invoice.facts("invoice.issued")
    holds = [*invoice.facts("invoice.held"), *invoice.facts("invoice.released")]
    stamped = latest(issues) if issues else None
    document = stamped.fact if stamped else None
    assert document is None or isinstance(document, InvoiceEvent)
    return InvoiceWork(
        invoice=invoice,
        document=document,
        issued=moment_of(stamped) if stamped else None,
        covered=_covered(invoice, stamped, shipments) if stamped else (),
        is_held=bool(holds) and latest(holds).name == "invoice.held",
        is_credited="invoice.credited" in invoice.told,
    )


def _covered(invoice: Invoice, stamped: StampedFact, shipments: Sequence[Shipment]) -> tuple[Shipment, ...]:
    """The shipments that it names; where it names none, those that left up to its own time."""
    assert isinstance(stamped.fact, InvoiceEvent)
    if stamped.fact.shipments:
        return invoice.covers[stamped.stamp.source, stamped.stamp.id]
    until = happened_at(moment_of(stamped))
    left = [(shipment, left_at(shipment)) for shipment in shipments]
    return tuple(shipment for shipment, moment in left if moment and until and moment <= until)


def by_shipment(works: Sequence[InvoiceWork]) -> dict[Shipment, Invoiced]:
    """What each shipment shows: the invoice that counts before one that is held, a standing one before a credited."""
    shown: dict[Shipment, tuple[tuple[object, ...], Invoiced]] = {}
    for work in works:
        if work.issued is None:
            continue
        issued = work.issued.claimed_at
        place = (work.is_held, work.is_credited, issued, work.invoice.sort_key)
        for shipment in work.covered:
            known = shown.get(shipment)
            if known is None or place < known[0]:
                shown[shipment] = (place, Invoiced(work.invoice.value, work.issued, work.is_held, work.is_credited))
    return {shipment: invoiced for shipment, (_, invoiced) in shown.items()}


def money_of(shipments: Sequence[Shipment], shown: Mapping[Shipment, Invoiced]) -> str:
    """The money axis over the shipments that have left. Held invoices do not count. Credited: every shipment is covered
    and no covering invoice stands."""
    if not shipments:
        return "none"
    covers = [shown[shipment] for shipment in shipments if shipment in shown and not shown[shipment].held]
    if covers:
        if len(covers) < len(shipments):
            return "partially_invoiced"
        return "credited" if all(invoiced.credited for invoiced in covers) else "invoiced"
    posted = sum("shipment.posted" in shipment.told for shipment in shipments)
    if posted == len(shipments):
        return "posted"
    return "partially_posted" if posted else "not_posted"


def invoice_state(work: InvoiceWork, currency: str) -> InvoiceState:
    """The invoice as shown."""
    amount, unit = amount_of(work.document.amount if work.document else None, currency)
    named = set(work.document.shipments) if work.document else set()
    return InvoiceState(
        invoice=work.invoice.value,
        issuer=work.invoice.issuer,
        issued=work.issued,
        held=work.is_held,
        credited=work.is_credited,
        amount=amount,
        currency=unit,
        shipments=tuple(sorted(named | {shipment.value for shipment in work.covered}, key=line_place)),
    )
