"""The fold: from the set of one order's facts to its state. Pure, whatever order the facts come in; read it first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from apps.contracts.facts import Customer, OrderPlaced, PostingFailed, StampedFact
from apps.orders.cancellations import cancel
from apps.orders.holds import holds_of
from apps.orders.identities import Shipment, Thing
from apps.orders.invoices import InvoiceWork, by_shipment, invoice_state, money_of, read_invoice
from apps.orders.lateness import CLOSED
from apps.orders.legs import LegWork, leg_state, read_leg
from apps.orders.lines import Ledger, Part, line_place, line_state
from apps.orders.milestones import order_milestones
from apps.orders.ordering import evidence_place, moment_of
from apps.orders.promises import common_zone, kept_until
from apps.orders.quantities import add_invoiced, add_up, mark_backorders
from apps.orders.references import references_of
from apps.orders.returns import add_returned, return_state
from apps.orders.shipments import settle, shipment_state
from apps.orders.sorting import sort_out
from apps.orders.state import ConflictState, LegState, OrderState, PostingFailure, ReferenceState
from apps.orders.status import completed_at, overlays_of, status_of
from apps.orders.story import Story
from apps.orders.words import Words, words_of

NOT_PLACED: Final = OrderPlaced(order="", lines=())
NOBODY: Final = Customer()


@dataclass(slots=True)
class Work:
    """What the steps below have worked out. All lists are in their canonical order."""

    story: Story
    words: Words
    ledger: Ledger
    shipments: list[Shipment]
    legs: list[LegWork]
    parts: dict[Shipment, list[Part]]  # of the shipments that have left
    invoices: list[InvoiceWork]
    returns: dict[Thing, list[Part]]


def work_out(facts: Iterable[StampedFact], default_currency: str) -> Work:
    """Who is meant, which documents hold, what they add up to."""
    story = sort_out(facts)
    words = words_of(story, default_currency)
    ledger = Ledger(words.lines, words.currency)
    cancel(ledger, words)
    shipments = [shipment for shipment in story.shipments.every() if shipment.told]
    shipments.sort(key=_shipment_place)
    for shipment in shipments:
        settle(shipment)
        if shipment.leg is not None:
            shipment.leg.shipments.append(shipment)
    legs = [read_leg(leg) for leg in sorted(story.legs.every(), key=_thing_place) if leg.told or leg.shipments]
    left = [shipment for shipment in shipments if shipment.has_left]
    parts = add_up(ledger, story, legs, left)
    mark_backorders(ledger, story)
    invoices = [read_invoice(invoice, left) for invoice in sorted(story.invoices.every(), key=_thing_place)]
    add_invoiced(ledger, invoices, parts)
    returns = add_returned(ledger, sorted((r for r in story.returns.every() if r.told), key=_thing_place))
    return Work(story, words, ledger, shipments, legs, parts, invoices, returns)


def fold(  # noqa: PLR0913 - what a deployment and its partners set beside the facts, all by name
    order: str,
    issuer: str | None,
    facts: Iterable[StampedFact],
    *,
    zones: Mapping[str, str],
    default_zone: str,
    default_currency: str,
    references: Iterable[ReferenceState] = (),
    conflicts: tuple[ConflictState, ...] = (),
) -> OrderState:
    """The order that `facts` tell together: exactly those that the correlation gave it, in any order.

    `zones` are the sites' time zones, for promises given as bare dates. `references` are shown with those heard.
    """
    work = work_out(facts, default_currency)
    story, words, ledger = work.story, work.words, work.ledger
    invoiced = by_shipment(work.invoices)
    shown = {s: shipment_state(s, work.parts.get(s, ()), words.currency, invoiced.get(s)) for s in work.shipments}
    legs = tuple(leg_state(leg, tuple(shown[s] for s in leg.leg.shipments), zones, default_zone) for leg in work.legs)
    holds = holds_of(story)
    status = status_of(words, story, ledger, anything_shipped=bool(work.parts))
    placed = words.placed or NOT_PLACED
    customer = placed.customer or NOBODY
    return OrderState(
        order=order,
        issuer=issuer,
        status=status,
        money=money_of(list(work.parts), invoiced),
        overlays=overlays_of(status, ledger, holds),
        customer_id=customer.id,
        customer_name=customer.name,
        region=placed.region,
        channel=placed.channel,
        currency=words.currency,
        priority=placed.priority,
        value=_value(ledger),
        requested_date=placed.requested_date,
        promised_date=words.promise.promised_date if words.promise else None,
        promised_until=_promised_until(words, legs, zones, default_zone),
        completed_at=completed_at(ledger, work.parts, legs),
        is_closed=status in CLOSED,
        milestones=order_milestones(words, story, ledger, legs, work.shipments),
        lines=tuple(line_state(tally, order_is_known=ledger.is_known) for tally in ledger.tallies()),
        legs=legs,
        holds=holds,
        invoices=tuple(invoice_state(invoice, words.currency) for invoice in work.invoices),
        returns=tuple(return_state(returned, parts) for returned, parts in work.returns.items()),
        posting_failures=tuple(_posting_failure(stamped) for stamped in story.told.get("posting.failed", ())),
        references=references_of(order, issuer, story.facts, references),
        conflicts=tuple(sorted(conflicts, key=lambda conflict: (conflict.scheme, conflict.value, conflict.issuer or ""))),
        loose_shipments=tuple(state for shipment, state in shown.items() if shipment.leg is None),
        unapplied=tuple(sorted(story.unapplied, key=lambda fact: (fact.source, fact.message))),
        last_heard_at=max((stamped.stamp.heard_at for stamped in story.facts), default=None),
    )


def _thing_place(thing: Thing) -> tuple[tuple[int, int, str], str]:
    return line_place(thing.value), thing.issuer or ""


def _shipment_place(shipment: Shipment) -> tuple[object, ...]:
    """The canonical order of shipments: as they left, else as they were first heard of."""
    first = shipment.document or min((facts[0] for facts in shipment.told.values()), key=evidence_place, default=None)
    return (first is None, evidence_place(first) if first else (), shipment.value, shipment.issuer or "")


def _value(ledger: Ledger) -> Decimal | None:
    """Unit price x (ordered - cancelled) over the lines priced in the order's currency; None without any."""
    priced = [t.unit_price * t.wanted for t in ledger.by_line.values() if t.unit_price is not None]
    return sum(priced, Decimal(0)) if priced else None


def _promised_until(words: Words, legs: Sequence[LegState], zones: Mapping[str, str], default_zone: str) -> datetime | None:
    promise = words.promise
    if promise is None or promise.promised_date is None:
        return None
    return kept_until(promise.promised_date, promise.zone, common_zone([leg.site for leg in legs], zones), default_zone)


def _posting_failure(stamped: StampedFact) -> PostingFailure:
    fact = stamped.fact
    assert isinstance(fact, PostingFailed)
    return PostingFailure(fact.kind, fact.code, fact.message, moment_of(stamped), fact.shipment)
