"""The fold: from the set of one order's facts to its state. Pure, whatever order the facts come in; read it first."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from apps.contracts.facts import PostingFailed, ReturnEvent, StampedFact
from apps.orders.cancellations import cancel
from apps.orders.holds import holds_of
from apps.orders.identities import Shipment, Thing
from apps.orders.invoices import by_shipment, invoice_state, money_of, read_invoice
from apps.orders.lateness import CLOSED
from apps.orders.legs import leg_state, moment_place, read_leg
from apps.orders.lines import Ledger, Part, line_place, line_state, part_lines
from apps.orders.ordering import evidence_place, first_moment, latest, moment_of
from apps.orders.promises import common_zone, kept_until
from apps.orders.quantities import add_invoiced, add_returned, add_up, mark_backorders
from apps.orders.references import references_of
from apps.orders.shipments import has_left, shipment_state
from apps.orders.state import (
    ConflictState,
    LegState,
    Moment,
    OrderState,
    PostingFailure,
    ReferenceState,
    ReturnState,
    ShipmentState,
)
from apps.orders.status import completed_at, is_all_cancelled, overlays_of, status_of
from apps.orders.story import Story, sort_out
from apps.orders.words import Words, words_of


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
    story = sort_out(facts)
    words = words_of(story, default_currency)
    ledger = Ledger(words.lines, words.currency)
    cancel(ledger, words)

    shipments = sorted(story.shipments.every(), key=_shipment_place)
    _settle(shipments)
    legs = [read_leg(leg) for leg in sorted(story.legs.every(), key=_thing_place) if leg.told or leg.shipments]
    left = [shipment for shipment in shipments if has_left(shipment)]
    parts = add_up(ledger, story, legs, left)
    mark_backorders(ledger, story)
    invoices = [read_invoice(invoice, left) for invoice in sorted(story.invoices.every(), key=_thing_place)]
    add_invoiced(ledger, invoices, parts)
    returns = [returned for returned in sorted(story.returns.every(), key=_thing_place) if returned.told]
    returned_parts = add_returned(ledger, returns)

    invoiced = by_shipment(invoices)
    shown = {s: shipment_state(s, parts.get(s, ()), words.currency, invoiced.get(s)) for s in shipments if s.told}
    leg_states = tuple(
        leg_state(work, tuple(shown[s] for s in work.leg.shipments if s in shown), zones, default_zone) for work in legs
    )
    holds = holds_of(story)
    status = status_of(words, story, ledger, anything_shipped=bool(left))
    placed = words.placed
    return OrderState(
        order=order,
        issuer=issuer,
        status=status,
        money=money_of(left, invoiced),
        overlays=overlays_of(status, ledger, holds),
        customer_id=placed.customer.id if placed and placed.customer else None,
        customer_name=placed.customer.name if placed and placed.customer else None,
        region=placed.region if placed else None,
        channel=placed.channel if placed else None,
        currency=words.currency,
        priority=placed.priority if placed else None,
        value=_value(ledger),
        requested_date=placed.requested_date if placed else None,
        promised_date=words.promise.promised_date if words.promise else None,
        promised_until=_promised_until(words, leg_states, zones, default_zone),
        completed_at=completed_at(ledger, parts, leg_states),
        is_closed=status in CLOSED,
        milestones=_milestones(words, story, ledger, leg_states, shown.values()),
        lines=tuple(line_state(tally, order_is_known=ledger.is_known) for tally in ledger.tallies()),
        legs=leg_states,
        holds=holds,
        invoices=tuple(invoice_state(work, words.currency) for work in invoices),
        returns=tuple(_return_state(returned, returned_parts[returned]) for returned in returns),
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


def _settle(shipments: Sequence[Shipment]) -> None:
    """Hangs each shipment that was told of on its leg, in canonical order."""
    for shipment in shipments:
        if shipment.leg is not None and shipment.told:
            shipment.leg.shipments.append(shipment)


def _value(ledger: Ledger) -> Decimal | None:
    """Unit price x (ordered - cancelled) over the lines priced in the order's currency; None without any."""
    priced = [t.unit_price * t.wanted for t in ledger.by_line.values() if t.unit_price is not None]
    return sum(priced, Decimal(0)) if priced else None


def _promised_until(words: Words, legs: Sequence[LegState], zones: Mapping[str, str], default_zone: str) -> datetime | None:
    promise = words.promise
    if promise is None or promise.promised_date is None:
        return None
    return kept_until(promise.promised_date, promise.zone, common_zone([leg.site for leg in legs], zones), default_zone)


def _milestones(
    words: Words, story: Story, ledger: Ledger, legs: Sequence[LegState], shipments: Iterable[ShipmentState]
) -> dict[str, Moment]:
    """The order's own first evidence, then the first of its legs and shipments."""
    told = story.told
    found: dict[str, Moment | None] = {
        "placed": moment_of(words.placed_fact) if words.placed_fact else None,
        "validated": first_moment(told.get("order.validated", ())),
        "rejected": first_moment(told.get("order.rejected", ())),
        "changed": moment_of(words.changed_fact) if words.changed_fact else None,
        "cancelled": _cancelled(words, ledger),
        "allocated": first_moment(told.get("order.allocated", ())),
    }
    moments: list[ShipmentState] = list(shipments)
    released = [leg.milestones["released"] for leg in legs if "released" in leg.milestones]
    for name, each in (
        ("released", released),
        ("shipped", [shipment.shipped for shipment in moments if shipment.shipped]),
        ("delivered", [shipment.delivered for shipment in moments if shipment.delivered]),
    ):
        found[name] = min(each, key=moment_place, default=None)
    return {name: moment for name, moment in found.items() if moment}


def _cancelled(words: Words, ledger: Ledger) -> Moment | None:
    """When the whole order was cancelled: by the first message that cancels all, else by the last of those that do so
    together. A part cancelled is no milestone of the order."""
    whole = [stamped for stamped in words.cancellations if not stamped.fact.lines]  # type: ignore[attr-defined]
    if whole:
        return first_moment(whole)
    return moment_of(max(words.cancellations, key=evidence_place)) if is_all_cancelled(words, ledger) else None


def _return_state(returned: Thing, parts: Sequence[Part]) -> ReturnState:
    """All messages of one kind about one return are one document, the latest in force."""
    moments = {name: latest(facts) for name, facts in returned.told.items()}
    facts = [stamped.fact for stamped in moments.values()]
    reasons = [fact.reason for fact in facts if isinstance(fact, ReturnEvent) and fact.reason]

    def moment(name: str) -> Moment | None:
        return moment_of(moments[name]) if name in moments else None

    return ReturnState(
        return_id=returned.value,
        issuer=returned.issuer,
        authorized=moment("return.authorized"),
        received=moment("return.received"),
        credited=moment("return.credited"),
        reason=reasons[0] if reasons else None,
        lines=part_lines(parts),
    )


def _posting_failure(stamped: StampedFact) -> PostingFailure:
    fact = stamped.fact
    assert isinstance(fact, PostingFailed)
    return PostingFailure(fact.kind, fact.code, fact.message, moment_of(stamped), fact.shipment)
