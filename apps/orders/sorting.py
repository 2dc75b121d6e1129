"""Sorts one order's facts: hands each to the thing that it is told of."""

from collections.abc import Iterable
from typing import Final

from apps.contracts.facts import Fact, InvoiceEvent, StampedFact
from apps.orders.consignments import known_shipment, mention_of, sort_carriers, sort_shipments
from apps.orders.identities import Unclear, issuer_of
from apps.orders.ordering import in_order_of_evidence
from apps.orders.story import Story, apply_each, leg_meant

LEG_WORDS: Final = (
    "leg.acknowledged",
    "leg.rejected",
    "leg.picked",
    "leg.packed",
    "leg.problem",
    "leg.cancelled",
)
INVOICE_WORDS: Final = ("invoice.issued", "invoice.held", "invoice.released", "invoice.credited")


def sort_out(facts: Iterable[StampedFact]) -> Story:
    """The order's facts, each at the thing that it is told of."""
    story = Story(in_order_of_evidence(facts))
    for stamped in story.facts:
        story.told.setdefault(stamped.name, []).append(stamped)
        if stamped.fact.references:
            _introduce(story, stamped.fact)
    _sort_legs(story)
    sort_shipments(story)
    sort_carriers(story)
    _sort_invoices(story)
    _sort_returns(story)
    return story


def _introduce(story: Story, fact: Fact) -> None:
    """Makes known the identities whose issuer an event names, so that all mentions choose among the same ones."""
    for reference in fact.references:
        if reference.issuer is None:
            continue
        if reference.scheme == "leg":
            story.legs.own(reference.issuer, reference.value)
        elif reference.scheme == "shipment":
            story.shipments.own(reference.issuer, reference.value)
        elif reference.scheme == "return":
            story.returns.own(reference.issuer, reference.value)


def _sort_legs(story: Story) -> None:
    for stamped in story.named("leg.planned", "leg.released"):
        value = stamped.fact.leg  # type: ignore[attr-defined]  # every leg.* fact has it
        issuer = issuer_of(stamped, "leg", value) or stamped.stamp.source
        story.legs.own(issuer, value).hear(stamped)

    def apply(story: Story, stamped: StampedFact) -> None:
        leg_meant(story, stamped, stamped.fact.leg).hear(stamped)  # type: ignore[attr-defined]  # every leg.* fact has it

    apply_each(story, story.named(*LEG_WORDS), apply)


def _sort_invoices(story: Story) -> None:
    def apply(story: Story, stamped: StampedFact) -> None:
        fact = stamped.fact
        assert isinstance(fact, InvoiceEvent)
        # An invoice may cover several orders: a shipment that nobody has told of here may well be another order's.
        found = [known_shipment(story, mention_of(stamped, value)) for value in fact.shipments]
        invoice = story.invoices.own(issuer_of(stamped, "invoice", fact.invoice) or stamped.stamp.source, fact.invoice)
        invoice.covers[stamped.stamp.source, stamped.stamp.id] = tuple(shipment for shipment in found if shipment)
        invoice.hear(stamped)

    apply_each(story, story.named(*INVOICE_WORDS), apply)


def _sort_returns(story: Story) -> None:
    def apply(story: Story, stamped: StampedFact) -> None:
        value: str = stamped.fact.return_  # type: ignore[attr-defined]  # every return.* fact has it
        names = story.returns
        issuer = issuer_of(stamped, "return", value)
        candidates = names.by_value.get(value, ())
        if issuer is not None:
            names.own(issuer, value).hear(stamped)
        elif len(candidates) > 1:
            raise Unclear("return", value, (candidate.issuer for candidate in candidates))
        else:
            (candidates[0] if candidates else names.hear(value)).hear(stamped)

    apply_each(story, story.named("return.authorized", "return.received", "return.credited"), apply)
