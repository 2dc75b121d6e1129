"""What became of one shipment: when it left, moved, arrived or failed, and its posting."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from apps.contracts.facts import LegShipped, Money, ShipmentEvent, ShipmentPosted, StampedFact
from apps.orders.identities import Shipment
from apps.orders.lines import Part, part_lines, sums
from apps.orders.ordering import evidence_place, first_moment, happened_at, latest, moment_of
from apps.orders.state import Invoiced, Moment, Posted, ShipmentState
from apps.orders.story import CARRIER_WORDS


def settle(shipment: Shipment) -> None:
    """Works out whether and when the shipment left and arrived. Whatever a carrier says of it implies that it left; a
    posting does not: an ERP may post what never leaves."""
    document = shipment.document
    if document is not None:
        shipment.dispatch = _dispatch(document)
        shipment.shipped = moment_of(document) if shipment.dispatch else None
    elif any(name in shipment.told for name in CARRIER_WORDS):
        shipment.shipped = Moment(implied=True)
    shipment.delivered = _delivered(shipment)


def _dispatch(document: StampedFact) -> LegShipped | None:
    fact = document.fact
    assert isinstance(fact, LegShipped)
    is_void = bool(fact.lines) and sum([line.quantity for line in fact.lines]) <= 0
    return None if is_void else fact


def left_at(shipment: Shipment) -> datetime | None:
    """When it left as far as we can tell; for an implied dispatch the first that a carrier says of it."""
    if shipment.shipped is not None and not shipment.shipped.implied:
        return happened_at(shipment.shipped)
    first = first_moment([stamped for name in CARRIER_WORDS for stamped in shipment.facts(name)])
    return happened_at(first) if first else None


def _delivered(shipment: Shipment) -> Moment | None:
    """Delivered by an event that names the shipment itself, or once each of its tracking numbers is."""
    facts = shipment.facts("shipment.delivered")
    if not facts:
        return None
    numbers = set(shipment.tracking)
    whole: list[StampedFact] = []
    parcels: dict[str, list[StampedFact]] = {}
    for stamped in facts:
        assert isinstance(stamped.fact, ShipmentEvent)
        number = stamped.fact.tracking
        # A number that the shipment does not have cannot mean a part of it.
        if number in numbers and len(numbers) > 1:
            parcels.setdefault(number, []).append(stamped)
        else:
            whole.append(stamped)
    if parcels and len(parcels) == len(numbers):
        firsts = [min(parcel, key=evidence_place) for parcel in parcels.values()]
        whole.append(max(firsts, key=evidence_place))
    return first_moment(whole)


def amount_of(amount: Decimal | Money | None, currency: str) -> tuple[Decimal | None, str | None]:
    """An amount and its currency."""
    if isinstance(amount, Money):
        return amount.amount, amount.currency
    return amount, None if amount is None else currency


def posted_of(shipment: Shipment, currency: str) -> Posted | None:
    """The first posting; a posting sent again is one document."""
    facts = shipment.facts("shipment.posted")
    if not facts:
        return None
    stamped = facts[0]
    if len(facts) > 1:
        documents: dict[tuple[str, str], list[StampedFact]] = {}
        for each in facts:
            documents.setdefault((each.stamp.source, _posting(each).posting), []).append(each)
        stamped = min((latest(versions) for versions in documents.values()), key=evidence_place)
    amount, unit = amount_of(_posting(stamped).amount, currency)
    return Posted(_posting(stamped).posting, moment_of(stamped), amount, unit)


def _posting(stamped: StampedFact) -> ShipmentPosted:
    assert isinstance(stamped.fact, ShipmentPosted)
    return stamped.fact


def value_of(parts: Iterable[Part]) -> Decimal | None:
    """Unit price x quantity over the lines whose price in the order's currency is known; None without any."""
    priced = [tally.unit_price * quantity for tally, quantity in sums(parts) if tally.unit_price is not None]
    return sum(priced, Decimal(0)) if priced else None


def shipment_state(shipment: Shipment, parts: Sequence[Part], currency: str, invoiced: Invoiced | None) -> ShipmentState:
    """The shipment as shown."""
    dispatch = shipment.dispatch
    failures = shipment.facts("shipment.failed")
    failed = min(failures, key=evidence_place) if failures else None
    return ShipmentState(
        shipment=shipment.value,
        issuer=shipment.issuer,
        lines=part_lines(parts),
        carrier=dispatch.carrier if dispatch else None,
        service=dispatch.service if dispatch else None,
        tracking=shipment.tracking,
        packages=dispatch.packages if dispatch else None,
        value=value_of(parts),
        shipped=shipment.shipped,
        in_transit=first_moment(shipment.facts("shipment.in_transit")),
        delivered=shipment.delivered,
        failed=moment_of(failed) if failed else None,
        failed_reason=failed.fact.reason if failed and isinstance(failed.fact, ShipmentEvent) else None,
        posted=posted_of(shipment, currency),
        invoiced=invoiced,
    )
